/**
 * What a held, idle text session takes of a replica's memory: so many shells whose pages are gone, each over an SSH
 * connection of its own. The gateway is the measured process; host and pages are others.
 * Run: npm run bench -- ssh-sessions      env: SESSIONS
 */
import { Measured } from '../gateway/fixtures/measured.js'
import { Page } from '../gateway/fixtures/page.js'

const SESSIONS = Number(process.env['SESSIONS'] ?? 2_000)
/** Opened before the first measurement: what the code itself takes is there by then. */
const WARM = 50
const AT_ONCE = 10
const ALLOWED_KB = 200

const measured = await Measured.start('prompt')
try {
  let opened = 0
  async function open(until: number): Promise<void> {
    while (opened < until) {
      const page = new Page(`${measured.url}/?terminal=t${opened++}`)
      await page.shows('$ ', 120_000)
      await page.close()
    }
  }
  const openAll = (until: number) => Promise.all(Array.from({ length: AT_ONCE }, () => open(until)))
  await openAll(WARM)
  const before = await measured.memory()
  await openAll(SESSIONS)
  const after = await measured.memory()
  const perSession = (what: 'rss' | 'heapUsed' | 'external') => (after[what] - before[what]) / (opened - WARM) / 1000
  const row = (what: 'rss' | 'heapUsed' | 'external') => ({ what, 'kB a session': perSession(what).toFixed(0) })
  console.table([row('rss'), row('heapUsed'), row('external')])
  const ratio = perSession('rss') / ALLOWED_KB
  console.log(
    `${opened} held sessions, ${(after.rss / 1e6).toFixed(0)} MB resident; ${ratio.toFixed(2)} of ${ALLOWED_KB} kB`,
  )
} finally {
  await measured.close()
}
