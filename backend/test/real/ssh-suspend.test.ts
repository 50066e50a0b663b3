/** A real host that sleeps (SIGSTOP of sshd and all it runs) for three hours of a virtual clock, and wakes up. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { systemTimers, type Timers } from '../../src/gateway/timers.js'
import { Setup } from '../gateway/fixtures/setup.js'
import { Sshd } from '../gateway/fixtures/sshd.js'
import { assertSamePages } from '../gateway/fixtures/state.js'

const HOURS = 3 * 3_600_000

describe('a lab that slept', { timeout: 120_000 }, () => {
  let sshd: Sshd
  let setup: Setup
  let later = 0
  const session = `lab-${randomUUID()}`
  const timers: Timers = { ...systemTimers, now: () => Date.now() + later }

  before(async () => {
    sshd = await Sshd.start()
    setup = await Setup.start(() => ({ ...sshd.target, start: { session, attach: 'tmux' } }), { timers })
  })
  after(async () => {
    await sshd.signal('SIGCONT')
    await setup.close()
    await sshd.close()
    await promisify(execFile)('tmux', ['kill-session', '-t', session]).catch(() => undefined)
  })

  async function suspend(): Promise<void> {
    await sshd.signal('SIGSTOP')
    setup.gateway.labPaused(setup.claims.labId)
    later += HOURS
    await sleep(1_000)
  }

  test('the connection is tried first: same stream, same shell, nothing lost', async () => {
    const page = setup.page()
    await page.ready()
    page.type("PS1='$ '; clear; MARK=kept; echo here-we-are\n")
    await page.shows(/^here-we-are$/)
    await page.screen.settled()
    await suspend()
    await page.closed()
    assert.equal(page.problem, 'lab/paused')
    await sshd.signal('SIGCONT')
    const back = setup.page({ screen: page.screen })
    await back.ready()
    assert.equal(back.screen.snapshots, 1, 'exactly the rest')
    back.type('echo MARK=$MARK.\n')
    await back.shows(/^MARK=kept\.$/)
    await back.close()
  })

  test('a connection that is dead by then: a new login takes up what tmux kept', async () => {
    const page = setup.page()
    await page.ready()
    page.type('clear; echo SECOND=$MARK.\n')
    await page.shows(/^SECOND=kept\.$/)
    await suspend()
    await page.closed()
    await sshd.signal('SIGKILL', 'connections')
    await sshd.signal('SIGCONT')
    const back = setup.page({ screen: page.screen })
    await back.ready()
    back.type('clear; echo THIRD=$MARK.\n')
    await back.shows(/^THIRD=kept\.$/)
    const fresh = setup.page()
    await fresh.ready()
    await assertSamePages(fresh, back, 'after the new login')
    await Promise.all([fresh.close(), back.close()])
  })
})
