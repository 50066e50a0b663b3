/** What every LtiStore must do, on two replicas of it. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import type { LtiStore, OneTime, ToolKey } from '../../src/auth/lti/ports.js'

export interface LtiStores {
  readonly replicas: readonly [LtiStore, LtiStore]
  close(): Promise<void>
}

const START = new Date('2026-11-22T12:00:00Z').getTime()
const at = (seconds: number): Date => new Date(START + seconds * 1000)

const code = (subject = 'ada'): OneTime => ({
  kind: 'code',
  principal: { issuer: 'https://lms.example.org', subject, client: 'tool-7', roles: ['learner'], labs: ['ceph-101'] },
})
const key = (seconds: number): ToolKey => {
  const kid = randomUUID()
  return { kid, jwk: { kty: 'RSA', kid, n: 'n', e: 'AQAB', d: 'd' }, createdAt: at(seconds) }
}

export function ltiStoreContract(name: string, open: (now: () => Date) => Promise<LtiStores>): void {
  describe(`LtiStore: ${name}`, () => {
    let now = at(0)
    let stores: LtiStores
    before(async () => {
      stores = await open(() => now)
    })
    after(() => stores?.close())

    it('gives what is kept for one use to one of fifty that take it at once', async () => {
      const hash = randomUUID()
      await stores.replicas[0].put(hash, code(), at(60))
      const takers = Array.from({ length: 50 }, (_, index) => stores.replicas[index % 2 === 0 ? 0 : 1].take(hash))
      const taken = (await Promise.all(takers)).filter((value) => value !== undefined)
      assert.deepEqual(taken, [code()])
    })

    it('gives nothing that has expired, and sweeps it away', async () => {
      const [old, older, fresh] = [randomUUID(), randomUUID(), randomUUID()]
      for (const hash of [old, older]) await stores.replicas[0].put(hash, code(), at(10))
      await stores.replicas[0].put(fresh, code('a\0b'), at(100))
      now = at(10)
      assert.equal(await stores.replicas[1].take(old), undefined)
      await stores.replicas[1].sweep(now)
      now = at(0)
      assert.equal(await stores.replicas[0].take(older), undefined)
      assert.ok(await stores.replicas[0].take(fresh))
    })

    it('keeps one registration of an issuer and client', async () => {
      const urls = { authUrl: 'https://a/', tokenUrl: 'https://t/', jwksUrl: 'https://j/' }
      const one = { issuer: randomUUID(), clientId: 'a', deploymentIds: ['1', '2'], ...urls }
      await stores.replicas[0].putRegistration(one)
      await stores.replicas[1].putRegistration({ ...one, clientId: 'b', deploymentIds: [] })
      await stores.replicas[1].putRegistration({ ...one, tokenUrl: 'https://other/' })
      const found = await stores.replicas[0].registrations(one.issuer)
      assert.deepEqual(found.map(({ clientId }) => clientId).sort(), ['a', 'b'])
      assert.deepEqual(
        found.find(({ clientId }) => clientId === 'a'),
        { ...one, tokenUrl: 'https://other/' },
      )
      assert.deepEqual(await stores.replicas[0].registrations('another'), [])
    })

    it('makes one key however many replicas want one, in order, and forgets the old', async () => {
      const made = Array.from({ length: 10 }, () => key(0))
      await Promise.all(made.map((one, index) => stores.replicas[index % 2 === 0 ? 0 : 1].addKey(one, at(-1))))
      const [first, ...more] = await stores.replicas[1].keys()
      assert.equal(more.length, 0)
      assert.ok(made.some(({ kid }) => kid === first?.kid))
      const next = key(100)
      await stores.replicas[0].addKey(next, at(50))
      assert.deepEqual(await stores.replicas[1].keys(), [first, next])
      await stores.replicas[0].removeKeys(next.createdAt)
      assert.deepEqual(await stores.replicas[1].keys(), [next])
    })

    it('remembers where scores go, and dates each later than the last', async () => {
      const whose = { issuer: 'https://lms.example.org', subject: randomUUID(), lab: 'ceph-101' }
      const [one, two] = stores.replicas
      assert.equal(await one.gradeLine(whose), undefined)
      await one.putGradeLine(whose, { clientId: 'a', lineItem: 'https://i/1' })
      assert.deepEqual(await two.scoreTime(whose, at(5)), at(5))
      await two.putGradeLine(whose, { clientId: 'b', lineItem: 'https://i/2' })
      assert.deepEqual(await one.gradeLine(whose), { clientId: 'b', lineItem: 'https://i/2' })
      const times = await Promise.all([one.scoreTime(whose, at(5)), two.scoreTime(whose, at(5))])
      assert.deepEqual(times.map((time) => time.getTime() - at(5).getTime()).sort(), [1, 2])
    })
  })
}
