import { expect, test } from 'vitest'
import { keyOf, parties, settled } from '../test-support/parties.js'
import { defineTopic } from '../topic/definition.js'

test('a frame is extended where it lies, also after another was sent meanwhile, but not once it is gone', async () => {
  const {
    parties: [ada, bob]
  } = await parties()
  const inner = defineTopic({ name: 'inner' })
  const places: boolean[] = []
  let extendAgain = (): boolean => true
  const inPlace = (extended: Buffer, frame: Buffer): boolean =>
    extended.buffer === frame.buffer && extended.byteOffset === frame.byteOffset - 1
  const outer = defineTopic({
    name: 'outer',
    middleware: [
      {
        name: 'nesting',
        open: ({ extend }) => ({
          send(frame) {
            // So long that it goes at once.
            room.send(Buffer.alloc(100_000), keyOf(bob))
            extendAgain = () => inPlace(extend(frame, 1, 0), frame)
            const extended = extend(frame, 1, 0)
            places.push(inPlace(extended, frame))
            return extended.subarray(1)
          },
          receive: frame => frame
        })
      }
    ]
  })
  for (const topic of [inner, outer]) bob.sockets.join(topic)
  const room = ada.sockets.join(inner)
  const crowded = ada.sockets.join(outer)
  await settled()
  crowded.send(Buffer.from('hello'), keyOf(bob))
  crowded.flush()
  expect(places).toEqual([true])
  expect(extendAgain()).toBe(false)
})
