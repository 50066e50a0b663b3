/**
 * What a held, idle text session takes of a replica's memory: so many shells whose pages are gone, each over an SSH
 * connection of its own, as they are opened and once their screens are let go (`resting-screen.ts`). The gateway is the
 * measured process; host and pages are others.
 * Run: npm run bench -- ssh-sessions      env: SESSIONS
 */
import { Measured, type Memory } from '../gateway/fixtures/measured.js'
import { Page } from '../gateway/fixtures/page.js'

const SESSIONS = Number(process.env['SESSIONS'] ?? 2_000)
/** Opened before the first measurement: what the code itself takes is there by then. */
const WARM = 50
const AT_ONCE = 10
const ALLOWED_KB = 200
/** Longer than the minute after which an idle screen is let go, and the next, for one that was needed in the first. */
const REST_MS = 125_000

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
  const fresh = await measured.memory()
  await new Promise((done) => setTimeout(done, REST_MS))
  const idle = await measured.memory()
  const kB = (after: Memory, what: keyof Memory) => (after[what] - before[what]) / (opened - WARM) / 1000
  const row = (what: keyof Memory) => ({
    what,
    'kB a session, just opened': kB(fresh, what).toFixed(0),
    'two minutes later': kB(idle, what).toFixed(0),
  })
  console.table([row('rss'), row('heapUsed'), row('external')])
  // Resident pages that were used once stay with the process for others to come; what is in use is heap and buffers.
  const used = kB(idle, 'heapUsed') + kB(idle, 'external')
  console.log(
    `${opened} held sessions, ${(idle.rss / 1e6).toFixed(0)} MB resident (${(fresh.rss / 1e6).toFixed(0)} MB at most);`,
    `${(kB(idle, 'rss') / ALLOWED_KB).toFixed(2)} of ${ALLOWED_KB} kB a session resident, ${used.toFixed(0)} kB in use`,
  )
} finally {
  await measured.close()
}
