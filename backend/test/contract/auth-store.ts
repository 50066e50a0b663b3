/** What every AuthStore must do. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import type { AuthStore, Principal, StoredSession, TicketClaims } from '../../src/auth/ports.js'

export interface AuthStoreSetup {
  /** Stores of two replicas on the same data. */
  readonly replicas: readonly [AuthStore, AuthStore]
  close(): Promise<void>
}

const T0 = Date.parse('2026-11-22T12:00:00Z')
const at = (seconds: number) => new Date(T0 + seconds * 1000)

const BARE: Principal = { issuer: 'https://lms.example.org', subject: 'ada', roles: [] }
const FULL: Principal = {
  ...BARE,
  name: 'Ada “Λ” 🦊',
  locale: 'de',
  roles: ['learner', 'instructor'],
  context: 'course-v1:acme+CEPH+2026',
  labs: ['ceph-101'],
}

/** `make` gets the clock that the stores go by. */
export function authStoreContract(name: string, make: (now: () => Date) => Promise<AuthStoreSetup>): void {
  describe(`the AuthStore contract: ${name}`, () => {
    let setup: AuthStoreSetup
    let one: AuthStore
    let two: AuthStore
    let now = at(0)
    before(async () => {
      setup = await make(() => now)
      ;[one, two] = setup.replicas
    })
    after(async () => await setup?.close())
    const setNow = (date: Date) => {
      now = date
    }
    sessions(() => ({ one, two }), setNow)
    tickets(() => ({ one, two }))
    tokenIds(() => ({ one, two }))
    sweeping(() => ({ one, two }), setNow)
  })
}

type Stores = () => { one: AuthStore; two: AuthStore }

const session = (change: Partial<StoredSession> = {}): StoredSession => ({
  principal: FULL,
  origin: 'https://lms.example.org',
  expiresAt: at(60),
  endsAt: at(3600),
  ...change,
})

const ticket = (change: Partial<TicketClaims> = {}): TicketClaims => ({
  labId: 'lab-1',
  lab: 'ceph-101',
  terminal: 'deploy',
  readOnly: true,
  principal: FULL,
  origin: 'https://lms.example.org',
  expiresAt: at(30),
  ...change,
})

function sessions(stores: Stores, setNow: (date: Date) => void): void {
  for (const principal of [BARE, FULL]) {
    it(`keeps a session of a principal with ${Object.keys(principal).length} members`, async () => {
      const hash = randomUUID()
      await stores().one.putSession(hash, session({ principal }))
      assert.deepEqual(await stores().two.getSession(hash), session({ principal }))
    })
  }

  it('knows no session under another hash, nor one that was deleted', async () => {
    const hash = randomUUID()
    await stores().one.putSession(hash, session())
    assert.equal(await stores().one.getSession(randomUUID()), undefined)
    await stores().two.deleteSession(hash)
    assert.equal(await stores().one.getSession(hash), undefined)
  })

  it('ends a session at its time, unless it was renewed', async () => {
    const [renewed, left] = [randomUUID(), randomUUID()]
    for (const hash of [renewed, left]) await stores().one.putSession(hash, session())
    setNow(at(59))
    await stores().two.renewSession(renewed, at(120))
    assert.ok(await stores().one.getSession(left))
    setNow(at(60))
    assert.equal(await stores().one.getSession(left), undefined)
    assert.deepEqual(await stores().one.getSession(renewed), session({ expiresAt: at(120) }))
    setNow(at(0))
  })

  it('replaces what a session says, and only one that lives', async () => {
    const [hash, expired] = [randomUUID(), randomUUID()]
    await stores().one.putSession(hash, session({ principal: BARE }))
    await stores().one.putSession(expired, session({ expiresAt: at(-1) }))
    const renewed = session({ expiresAt: at(90), endsAt: at(7200) })
    assert.equal(await stores().two.replaceSession(hash, renewed), true)
    assert.deepEqual(await stores().one.getSession(hash), renewed)
    for (const gone of [expired, randomUUID()]) {
      assert.equal(await stores().two.replaceSession(gone, renewed), false)
      assert.equal(await stores().one.getSession(gone), undefined)
    }
  })

  it('renews nothing that is not there', async () => {
    const hash = randomUUID()
    await stores().one.renewSession(hash, at(120))
    assert.equal(await stores().one.getSession(hash), undefined)
  })
}

function tickets(stores: Stores): void {
  it('gives a ticket to one of fifty that take it at once', async () => {
    const hash = randomUUID()
    await stores().one.putTicket(hash, ticket())
    const taken = await Promise.all(
      Array.from({ length: 50 }, (_, index) => (index % 2 ? stores().one : stores().two).takeTicket(hash)),
    )
    assert.deepEqual(
      taken.filter((claims) => claims !== undefined),
      [ticket()],
    )
  })

  it('gives an expired ticket too, for the caller to judge', async () => {
    const hash = randomUUID()
    await stores().one.putTicket(hash, ticket({ expiresAt: at(-1) }))
    assert.deepEqual(await stores().two.takeTicket(hash), ticket({ expiresAt: at(-1) }))
  })

  it('has no ticket that was never made', async () => {
    assert.equal(await stores().one.takeTicket(randomUUID()), undefined)
  })
}

function tokenIds(stores: Stores): void {
  it('lets one of fifty claim a token id', async () => {
    const jti = randomUUID()
    const claims = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        (index % 2 ? stores().one : stores().two).claimTokenId('a', jti, at(60)),
      ),
    )
    assert.equal(claims.filter(Boolean).length, 1)
  })

  it('keeps issuers apart, however ids are cut', async () => {
    const jti = randomUUID()
    assert.equal(await stores().one.claimTokenId('a', `b${jti}`, at(60)), true)
    assert.equal(await stores().one.claimTokenId('ab', jti, at(60)), true)
    assert.equal(await stores().two.claimTokenId('a', `b${jti}`, at(60)), false)
  })

  it('takes ids of any length and content', async () => {
    const jti = `\0${randomUUID()}${'x'.repeat(50_000)}`
    assert.equal(await stores().one.claimTokenId('a', jti, at(60)), true)
    assert.equal(await stores().two.claimTokenId('a', jti, at(60)), false)
  })
}

function sweeping(stores: Stores, setNow: (date: Date) => void): void {
  it('forgets what has expired and nothing else', async () => {
    const [old, fresh] = [randomUUID(), randomUUID()]
    for (const [hash, expiresAt] of [
      [old, at(10)],
      [fresh, at(1000)],
    ] as const) {
      await stores().one.putSession(hash, session({ expiresAt }))
      await stores().one.putTicket(hash, ticket({ expiresAt }))
      await stores().one.claimTokenId('sweep', hash, expiresAt)
    }
    await stores().two.sweep(at(11))
    setNow(at(0))
    assert.equal(await stores().one.getSession(old), undefined)
    assert.equal(await stores().one.takeTicket(old), undefined)
    assert.equal(await stores().one.claimTokenId('sweep', old, at(60)), true)
    assert.ok(await stores().one.getSession(fresh))
    assert.ok(await stores().one.takeTicket(fresh))
    assert.equal(await stores().one.claimTokenId('sweep', fresh, at(60)), false)
  })
}
