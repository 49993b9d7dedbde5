import * as z from 'zod/mini'

export const greeting = z.object({ from: z.string(), at: z.date() })
