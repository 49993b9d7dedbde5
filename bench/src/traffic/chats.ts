import { repeat, type Traffic } from './traffic.js'

export interface Chat {
  from: string
  text: string
  at: number
}

/** Of every chat message, as JSON. */
export const CHAT_BYTES = 104

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz '
const EMPTY_BYTES = Buffer.byteLength(JSON.stringify({ from: 'ada', text: '', at: 1_700_000_000_000 }))

export function chats(): Traffic<Chat> {
  return {
    messages: repeat(random => {
      const letters = Array.from({ length: CHAT_BYTES - EMPTY_BYTES }, () => ALPHABET.charAt(random() * 27))
      return {
        from: 'ada',
        text: letters.join(''),
        at: 1_700_000_000_000 + Math.floor(random() * 100_000_000)
      }
    }),
    bytes: CHAT_BYTES,
    same: (sent, arrived) =>
      sent.from === arrived.from && sent.text === arrived.text && sent.at === arrived.at
  }
}
