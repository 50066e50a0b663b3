/**
 * From a key to the frame that shows it: idle, under a program that repaints the screen without end, and Ctrl+C in a
 * flood. Our display on our gateway beside plain xterm.js on a plain relay, in the same Chromium, on the same OpenSSH
 * server, in turns. Trust the ratios.
 * Run: npm run bench -- text-terminal-keys      env: KEYS STOPS ROUNDS
 */
import { quantile } from '../../backend/test/bench/quantile.js'
import type { Tab } from '../../backend/test/bench/text-terminal/tab.js'
import { Bench, median, program, run } from './text-terminal/pages.js'

const KEYS = Number(process.env['KEYS'] ?? 200)
const STOPS = Number(process.env['STOPS'] ?? 10)
const ROUNDS = Number(process.env['ROUNDS'] ?? 3)
const SUBJECTS = ['ours', 'plain'] as const

const FLOODS = {
  yes: "yes 'a line of a program that does not end'",
  colours: program('colours 100000'),
}

type Note = (what: string, ms: number) => void

/** Presses keys one by one; a program in the lab answers each, as an editor does. */
async function keys(page: Tab, what: string): Promise<number[]> {
  await run(page, `clear; ${program(what)}`, 'keys=0;')
  const delays: number[] = []
  for (let count = 1; count <= KEYS; count++) {
    const delay = page.evaluate(`bench.sinceKey('keys=${count};')`)
    await page.press('k')
    delays.push(Number(await delay))
  }
  await page.press('Control+c')
  await page.evaluate("bench.painted('$ ')")
  return delays
}

async function stop(page: Tab, flood: string, turn: number): Promise<number> {
  await page.evaluate(`bench.type(${JSON.stringify(`PS1='stop'${turn}'> '; clear; ${flood}\n`)})`)
  await new Promise((done) => setTimeout(done, 1_000))
  const delay = page.evaluate(`bench.sinceKey('stop${turn}> ')`)
  await page.press('Control+c')
  return Number(await delay)
}

async function measure(page: Tab, note: Note): Promise<void> {
  for (const [what, words] of Object.entries({ count: 'idle', paint: 'screen repainted without end' })) {
    const delays = await keys(page, what)
    note(`key to paint, ${words}, p50`, quantile(delays, 0.5))
    note(`key to paint, ${words}, p99`, quantile(delays, 0.99))
  }
  for (const [name, flood] of Object.entries(FLOODS)) {
    const delays: number[] = []
    for (let turn = 0; turn < STOPS; turn++) delays.push(await stop(page, flood, turn))
    note(`Ctrl+C in a flood of ${name} to the painted prompt, p50`, quantile(delays, 0.5))
    note(`Ctrl+C in a flood of ${name} to the painted prompt, most`, Math.max(...delays))
  }
}

const bench = await Bench.start()
try {
  const figures = new Map<string, Record<(typeof SUBJECTS)[number], number[]>>()
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of SUBJECTS) {
      const page = await bench.open(name, `keys-${round}`)
      await measure(page, (what, ms) => {
        const both = figures.get(what) ?? { ours: [], plain: [] }
        both[name].push(ms)
        figures.set(what, both)
      })
      await page.close()
    }
  }
  const rows = [...figures].map(([what, both]) => {
    const [ours, plain] = [median(both.ours), median(both.plain)]
    return {
      what: `${what}, ms`,
      ours: ours.toFixed(1),
      plain: plain.toFixed(1),
      'plain / ours': (plain / ours).toFixed(2),
    }
  })
  console.table(rows)
} finally {
  await bench.close()
}
