/** Output goes on at once where it may answer a key, and in larger pieces where it is a flood. */
import assert from 'node:assert/strict'
import { beforeEach, mock, test } from 'node:test'
import { Gathering } from '../../src/gateway/gathering.js'

const PACKET = 4096

let flushes = 0
let gathering: Gathering

beforeEach(() => {
  mock.timers.reset()
  mock.timers.enable({ apis: ['setImmediate', 'setTimeout', 'Date'] })
  flushes = 0
  gathering = new Gathering(
    () => flushes++,
    () => Date.now(),
  )
})

test('an answer to a key goes on in the same turn, however many keys there are', () => {
  for (let key = 1; key <= 5; key++) {
    gathering.add(1)
    mock.timers.tick(0)
    assert.equal(flushes, key)
  }
})

test('packets that come together in one turn go on together', () => {
  gathering.add(PACKET)
  gathering.add(PACKET)
  mock.timers.tick(0)
  assert.equal(flushes, 1)
})

test('a flood goes on every few milliseconds, and as soon as there is a frame of it', () => {
  gathering.add(PACKET)
  mock.timers.tick(0)
  for (let ms = 1; ms <= 8; ms++) {
    gathering.add(PACKET)
    mock.timers.tick(1)
  }
  assert.equal(flushes, 3)
  for (let packet = 0; packet < 8; packet++) gathering.add(PACKET)
  mock.timers.tick(0)
  assert.equal(flushes, 4)
})

test('what ends a flood goes on too, and what comes after a halt waits for nothing', () => {
  gathering.add(PACKET)
  mock.timers.tick(0)
  gathering.add(1)
  mock.timers.tick(0)
  assert.equal(flushes, 1)
  mock.timers.tick(4)
  assert.equal(flushes, 2)
  mock.timers.tick(100)
  gathering.add(PACKET)
  mock.timers.tick(0)
  assert.equal(flushes, 3)
})

test('nothing goes on behind the end', () => {
  gathering.add(PACKET)
  gathering.stop()
  mock.timers.tick(100)
  assert.equal(flushes, 0)
})
