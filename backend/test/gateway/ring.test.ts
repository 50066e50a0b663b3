import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ByteRing } from '../../src/gateway/ring.js'
import { Random } from './fixtures/random.js'

test('a ring reads what was written and says what is gone, as a plain list does', () => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = new Random(seed)
    const capacity = 1 + random.below(40_000)
    const ring = new ByteRing(capacity)
    let all = Buffer.alloc(0)
    for (let step = 0; step < 60; step++) {
      const bytes = Buffer.from(
        Array.from({ length: random.below(step % 7 === 0 ? 60_000 : 900) }, () => random.below(256)),
      )
      ring.append(bytes)
      all = Buffer.concat([all, bytes])
      const start = Math.max(all.length - capacity, 0)
      assert.deepEqual([ring.start, ring.end], [start, all.length])
      const from = random.below(all.length + 2)
      const limit = random.below(50_000)
      const expected = from < start || from > all.length ? undefined : all.subarray(from, from + limit)
      assert.deepEqual(ring.read(from, limit), expected && Buffer.from(expected), `seed ${seed} step ${step}`)
      assert.equal(ring.has(from), expected !== undefined)
    }
  }
})

test('what was read stays as it was while the ring goes on', () => {
  const ring = new ByteRing(4)
  ring.append(Buffer.from('abcd'))
  const read = ring.read(0, 4)
  ring.append(Buffer.from('efgh'))
  assert.equal(read?.toString(), 'abcd')
  assert.equal(ring.read(3, 1), undefined)
})

test('numbers that are none are not there', () => {
  const ring = new ByteRing(4)
  for (const seq of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) assert.equal(ring.has(seq), false)
  assert.throws(() => new ByteRing(0), RangeError)
})
