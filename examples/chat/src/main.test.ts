import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ChatProcess, freePort, takePort } from './chat-process.fixture.js'

let port: string
const open: ChatProcess[] = []
const start = (...options: string[]): ChatProcess => {
  const chat = new ChatProcess(...options)
  open.push(chat)
  return chat
}
const enter = (name: string, ...options: string[]) =>
  start('--name', name, '--room', 'lobby', '--port', port, ...options)

beforeEach(async () => {
  port = await freePort()
})
afterEach(async () => {
  await Promise.all(open.splice(0).map(chat => chat.ends('SIGKILL')))
})

describe('in a room', () => {
  test('two chats started at once meet, and talk both ways', async () => {
    const [ada, bob] = [enter('ada'), enter('bob')]
    await Promise.all([ada.shows(/^\* bob is here/m), bob.shows(/^\* ada is here/m)])
    ada.type('hello bob')
    await bob.shows(/^\d\d:\d\d ada: hello bob$/m)
    bob.type('hello ada')
    await ada.shows(/^\d\d:\d\d bob: hello ada$/m)
    expect([ada.stderr, bob.stderr]).toEqual(['', ''])
  })

  test('who hangs up is gone at once, its last words are heard, and nothing of it is left', async () => {
    const [ada, bob] = [enter('ada'), enter('bob')]
    await ada.shows('bob is here')
    await bob.shows('ada is here')
    ada.type('bye')
    expect(await ada.hangUp()).toBe(0)
    await bob.shows(/ada: bye\n\* ada has left\.$/m)
    bob.type('still there?')
    await bob.shows('* Nobody else is here yet.')
    expect(await bob.ends('SIGINT')).toBe(0)
  })

  test('the others stay when the first leaves, and who comes later finds them', async () => {
    const ada = enter('ada')
    await ada.shows('You are ada')
    const [bob, eve] = [enter('bob'), enter('eve')]
    await bob.shows('eve is here')
    await eve.shows('bob is here')
    await ada.hangUp()
    bob.type('are you there?')
    await eve.shows('bob: are you there?')
    const again = enter('ada')
    await Promise.all(['bob is here', 'eve is here'].map(text => again.shows(text)))
  })

  test('a hostile line cannot control the terminal of the others', async () => {
    const [ada, bob] = [enter('ada'), enter('bob')]
    await ada.shows('bob is here')
    ada.type('\u001b[2J\u001b[31mred')
    await bob.shows(/ada: red$/m)
    expect(bob.stdout).not.toContain('\u001b')
  })

  test('who has another key is not believed, and that is told', async () => {
    const [ada, eve] = [enter('ada', '--key', 'ours'), enter('eve', '--key', 'a guess')]
    await Promise.all([ada.shows('ERR_BAD_SIGNATURE'), eve.shows('ERR_BAD_SIGNATURE')])
    expect(ada.stdout).not.toContain('eve is here')
  })

  test('a message that is too long is not sent, and says why', async () => {
    const [ada, bob] = [enter('ada'), enter('bob')]
    await ada.shows('bob is here')
    ada.type('x'.repeat(2001))
    await ada.shows(/^! Not sent: .*message\.text/m)
    ada.type('shorter')
    await bob.shows('ada: shorter')
    expect(bob.stdout).not.toContain('xxx')
  })

  test('who is in another room hears nothing', async () => {
    const [ada, bob] = [enter('ada'), enter('bob')]
    const eve = start('--name', 'eve', '--room', 'attic', '--port', port)
    await eve.shows('You are eve')
    await ada.shows('bob is here')
    ada.type('hello')
    await bob.shows('ada: hello')
    eve.type('hello?')
    await eve.shows('Nobody else is here yet')
    expect(eve.stdout).not.toContain('ada')
  })
})

describe('a mistake on the command line', () => {
  test('is told in a sentence, with the usage, and no stack', async () => {
    const chat = start('--name', 'ada', '--rom', 'lobby')
    expect(await chat.ends()).toBe(1)
    expect(chat.stderr).toMatch(/^Unknown option '--rom'\.\n\nUsage: npm run chat/)
    expect(chat.stderr).not.toMatch(/^ +at /m)
    expect(chat.stdout).toBe('')
  })

  test('is not made by who asks for help', async () => {
    const chat = start('--help')
    expect(await chat.ends()).toBe(0)
    expect(chat.stdout).toMatch(/^Usage: npm run chat/)
  })
})

test('a port that something else has is told in one sentence, with the way out', async () => {
  const taken = await takePort()
  try {
    const chat = start('--name', 'ada', '--room', 'lobby', '--port', taken.port)
    expect(await chat.ends()).toBe(1)
    expect(chat.stderr).toBe(
      `Port ${taken.port} is taken by a program that is not a chat: choose another with --port, the same for everybody.\n`
    )
  } finally {
    await taken.release()
  }
})
