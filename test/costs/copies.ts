import { vi } from 'vitest'

/** How many bytes each call copied that copied anything. */
export type Copies = readonly number[]

const TypedArray: { readonly prototype: Uint8Array } = Object.getPrototypeOf(Uint8Array)

/** The copies that `run` makes of bytes, by whichever method of Buffers and typed arrays. */
export async function copiesOf(run: () => unknown): Promise<Copies> {
  const copies: number[] = []
  const note = (bytes: number): void => {
    if (bytes > 0) copies.push(bytes)
  }
  const { copy } = Buffer.prototype
  const { set, slice } = TypedArray.prototype
  const { from, concat } = Buffer
  const spies = [
    vi.spyOn(Buffer.prototype, 'copy').mockImplementation(function (this: Buffer, ...args) {
      const copied = copy.apply(this, args)
      note(copied)
      return copied
    }),
    vi.spyOn(TypedArray.prototype, 'set').mockImplementation(function (this: Uint8Array, source, at) {
      note(source.length)
      set.call(this, source, at)
    }),
    vi.spyOn(TypedArray.prototype, 'slice').mockImplementation(function (this: Uint8Array, ...args) {
      const copied = slice.apply(this, args)
      note(copied.length)
      return copied
    }),
    vi.spyOn(Buffer, 'from').mockImplementation((...args: unknown[]) => {
      const made: Buffer<ArrayBuffer> = Reflect.apply(from, Buffer, args)
      if (args[0] instanceof Uint8Array) note(made.length)
      return made
    }),
    vi.spyOn(Buffer, 'concat').mockImplementation((...args) => {
      const made = concat.apply(Buffer, args)
      note(made.length)
      return made
    })
  ]
  try {
    await run()
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
  return copies
}
