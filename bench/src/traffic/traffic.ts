/** What is sent: the same messages in both processes, again and again in this order. */
export interface Traffic<Message> {
  readonly messages: readonly [Message, ...Message[]]
  /** Of one message, about. */
  readonly bytes: number
  /** Whether a message arrived as it was sent, to the last byte. */
  same(sent: Message, arrived: Message): boolean
}

/** How many messages differ from each other: enough that one that is lost or overtaken is noticed. */
const PERIOD = 61

/** `PERIOD` messages. `make` gets a source of pseudo-random numbers below 1, the same in every process. */
export function repeat<Message>(make: (random: () => number) => Message): [Message, ...Message[]] {
  let state = 1
  const random = () => {
    // Park and Miller's generator.
    state = (state * 48_271) % 0x7fffffff
    return state / 0x7fffffff
  }
  return [make(random), ...Array.from({ length: PERIOD - 1 }, () => make(random))]
}
