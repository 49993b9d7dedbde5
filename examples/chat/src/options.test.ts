import { describe, expect, test } from 'vitest'
import { readOptions, UsageError } from './options.js'

const read = (line: string, environment = {}) => readOptions(line.split(' '), environment)

describe('the options', () => {
  test('a name and a room are enough', () => {
    expect(read('--name ada --room lobby')).toEqual({
      name: 'ada',
      room: 'lobby',
      port: 49737,
      key: undefined
    })
  })

  test('a key and a port may be given, also with =', () => {
    expect(read('--name=ada --room=lobby --key=s3cret --port=50000')).toMatchObject({
      key: 's3cret',
      port: 50_000
    })
  })

  test('the key is taken from the environment, unless there is one on the line', () => {
    expect(read('--name a --room b', { CHAT_KEY: 'silent' })?.key).toBe('silent')
    expect(read('--name a --room b --key loud', { CHAT_KEY: 'silent' })?.key).toBe('loud')
  })

  test('names have letters of any script', () => {
    expect(read('--name Zoë --room 部屋')).toMatchObject({ name: 'Zoë', room: '部屋' })
  })

  test('help is nothing to start with', () => {
    expect(read('--help')).toBeUndefined()
  })

  test.each([
    ['an unknown option', '--nmae ada', "Unknown option '--nmae'."],
    ['an option without its value', '--room lobby --name', "Option '--name <value>' argument missing."],
    [
      'an option whose value looks like another',
      '--name --room lobby',
      "Option '--name' argument is ambiguous."
    ],
    ['a word that belongs to no option', 'ada', "Unexpected argument 'ada'."],
    ['a missing name', '--room lobby', '--name is missing.'],
    ['a missing room', '--name ada', '--room is missing.'],
    [
      'a name with a control character',
      '--name a\u001b[2J --room b',
      '--name takes 1 to 32 letters, digits and _ . -'
    ],
    [
      'a name that is too long',
      `--name ${'a'.repeat(33)} --room b`,
      '--name takes 1 to 32 letters, digits and _ . -'
    ],
    ['an empty room', '--name a --room ', '--room takes 1 to 32 letters, digits and _ . -'],
    ['a port that is no number', '--name a --room b --port 1e3', '--port takes a number from 1 to 65535.'],
    ['a port out of range', '--name a --room b --port 65536', '--port takes a number from 1 to 65535.'],
    ['an empty key', '--name a --room b --key=', '--key takes a secret that is not empty.']
  ])('%s gets a sentence', (_, line, sentence) => {
    expect(() => read(line)).toThrow(new UsageError(sentence))
  })
})
