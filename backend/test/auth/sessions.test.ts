import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { beforeEach, describe, it } from 'node:test'
import type { LabError } from '../../../src/wire/problems.js'
import type { Principal } from '../../src/auth/ports.js'
import { pageOf, Sessions } from '../../src/auth/sessions.js'
import { Tickets } from '../../src/auth/tickets.js'
import { MemoryAuthStore } from '../fakes/auth-store.js'

const ORIGIN = 'https://lms.example.org'
const START = Date.parse('2026-11-22T12:00:00Z')
const MINUTE = 60_000
const principal: Principal = { issuer: 'https://lms.example.org', subject: 'learner-1', roles: ['learner'] }

let time: number
let store: MemoryAuthStore
let sessions: Sessions
let tickets: Tickets
beforeEach(() => {
  time = START
  const now = () => new Date(time)
  store = new MemoryAuthStore(now)
  sessions = new Sessions({ store, now, random: randomBytes })
  tickets = new Tickets({ store, now, random: randomBytes })
})

const code = (expected: LabError['code']) => (error: LabError) => error.code === expected

describe('sessions', () => {
  it('give the principal back, and are stored hashed only', async () => {
    const { session, expiresAt } = await sessions.open(principal, ORIGIN)
    assert.match(session, /^[A-Za-z0-9_-]{51}$/)
    assert.equal(expiresAt.getTime(), START + 15 * MINUTE)
    assert.deepEqual(await sessions.use(session, ORIGIN), principal)
    const stored = JSON.stringify([...store.sessions])
    assert.ok(!stored.includes(session) && !stored.includes(session.slice(0, 20)))
  })

  it('differ each time', async () => {
    const opened = await Promise.all(Array.from({ length: 100 }, () => sessions.open(principal, ORIGIN)))
    assert.equal(new Set(opened.map(({ session }) => session.slice(0, 40))).size, 100)
  })

  it('take 256 bits of the random source', async () => {
    const sizes: number[] = []
    const random = (size: number) => {
      sizes.push(size)
      return randomBytes(size)
    }
    await new Sessions({ store, now: () => new Date(time), random }).open(principal, ORIGIN)
    assert.deepEqual(sizes, [32])
  })

  it('slide with use, written at most once a minute', async () => {
    const { session } = await sessions.open(principal, ORIGIN)
    for (let second = 0; second < 300; second += 1) {
      time = START + second * 1000
      await sessions.use(session, ORIGIN)
    }
    assert.equal(store.renewals, 4)
    time += 14 * MINUTE
    await sessions.use(session, ORIGIN)
  })

  it('end after 15 minutes without use', async () => {
    const { session } = await sessions.open(principal, ORIGIN)
    time = START + 15 * MINUTE - 1
    await sessions.use(session, ORIGIN)
    time += 15 * MINUTE
    await assert.rejects(sessions.use(session, ORIGIN), code('auth/session-expired'))
  })

  it('end after 12 hours of constant use, to the millisecond', async () => {
    const { session } = await sessions.open(principal, ORIGIN)
    const end = START + 12 * 60 * MINUTE
    for (time = START; time < end; time += 10 * MINUTE) await sessions.use(session, ORIGIN)
    assert.equal([...store.sessions.values()][0]?.expiresAt.getTime(), end)
    time = end - 1
    await sessions.use(session, ORIGIN)
    time = end
    await assert.rejects(sessions.use(session, ORIGIN), code('auth/session-expired'))
  })

  it('end after 12 hours even if the store would keep them', async () => {
    const { session } = await sessions.open(principal, ORIGIN)
    for (const [hash, stored] of store.sessions) store.sessions.set(hash, { ...stored, expiresAt: new Date(START * 2) })
    time = START + 12 * 60 * MINUTE
    await assert.rejects(sessions.use(session, ORIGIN), code('auth/session-expired'))
  })

  it('cannot be made younger by a change of the bearer', async () => {
    const { session } = await sessions.open(principal, ORIGIN)
    const bytes = Buffer.from(session, 'base64url')
    bytes.writeUIntBE(START + 60 * MINUTE, 32, 6)
    await assert.rejects(sessions.use(bytes.toString('base64url'), ORIGIN), code('auth/no-session'))
  })

  it('serve no other origin, and are not renewed by it', async () => {
    const { session } = await sessions.open(principal, ORIGIN)
    time += 5 * MINUTE
    for (const origin of ['https://evil.example', 'null', '', undefined, `${ORIGIN}:443`, ORIGIN.toUpperCase()]) {
      await assert.rejects(sessions.use(session, origin), code('auth/origin-refused'))
    }
    assert.equal(store.renewals, 0)
  })

  it('may have a shorter life, however busy', async () => {
    const { session, expiresAt, endsAt } = await sessions.open(principal, ORIGIN, 20 * MINUTE)
    assert.deepEqual([expiresAt.getTime(), endsAt.getTime()], [START + 15 * MINUTE, START + 20 * MINUTE])
    for (; time < START + 20 * MINUTE; time += MINUTE) await sessions.use(session, ORIGIN)
    await assert.rejects(sessions.use(session, ORIGIN), code('auth/session-expired'))
  })

  it('go on under the same bearer when the LMS vouches again, with what it says now', async () => {
    const first = await sessions.open(principal, ORIGIN, 15 * MINUTE)
    time += 12 * MINUTE
    const later: Principal = { ...principal, context: 'course', roles: ['instructor'] }
    const second = await sessions.prolong(first.session, later, ORIGIN, 15 * MINUTE)
    assert.deepEqual(second, {
      session: first.session,
      expiresAt: new Date(time + 15 * MINUTE),
      endsAt: new Date(time + 15 * MINUTE),
    })
    time += 14 * MINUTE
    assert.deepEqual(await sessions.use(first.session, ORIGIN), later)
  })

  it('of another person, page or time are not prolonged: a new one is opened', async () => {
    const { session } = await sessions.open(principal, ORIGIN)
    const table: [string, Principal, string][] = [
      ['A'.repeat(51), principal, ORIGIN],
      ['short', principal, ORIGIN],
      [session, { ...principal, subject: 'eve' }, ORIGIN],
      [session, { ...principal, issuer: 'https://other.example' }, ORIGIN],
      [session, principal, 'https://other.example'],
    ]
    for (const [bearer, who, origin] of table) {
      const opened = await sessions.prolong(bearer, who, origin)
      assert.notEqual(opened.session, bearer)
      assert.deepEqual(await sessions.use(opened.session, origin), who)
    }
    assert.deepEqual(await sessions.use(session, ORIGIN), principal)
    time += 15 * MINUTE
    assert.notEqual((await sessions.prolong(session, principal, ORIGIN)).session, session)
  })

  it('are used by what is open, and end it too', async () => {
    const { session } = await sessions.open(principal, ORIGIN, 40 * MINUTE)
    for (; time < START + 40 * MINUTE; time += MINUTE)
      assert.deepEqual(await sessions.useOf(pageOf(session)), principal)
    await assert.rejects(sessions.useOf(pageOf(session)), code('auth/session-expired'))
    await assert.rejects(sessions.useOf('unknown'), code('auth/session-expired'))
  })

  it('close', async () => {
    const { session } = await sessions.open(principal, ORIGIN)
    await sessions.close(session)
    await assert.rejects(sessions.use(session, ORIGIN), code('auth/no-session'))
    await sessions.close(session)
    await sessions.close('unknown')
  })

  it('refuse what is no bearer, after the same look-up as for an unknown one', async () => {
    let lookups = 0
    const counting = new MemoryAuthStore()
    const { getSession } = counting
    counting.getSession = (hash) => {
      lookups += 1
      return getSession.call(counting, hash)
    }
    const guarded = new Sessions({ store: counting, now: () => new Date(time), random: randomBytes })
    const { session } = await guarded.open(principal, ORIGIN)
    const bad = [
      '',
      'x',
      'A'.repeat(51).slice(1),
      `${session}=`,
      `${session} `,
      ` ${session}`,
      session.slice(1),
      'é'.repeat(51),
      'A'.repeat(1e6),
    ]
    for (const bearer of bad) await assert.rejects(guarded.use(bearer, ORIGIN), code('auth/no-session'))
    assert.equal(lookups, bad.length)
  })
})

