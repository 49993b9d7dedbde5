import type { Way } from './way.js'

/** A way whose code takes a second or two to load, for the processes that go it: the others do not wait for it. */
export function lazily<End>(load: () => Promise<Way<End>>): Way<End> {
  return {
    listen: async onend => (await load()).listen(onend),
    dial: async port => (await load()).dial(port)
  }
}
