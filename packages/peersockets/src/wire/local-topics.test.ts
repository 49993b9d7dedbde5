import { expect, test } from 'vitest'
import { LocalTopics } from './local-topics.js'
import type { PrivateTopic } from './private-topic.js'
import { tagText } from './tag.js'

/** A topic as far as the table looks at it, with a tag that begins with `start`. */
function topicWith(start: string): PrivateTopic {
  const topic: Pick<PrivateTopic, 'tag' | 'number' | 'matches'> = {
    tag: tagText(Buffer.alloc(16, start.padEnd(16, '.'), 'latin1')),
    number: 0,
    matches: undefined
  }
  // The rest is for those who are in the topic.
  return Object.assign(Object.create(null), topic)
}

test('topics are told apart by all of their tags, however many bytes two have in common', () => {
  const topics = ['abcd', 'abcd1', 'abcd12', '\u00ff\u00ff\u00ff\u00ff', '\u0000'].map(topicWith)
  const local = new LocalTopics()
  for (const topic of topics) local.add(topic)
  for (const topic of topics) expect(local.find(topic.tag)).toEqual([topic])
  expect(local.find(topicWith('abcd123').tag)).toEqual([])
  for (const topic of topics) {
    expect(local.delete(topic)).toBe(true)
    expect(local.delete(topic)).toBe(false)
    expect(local.find(topic.tag)).toEqual([])
  }
  expect([...local]).toEqual([])
})

test('an OPEN is known as long as the peer is to accept it', () => {
  const local = new LocalTopics()
  const topic = topicWith('a')
  local.add(topic)
  local.announce(topic, 3)
  expect(local.awaited(3)).toBeUndefined()
  local.awaitAccept(topic)
  expect(local.awaited(3)).toBe(topic)
  local.onaccept(topic)
  expect(local.awaited(3)).toBeUndefined()
  local.awaitAccept(topic)
  local.withdraw(topic)
  expect([local.awaited(3), topic.number]).toEqual([undefined, 0])
})
