/** What begins on a real host: kept by the real screen, with the environment and the command of the configuration. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import type { Start } from '../../src/gateway/start.js'
import { claimsOf, Setup } from '../gateway/fixtures/setup.js'
import { Sshd } from '../gateway/fixtures/sshd.js'

describe('what begins on a host', { timeout: 300_000 }, () => {
  let sshd: Sshd
  let setup: Setup
  let start: Start
  const session = `lab-${randomUUID()}`

  before(async () => {
    sshd = await Sshd.start()
    setup = await Setup.start(() => ({ ...sshd.target, start }))
  })
  after(async () => {
    await promisify(execFile)('screen', ['-S', session, '-X', 'quit']).catch(() => undefined)
    await setup.close()
    await sshd.close()
  })

  test('attach: screen: what runs is taken up again by the next login, with its variables', async () => {
    start = { session, attach: 'screen', environment: { LAB_WORD: "it's here" } }
    const page = setup.page()
    await page.ready()
    page.type('MARK=kept; echo "[$LAB_WORD] [$STY]"\n')
    await page.shows(`[it's here] [`, 60_000)
    await page.shows(session, 60_000)
    await sshd.signal('SIGKILL', 'connections')
    await page.until(() => page.closeCode !== undefined, 'told that it is lost', 60_000)
    const back = setup.page({ screen: page.screen })
    await back.until(() => back.attached, 'attached', 60_000)
    back.type('clear; echo "MARK=$MARK."\n')
    await back.shows(/^MARK=kept\.$/, 60_000)
    await back.close()
  })

  test('a command instead of the login shell, with its variables; its end is told with its code', async () => {
    setup.claims = claimsOf('lab-2')
    start = { session: 'none', environment: { LAB_WORD: 'word' }, command: 'echo "<$LAB_WORD>"; read answer; exit 7' }
    const page = setup.page()
    await page.ready()
    await page.shows('<word>', 60_000)
    page.type('\n')
    await page.until(() => page.messages.some(({ type, code }) => type === 'exited' && code === 7), 'exited', 60_000)
    await page.close()
    assert.ok(!page.screen.lines().join('\n').includes('answer'), 'no shell around it')
  })
})
