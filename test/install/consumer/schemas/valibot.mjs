import * as v from 'valibot'

export const greeting = v.object({ from: v.string(), at: v.date() })
