import type { BrowserContextOptions } from 'playwright-core'
import type { SshTarget } from '../../../backend/src/gateway/ports.js'
import { type BackendOptions, TestBackend } from './backend.js'
import { LabPage, launchBrowser } from './browser.js'
import { CuttingProxy } from './cutting-proxy.js'
import { until } from './until.js'

/** Seconds, on a slow machine too. */
export const LONG = 120

export interface CourseOptions extends BackendOptions {
  /** The first lab's, in YAML, instead of those that it has. */
  readonly terminals?: string
  /** Its pages reach the backend by a network that can be cut. */
  readonly cuts?: boolean
}

export interface PageOptions extends BrowserContextOptions {
  /** Runs in the page before any script of its own. */
  readonly watch?: () => void
}

/** The demo's course on a real backend, and a browser to read it in: how most tests begin. */
export class Course {
  readonly backend: TestBackend
  readonly browser: Awaited<ReturnType<typeof launchBrowser>>
  readonly #proxy: CuttingProxy | undefined

  private constructor(backend: TestBackend, browser: Course['browser'], proxy: CuttingProxy | undefined) {
    this.backend = backend
    this.browser = browser
    this.#proxy = proxy
  }

  static async start({ terminals, cuts, ...options }: CourseOptions = {}): Promise<Course> {
    const proxy = cuts ? await CuttingProxy.start() : undefined
    const backend = await TestBackend.start({
      ...(proxy && { publicUrl: () => proxy.url }),
      ...(terminals !== undefined && { labs: labsWith(terminals) }),
      ...options,
    })
    if (proxy) proxy.target = backend.port
    return new Course(backend, await launchBrowser(), proxy)
  }

  /** With `cuts`. */
  get proxy(): CuttingProxy {
    if (!this.#proxy) throw new Error('the pages reach the backend without a proxy')
    return this.#proxy
  }

  /** A page of a browser profile of its own, whose first lab is connected. */
  async open({ watch, ...context }: PageOptions = {}): Promise<LabPage> {
    const lab = new LabPage(await (await this.browser.newContext(context)).newPage())
    if (watch) await lab.page.addInitScript(watch)
    await lab.page.goto(`${this.backend.url}/`)
    if (this.#proxy) await this.#lead(lab, this.#proxy)
    await lab.reaches('connected', LONG)
    return lab
  }

  async stop(): Promise<void> {
    await this.browser.server.close()
    await this.backend.stop()
    await this.#proxy?.stop()
  }

  /** The first link may have been made, by the backend's own address, before the page is told of the other one. */
  async #lead(lab: LabPage, proxy: CuttingProxy): Promise<void> {
    const before = proxy.tunnels
    await lab.page.evaluate((url) => document.querySelector('lab-terminal')?.setAttribute('backend', url), proxy.url)
    await until(() => proxy.tunnels > before, { seconds: LONG, what: 'a terminal by the proxy' })
  }
}

/** A terminal on a host of the test's own, in YAML; `more`: what else its configuration says. */
export function terminalOn({ host, port, user, privateKey, hostKey }: SshTarget, more: object): string {
  return `[${JSON.stringify({ name: 'shell', host, port, user, privateKey, hostKey, ...more })}]`
}

function labsWith(terminals: string): string {
  return `
  first-steps:
    title: Your first lab
    clouds: [{ name: here }]
    terminals: ${terminals}
  log-detective:
    title: The log detective
    clouds: [{ name: here }]`
}
