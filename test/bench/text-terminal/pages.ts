/** The subjects of the benchmark, each on a page of its own in one Chromium, and the processes behind them. */
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type Server as HttpServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { type Browser, chromium } from 'playwright-core'
import { quantile } from '../../../backend/test/bench/quantile.js'
import { startHost } from '../../../backend/test/bench/text-terminal/host.js'
import { type Server, start } from '../../../backend/test/bench/text-terminal/servers.js'
import { Tab } from '../../../backend/test/bench/text-terminal/tab.js'
import type { Sshd } from '../../../backend/test/gateway/fixtures/sshd.js'
import { freePort } from '../../../backend/test/support/free-port.js'
import { findBrowser } from '../../tools/browser.mjs'
import { writeXtermCss } from '../../tools/xterm-css.mjs'

export type Subject = 'ours' | 'plain' | 'guacd'

/** What runs in the lab; see there. */
export const program = (words: string) =>
  `'${process.execPath}' '${fileURLToPath(new URL('flood.mjs', import.meta.url))}' ${words}`

export const median = (values: readonly number[]): number => quantile(values, 0.5)

async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('page.ts', import.meta.url))],
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
  const css = await readFile(fileURLToPath(import.meta.resolve('@xterm/xterm/css/xterm.css')), 'utf8')
  const script = await bundle()
  const page = `<!doctype html><title>bench</title><style>${css}</style><script src="bench.js"></script><body>`
  const server = createServer(({ url }, response) => {
    const isScript = url === '/bench.js'
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html').end(isScript ? script : page)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

export class Bench {
  readonly host: Sshd
  readonly #home: HttpServer
  readonly #browser: Browser
  readonly #debugging: number
  readonly #servers: Server[] = []
  readonly #urls = new Map<Subject, string>()

  private constructor(host: Sshd, home: HttpServer, browser: Browser, debugging: number) {
    this.host = host
    this.#home = home
    this.#browser = browser
    this.#debugging = debugging
  }

  /** `GUACD` (host:port) names a guacd; without one there is no such subject. */
  static async start(): Promise<Bench> {
    writeXtermCss()
    const { executablePath, args } = await findBrowser()
    const debugging = await freePort()
    const browser = await chromium.launch({ executablePath, args: [...args, `--remote-debugging-port=${debugging}`] })
    const bench = new Bench(await startHost(), await serve(), browser, debugging)
    bench.#urls.set('ours', (await bench.#start('gateway')).url)
    bench.#urls.set('plain', (await bench.#start('relay')).url)
    if (process.env['GUACD']) bench.#urls.set('guacd', (await bench.#start('guacd')).url)
    return bench
  }

  get subjects(): Subject[] {
    return [...this.#urls.keys()]
  }

  /** A new page with a shell of its own, after its first prompt. */
  async open(name: Subject, session: string): Promise<Tab> {
    const address = this.#home.address()
    const home = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/`
    const tab = await Tab.open(this.#debugging, home, { width: 900, height: 600 })
    const url = `${this.#urls.get(name)}/?terminal=${session}`
    await tab.evaluate(`bench.open(${JSON.stringify(name)}, ${JSON.stringify(url)})`)
    return tab
  }

  async close(): Promise<void> {
    await this.#browser.close()
    this.#home.close()
    for (const server of this.#servers) server.stop()
    await this.host.close()
  }

  async #start(role: Parameters<typeof start>[0]): Promise<Server> {
    const server = await start(role, this.host.target)
    this.#servers.push(server)
    return server
  }
}

/** Types a line; milliseconds to the frame with `end`. */
export async function run(page: Tab, line: string, end: string): Promise<number> {
  return Number(await page.evaluate(`bench.run(${JSON.stringify(`${line}\n`)}, ${JSON.stringify(end)})`))
}
