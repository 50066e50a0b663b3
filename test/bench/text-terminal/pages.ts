/** The subjects of the benchmark, each on a page of its own in one Chromium, and the processes behind them. */
import { once } from 'node:events'
import { createServer, type Server as HttpServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { type Browser, chromium, type Page } from 'playwright-core'
import { quantile } from '../../../backend/test/bench/quantile.js'
import { type Server, start } from '../../../backend/test/bench/text-terminal/servers.js'
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
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html').end('<!doctype html><title>bench</title>')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

export class Bench {
  readonly #home: HttpServer
  readonly #browser: Browser
  readonly #script: string
  readonly #servers: Server[]
  readonly #urls = new Map<Subject, string>()

  private constructor(home: HttpServer, browser: Browser, script: string, servers: Server[]) {
    this.#home = home
    this.#browser = browser
    this.#script = script
    this.#servers = servers
  }

  /** `GUACD` (host:port) names a guacd; without one there is no such subject. */
  static async start(): Promise<Bench> {
    writeXtermCss()
    const browser = await chromium.launch(await findBrowser())
    const bench = new Bench(await serve(), browser, await bundle(), [])
    const host = await bench.#start('host')
    bench.#urls.set('ours', (await bench.#start('gateway', host)).url)
    bench.#urls.set('plain', (await bench.#start('relay', host)).url)
    if (process.env['GUACD']) bench.#urls.set('guacd', (await bench.#start('guacd', host)).url)
    return bench
  }

  get subjects(): Subject[] {
    return [...this.#urls.keys()]
  }

  /** A new page with a shell of its own, after its first prompt. */
  async open(name: Subject, session: string): Promise<Page> {
    const page = await this.#browser.newPage({ viewport: { width: 900, height: 600 } })
    const address = this.#home.address()
    await page.goto(`http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/`)
    await page.addStyleTag({ path: fileURLToPath(import.meta.resolve('@xterm/xterm/css/xterm.css')) })
    await page.addScriptTag({ content: this.#script })
    const url = `${this.#urls.get(name)}/?terminal=${session}`
    await page.evaluate(`bench.open(${JSON.stringify(name)}, ${JSON.stringify(url)})`)
    return page
  }

  async close(): Promise<void> {
    await this.#browser.close()
    this.#home.close()
    for (const server of this.#servers) server.stop()
  }

  async #start(role: Parameters<typeof start>[0], host?: Server): Promise<Server> {
    const server = await start(role, host?.target())
    this.#servers.push(server)
    return server
  }
}

/** Types a line; milliseconds to the frame with `end`. */
export async function run(page: Page, line: string, end: string): Promise<number> {
  return Number(await page.evaluate(`bench.run(${JSON.stringify(`${line}\n`)}, ${JSON.stringify(end)})`))
}
