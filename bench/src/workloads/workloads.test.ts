import { describe, expect, test } from 'vitest'
import { buffers } from '../traffic/buffers.js'
import { type Fault, faultyWay } from './faulty.fixture.js'
import { roundTrip } from './round-trip.js'
import { stream } from './stream.js'

const OPERATIONS = 150
/** The message that something happens to. */
const VICTIM = 100

const changed: Fault<Buffer> = (message, number) => {
  if (number !== VICTIM) return [message]
  const other = Buffer.from(message)
  other.writeUInt8(other.readUInt8(other.length - 1) ^ 1, other.length - 1)
  return [other]
}

const FAULTS: Readonly<Record<string, () => Fault<Buffer>>> = {
  'is lost': () => (message, number) => (number === VICTIM ? [] : [message]),
  'comes twice': () => (message, number) => (number === VICTIM ? [message, message] : [message]),
  'is changed in its last byte': () => changed,
  'is overtaken by the next': () => {
    let held: Buffer | undefined
    return (message, number) => {
      if (number === VICTIM) {
        held = message
        return []
      }
      const arriving = held === undefined ? [message] : [message, held]
      held = undefined
      return arriving
    }
  }
}

describe('stream', () => {
  test.each(Object.entries(FAULTS))('finds out when a message %s', async (_, fault) => {
    const contender = stream(faultyWay(fault()), buffers(32))
    const { port, finished } = await contender.answer(OPERATIONS)
    // It waits for ever for a confirmation that does not come; the runner ends its process.
    void contender.drive(port, OPERATIONS)
    await expect(finished).rejects.toThrow(/^Message (100|101) of 189 did not arrive as it was sent\.$/)
  })
})

describe('round trip', () => {
  test('finds out when a message is changed', async () => {
    const contender = roundTrip(faultyWay(changed), buffers(32))
    const { port } = await contender.answer(OPERATIONS)
    await expect(contender.drive(port, OPERATIONS)).rejects.toThrow(
      'Message 100 of 150 did not come back as it was sent.'
    )
  })
})