describe('tickets', () => {
  const claims = { labId: '1', lab: 'ceph-101', terminal: 'shell', readOnly: false, principal, origin: ORIGIN }

  it('are redeemed once, with what they were issued for', async () => {
    const { ticket, expiresAt } = await tickets.issue(claims)
    assert.match(ticket, /^[A-Za-z0-9_-]{43}$/)
    assert.equal(expiresAt.getTime(), START + 30_000)
    assert.ok(!JSON.stringify([...store.tickets]).includes(ticket))
    assert.deepEqual(await tickets.redeem(ticket, ORIGIN), { ...claims, expiresAt })
    await assert.rejects(tickets.redeem(ticket, ORIGIN), code('auth/ticket-invalid'))
  })

  it('of 50 at once one is redeemed', async () => {
    const { ticket } = await tickets.issue(claims)
    const results = await Promise.allSettled(Array.from({ length: 50 }, () => tickets.redeem(ticket, ORIGIN)))
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
  })

  it('last 30 seconds', async () => {
    const early = await tickets.issue(claims)
    const late = await tickets.issue(claims)
    time += 29_999
    await tickets.redeem(early.ticket, ORIGIN)
    time += 1
    await assert.rejects(tickets.redeem(late.ticket, ORIGIN), code('auth/ticket-invalid'))
  })

  it('are burnt by a wrong origin', async () => {
    for (const origin of ['https://evil.example', 'null', undefined]) {
      const { ticket } = await tickets.issue(claims)
      await assert.rejects(tickets.redeem(ticket, origin), code('auth/ticket-invalid'))
      await assert.rejects(tickets.redeem(ticket, ORIGIN), code('auth/ticket-invalid'))
    }
  })

  it('cannot be made up, and a session is none', async () => {
    const { session } = await sessions.open(principal, ORIGIN)
    for (const ticket of ['', 'x', 'A'.repeat(43), 'A'.repeat(1e6), session]) {
      await assert.rejects(tickets.redeem(ticket, ORIGIN), code('auth/ticket-invalid'))
    }
  })
})
