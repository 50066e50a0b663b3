/**
 * The text terminal as its user sees it: our display on our gateway, beside plain xterm.js on a plain relay (ssh2 → ws,
 * nothing held), in the same Chromium and on the same lab host, in turns. Trust the ratios.
 * Run: npm run bench -- text-terminal      env: NUMBERS COLOURS_MB KEYS ROUNDS, GUACD (host:port, for guacd's own SSH)
 */
import { once } from 'node:events'
import { createServer, type Server as HttpServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { chromium, type Page } from 'playwright-core'
import { guacdSeconds } from '../../backend/test/bench/text-terminal/guacd.js'
import { type Server, start } from '../../backend/test/bench/text-terminal/servers.js'
import { findBrowser } from '../tools/browser.mjs'
import { writeXtermCss } from '../tools/xterm-css.mjs'

const NUMBERS = Number(process.env['NUMBERS'] ?? 2_000_000)
const COLOURS_MB = Number(process.env['COLOURS_MB'] ?? 8)
const KEYS = Number(process.env['KEYS'] ?? 200)
const ROUNDS = Number(process.env['ROUNDS'] ?? 3)
const STOPS = 5
const FLOOD = fileURLToPath(new URL('text-terminal/flood.mjs', import.meta.url))
const SUBJECTS = ['ours', 'plain'] as const
type Subject = (typeof SUBJECTS)[number]

const FIGURES = {
  seq: `seq 1 ${NUMBERS}, to the painted end, ms`,
  colours: `${COLOURS_MB} MB of colours, to the painted end, ms`,
  idle50: 'key to paint, idle, p50, ms',
  idle99: 'key to paint, idle, p99, ms',
  flood50: 'key to paint, screen repainted without end, p50, ms',
  flood99: 'key to paint, screen repainted without end, p99, ms',
  stop: 'Ctrl+C in a flood to the painted prompt, ms',
} as const
type Figures = Record<keyof typeof FIGURES, number>

const at = (sorted: readonly number[], share: number) =>
  sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? Number.NaN
const sort = (values: readonly number[]) => [...values].sort((one, other) => one - other)
const median = (values: readonly number[]) => at(sort(values), 0.5)

async function bundle(): Promise<string> {
  const entry = fileURLToPath(new URL('text-terminal/page.ts', import.meta.url))
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    write: false,
  })
  return outputFiles[0]?.text ?? ''
}

/** A page of loopback: no other may open a socket there. */
async function serve(): Promise<HttpServer> {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html').end('<!doctype html><title>bench</title>')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

async function open(page: Page, home: HttpServer, script: string, name: Subject, url: string): Promise<void> {
  const address = home.address()
  await page.goto(`http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/`)
  await page.addStyleTag({ path: fileURLToPath(import.meta.resolve('@xterm/xterm/css/xterm.css')) })
  await page.addScriptTag({ content: script })
  await page.evaluate(`bench.open(${JSON.stringify(name)}, ${JSON.stringify(url)})`)
}

/** Types a line; milliseconds to the frame with `end`. */
const run = (page: Page, line: string, end: string): Promise<number> =>
  page.evaluate(`bench.run(${JSON.stringify(`${line}\n`)}, ${JSON.stringify(end)})`)

/** Presses keys one by one; a program in the lab answers each, as an editor does. */
async function keys(page: Page, program: string): Promise<number[]> {
  await run(page, `clear; '${process.execPath}' '${FLOOD}' ${program}`, 'keys=0;')
  const delays: number[] = []
  for (let count = 1; count <= KEYS; count++) {
    const delay = page.evaluate(`bench.sinceKey('keys=${count};')`)
    await page.keyboard.press('k')
    delays.push(Number(await delay))
  }
  await page.keyboard.press('Control+c')
  await page.evaluate("bench.painted('$ ')")
  return sort(delays)
}

async function stop(page: Page, turn: number): Promise<number> {
  await page.evaluate(`bench.type("PS1='stop'${turn}'> '; clear; yes 'a line of a program that does not end'\\n")`)
  await new Promise((done) => setTimeout(done, 1_000))
  const delay = page.evaluate(`bench.sinceKey('stop${turn}> ')`)
  await page.keyboard.press('Control+c')
  return Number(await delay)
}

async function measure(page: Page): Promise<Figures> {
  const seq = await run(page, `clear; seq 1 ${NUMBERS}; echo d''one-1`, 'done-1')
  const colours = await run(
    page,
    `clear; '${process.execPath}' '${FLOOD}' colours ${COLOURS_MB}; echo d''one-2`,
    'done-2',
  )
  const idle = await keys(page, 'count')
  const flood = await keys(page, 'paint')
  const stops: number[] = []
  for (let turn = 0; turn < STOPS; turn++) stops.push(await stop(page, turn))
  return {
    seq,
    colours,
    idle50: at(idle, 0.5),
    idle99: at(idle, 0.99),
    flood50: at(flood, 0.5),
    flood99: at(flood, 0.99),
    stop: median(stops),
  }
}

function table(results: Record<Subject, Figures[]>): void {
  const rows = Object.entries(FIGURES).map(([key, words]) => {
    const of = (name: Subject) => median(results[name].map((figures) => figures[key as keyof Figures]))
    const [ours, plain] = [of('ours'), of('plain')]
    return { what: words, ours: ours.toFixed(1), plain: plain.toFixed(1), 'plain / ours': (plain / ours).toFixed(2) }
  })
  console.table(rows)
}

const servers: Server[] = []
const home = await serve()
const browser = await chromium.launch(await findBrowser())
try {
  writeXtermCss()
  const script = await bundle()
  const host = await start('host')
  const gateway = await start('gateway', host.target())
  const relay = await start('relay', host.target())
  servers.push(host, gateway, relay)
  const url = { ours: gateway.url, plain: relay.url }
  const results: Record<Subject, Figures[]> = { ours: [], plain: [] }
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of SUBJECTS) {
      const page = await browser.newPage({ viewport: { width: 900, height: 600 } })
      await open(page, home, script, name, `${url[name]}/?terminal=round-${round}`)
      results[name].push(await measure(page))
      await page.close()
    }
  }
  table(results)
  const guacd = process.env['GUACD']
  if (guacd) {
    const seconds = await guacdSeconds(guacd, host.target(), `seq 1 ${NUMBERS}\n`)
    const ours = median(results.ours.map(({ seq }) => seq)) / 1000
    console.log(
      `guacd's own SSH (nobody paints): ${seconds.toFixed(1)} s; ours is ${(seconds / ours).toFixed(1)} × as fast`,
    )
  } else console.log('guacd: not measured, GUACD (host:port) is not set')
} finally {
  await browser.close()
  home.close()
  for (const server of servers) server.stop()
}
