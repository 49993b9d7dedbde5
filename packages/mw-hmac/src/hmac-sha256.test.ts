import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { equalTags, hkdfSha256, hmacSha256, SigningKey, sha256 } from './hmac-sha256.js'

const hex = (digits: string) => Buffer.from(digits.replaceAll(/\s/g, ''), 'hex')
const run = (byte: number, length: number) => Buffer.alloc(length, byte)
const range = (first: number, last: number) =>
  Buffer.from(Array.from({ length: last - first + 1 }, (_, at) => first + at))

describe('HMAC-SHA256 gives the tags of RFC 4231, section 4', () => {
  test.for([
    {
      name: '4.2, test case 1',
      key: run(0x0b, 20),
      data: Buffer.from('Hi There'),
      tag: 'b0344c61d8db38535ca8afceaf0bf12b 881dc200c9833da726e9376c2e32cff7'
    },
    {
      name: '4.3, test case 2: a key shorter than the output',
      key: Buffer.from('Jefe'),
      data: Buffer.from('what do ya want for nothing?'),
      tag: '5bdcc146bf60754e6a042426089575c7 5a003f089d2739839dec58b964ec3843'
    },
    {
      name: '4.4, test case 3: key and data longer than 64 bytes together',
      key: run(0xaa, 20),
      data: run(0xdd, 50),
      tag: '773ea91e36800e46854db8ebd09181a7 2959098b3ef8c122d9635514ced565fe'
    },
    {
      name: '4.5, test case 4: key and data longer than 64 bytes together',
      key: range(0x01, 0x19),
      data: run(0xcd, 50),
      tag: '82558a389a443c0ea4cc819899f2083a 85f0faa3e578f8077a2e3ff46729665b'
    },
    {
      name: '4.6, test case 5: truncated to 128 bits',
      key: run(0x0c, 20),
      data: Buffer.from('Test With Truncation'),
      tag: 'a3b6167473100ee06e0c796c2955552b'
    },
    {
      name: '4.7, test case 6: a key longer than a block',
      key: run(0xaa, 131),
      data: Buffer.from('Test Using Larger Than Block-Size Key - Hash Key First'),
      tag: '60e431591ee0b67f0d8a26aacbf5b77f 8e0bc6213728c5140546040f0ee37f54'
    },
    {
      name: '4.8, test case 7: key and data longer than a block',
      key: run(0xaa, 131),
      data: Buffer.from(
        'This is a test using a larger than block-size key and a larger than block-size data. ' +
          'The key needs to be hashed before being used by the HMAC algorithm.'
      ),
      tag: '9b09ffa71b942fcb27635fbcd5b0e944 bfdc63644f0713938a7f51535c3a35e2'
    }
  ])('$name', ({ key, data, tag }) => {
    const expected = hex(tag)
    expect(hmacSha256(key, data).subarray(0, expected.length)).toEqual(expected)
    expect(hmacSha256(key, data)).toHaveLength(32)
  })
})

describe('a signing key', () => {
  const bytes = (maxLength: number) => fc.uint8Array({ maxLength }).map(array => Buffer.from(array))

  test('gives the tags of HMAC-SHA256, whatever the key of a block at most, and however much is signed', () => {
    const lengths = fc.oneof(fc.nat(300), fc.integer({ min: 4080, max: 4100 }), fc.constant(70_000))
    fc.assert(
      fc.property(bytes(64), bytes(64), lengths, (one, other, length) => {
        const data = run(7, length)
        const [first, second] = [new SigningKey(one), new SigningKey(other)]
        const expected = [one, other, one].map(key => hmacSha256(key, data))
        const tags = [first, second, first].map(key => Buffer.from(key.tag(data), 'latin1'))
        expect(tags).toEqual(expected)
      })
    )
  })

  test('is refused when it is longer than a block', () => {
    expect(() => new SigningKey(run(1, 65))).toThrow(RangeError)
  })
})

describe('HKDF-SHA256 gives the keys of RFC 5869, appendix A', () => {
  test.for([
    {
      name: 'A.1: the basic case',
      ikm: run(0x0b, 22),
      salt: range(0x00, 0x0c),
      info: range(0xf0, 0xf9),
      okm: '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865'
    },
    {
      name: 'A.2: longer inputs and outputs',
      ikm: range(0x00, 0x4f),
      salt: range(0x60, 0xaf),
      info: range(0xb0, 0xff),
      okm: `b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c
        59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71
        cc30c58179ec3e87c14c01d5c1f3434f1d87`
    },
    {
      name: 'A.3: no salt and no info',
      ikm: run(0x0b, 22),
      salt: Buffer.alloc(0),
      info: Buffer.alloc(0),
      okm: '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8'
    }
  ])('$name', ({ ikm, salt, info, okm }) => {
    const expected = hex(okm)
    expect(hkdfSha256(ikm, salt, info, expected.length)).toEqual(expected)
  })

  test('a longer output begins with the shorter one', () => {
    const [ikm, salt, info] = [run(1, 32), run(2, 32), run(3, 2000)]
    expect(hkdfSha256(ikm, salt, info, 48).subarray(0, 32)).toEqual(hkdfSha256(ikm, salt, info, 32))
  })

  test('255 blocks are the most, and more is refused', () => {
    const nothing = Buffer.alloc(0)
    expect(hkdfSha256(nothing, nothing, nothing, 255 * 32)).toHaveLength(8160)
    expect(() => hkdfSha256(nothing, nothing, nothing, 255 * 32 + 1)).toThrow(RangeError)
  })
})

test('SHA-256 of several parts is that of the parts joined (FIPS 180-4, "abc")', () => {
  const expected = hex('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  expect(sha256('a', Buffer.from('bc'))).toEqual(expected)
})

test('tags are equal when every byte is', () => {
  const tag = range(0, 15)
  expect(equalTags(tag, Buffer.from(tag))).toBe(true)
  for (let at = 0; at < tag.length; at++) {
    const other = Buffer.from(tag)
    other.writeUInt8(tag.readUInt8(at) ^ 0x80, at)
    expect(equalTags(tag, other)).toBe(false)
  }
})
