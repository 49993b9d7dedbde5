import type { Codec } from 'peersockets/plugin'
import type { CodecPromises } from '../../codec/subject.js'
import { tiny } from './tiny.fixture.js'

/** What the suite is given. */
export interface Given {
  readonly create: () => Codec
  readonly promises?: Partial<CodecPromises>
}

export const SAMPLES = [
  null,
  0.1,
  -0,
  Number.NaN,
  'text 🦜',
  '\ufeffmark',
  Buffer.from('bytes'),
  [1, [2]],
  [3],
  { a: { b: 'c' }, d: [] }
]

/** `tiny`, changed in part. */
export const altered = (alter: (codec: Codec) => Partial<Codec>) => () => {
  const codec = tiny()
  return { ...codec, ...alter(codec) }
}
export const given = (alter: (codec: Codec) => Partial<Codec>): Given => ({ create: altered(alter) })
/** What JavaScript may do, and no type allows. */
export const untyped = <T>(value: unknown): T => value as T

export const looseJson = (): Codec => ({
  name: 'json',
  encode: value => Buffer.from(JSON.stringify(value) ?? ''),
  decode: bytes => JSON.parse(bytes.toString())
})
export const JSON_SAMPLES = [1, 'text', [1, 'two'], { a: null }]
