import { type MessageEnd, oneByOne, type Way } from '../ways/way.js'

/** Gives what arrives of a message, from the sends of one end, the first of which is number 0. */
export type Fault<Message> = (message: Message, number: number) => readonly Message[]

/** Two ends in one process. What the dialling one sends passes through `fault`. */
export function faultyWay<Message>(fault: Fault<Message>): Way<MessageEnd<Message>> {
  let onanswering: (end: MessageEnd<Message>) => void = () => undefined
  return {
    async listen(onend) {
      onanswering = onend
      return 1
    },
    async dial() {
      const answering = endOf<Message>(message => dialling.onmessage(message))
      let sent = 0
      const dialling = endOf<Message>(message => {
        for (const arriving of fault(message, sent++)) answering.onmessage(arriving)
      })
      onanswering(answering)
      return dialling
    }
  }
}

function endOf<Message>(deliver: (message: Message) => void): MessageEnd<Message> {
  return {
    onmessage: () => undefined,
    send: message => void setImmediate(() => deliver(message)),
    together: oneByOne,
    drained: async () => undefined,
    keepNothingBack: () => undefined,
    close: () => undefined
  }
}
