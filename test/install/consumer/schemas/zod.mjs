import { z } from 'zod'

export const greeting = z.object({ from: z.string(), at: z.date() })
