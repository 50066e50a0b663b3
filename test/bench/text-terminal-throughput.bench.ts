/**
 * From a typed line to its painted end, where a lot lies between: our display on our gateway, plain xterm.js on a plain
 * relay (ssh2 → ws, nothing held), and guacd's own terminal with Guacamole's client, in the same Chromium, on the same
 * OpenSSH server, in turns. Before them what the line takes where nobody looks: no terminal can be faster. Trust the ratios.
 * Run: npm run bench -- text-terminal-throughput     env: NUMBERS COLOURS_MB ROUNDS, GUACD (host:port)
 */
import { floorOfOpenSsh, floorOfSsh2 } from '../../backend/test/bench/text-terminal/floor.js'
import { Bench, median, program, run, type Subject } from './text-terminal/pages.js'

const NUMBERS = Number(process.env['NUMBERS'] ?? 2_000_000)
const COLOURS_MB = Number(process.env['COLOURS_MB'] ?? 8)
const ROUNDS = Number(process.env['ROUNDS'] ?? 3)

const STREAMS = {
  [`seq 1 ${NUMBERS}`]: `seq 1 ${NUMBERS}`,
  [`${COLOURS_MB} MB of colours`]: program(`colours ${COLOURS_MB}`),
}

type Times = Record<string, number[]>

/** What the line takes where nobody looks, by client. */
type Floor = Record<string, number>

async function floorOf(bench: Bench, line: string): Promise<Floor> {
  const { target } = bench.host
  return { ssh: await floorOfOpenSsh(target, line), ssh2: await floorOfSsh2(target, line) }
}

function row(what: string, times: Map<Subject, Times>, floor: Floor = {}): Record<string, string> {
  const of = (name: Subject) => median(times.get(name)?.[what] ?? [])
  const bare = Object.entries(floor).map(([name, ms]) => [`bare ${name}, ms`, ms.toFixed(0)])
  const row: Record<string, string> = { what, ...Object.fromEntries(bare), 'ours, ms': of('ours').toFixed(0) }
  for (const name of ['plain', 'guacd'] as const) {
    row[`${name}, ms`] = of(name).toFixed(0)
    row[`${name} / ours`] = (of(name) / of('ours')).toFixed(2)
  }
  return row
}

const bench = await Bench.start()
try {
  const floors: Record<string, Floor> = {}
  for (const [what, line] of Object.entries(STREAMS)) floors[what] = await floorOf(bench, line)
  const times = new Map<Subject, Times>(bench.subjects.map((name) => [name, {}]))
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of bench.subjects) {
      // It takes so long that once will do.
      if (name === 'guacd' && round > 0) continue
      const page = await bench.open(name, `throughput-${round}`)
      for (const [what, line] of Object.entries(STREAMS)) {
        const measured = times.get(name)?.[what] ?? []
        // The end is a screen of one colour, which a picture shows as well as text does.
        measured.push(await run(page, `clear; ${line}; printf '\\033[42m\\033[2J\\033[Hd''one\\n'`, 'done'))
        Object.assign(times.get(name) ?? {}, { [what]: measured })
        await run(page, "printf '\\033[0m\\033[2J\\033[Hn''ext\\n'", 'next')
      }
      await page.close()
    }
  }
  console.table(Object.keys(STREAMS).map((what) => row(what, times, floors[what])))
  if (!bench.subjects.includes('guacd')) console.log('guacd: not measured, GUACD (host:port) is not set')
} finally {
  await bench.close()
}
