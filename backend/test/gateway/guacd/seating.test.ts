import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Place, seating } from '../../../src/gateway/guacd/seating.js'
import { TARGET } from './fixtures/setup.js'

const page = {}
const files = { ...TARGET, policy: { ...TARGET.policy, files: 'both' as const } }
const printing = { ...TARGET, policy: { ...TARGET.policy, printing: true } }
const seat = (change: Partial<Place> = {}): Place => ({ owner: false, drew: true, ...change })

const owner = seat({ owner: true })
const left = seat()
const seeing = seat({ browser: page })
const coming = seat({ browser: page, drew: false })

for (const [what, seats, target, free, hold] of [
  ['nobody was ever there', [], TARGET, [], undefined],
  ['a page that sees needs no other seat', [owner, left, seeing], TARGET, [owner, left], undefined],
  ['but the owner, where files may come', [owner, left, seeing], files, [left], undefined],
  ['or printed pages', [owner, seeing], printing, [], undefined],
  ['until a page sees the desk all stay', [owner, left, coming], TARGET, [], undefined],
  ['of many that are left the owner stays, for a while', [left, owner], TARGET, [left], TARGET.hold],
  ['or any one, where the owner is gone', [left, seat({ drew: false })], TARGET, [seat({ drew: false })], TARGET.hold],
  ['none, where nothing is held', [owner, left], { ...files, hold: 0 }, [owner, left], undefined],
] as const) {
  test(what, () => assert.deepEqual(seating<Place>(seats, target), { free, hold }))
}
