import {
  type BrowserContext,
  type BrowserContextOptions,
  type BrowserServer,
  chromium,
  type Frame,
  type Page,
} from 'playwright-core'
import { findBrowser } from '../../tools/browser.mjs'
import { until } from './until.js'

/** A real Chromium, with the process so that it can be killed. */
export async function launchBrowser(): Promise<{
  server: BrowserServer
  newContext: (options?: BrowserContextOptions) => Promise<BrowserContext>
}> {
  const { executablePath, args } = await findBrowser()
  const server = await chromium.launchServer({
    executablePath,
    args: [...args, '--disable-gpu', '--disable-dev-shm-usage'],
  })
  const browser = await chromium.connect(server.wsEndpoint())
  return {
    server,
    newContext: async (options) => {
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
      // tsx keeps the names of functions by a helper that a function sent to a page leaves behind.
      await context.addInitScript('globalThis.__name ??= (named) => named')
      return context
    },
  }
}

/** What a test does with the element on a page: by its public surface, and by keys. */
export class LabPage {
  readonly page: Page
  readonly errors: string[] = []
  navigations = 0
  readonly #frame: () => Frame

  /** `frame` is where the element is; default: the page itself. */
  constructor(page: Page, frame: () => Frame = () => page.mainFrame()) {
    this.page = page
    this.#frame = frame
    page.on('pageerror', (error) => this.errors.push(String(error)))
    page.on('framenavigated', () => {
      this.navigations += 1
    })
  }

  get frame(): Frame {
    return this.#frame()
  }

  get status(): Promise<string | null> {
    return this.frame.locator('lab-terminal').getAttribute('status')
  }

  get text(): Promise<string> {
    return this.frame.evaluate(() => {
      const lab = document.querySelector('lab-terminal')
      return lab && 'getText' in lab && typeof lab.getText === 'function' ? String(lab.getText()) : ''
    })
  }

  async reaches(status: string, seconds = 60): Promise<void> {
    await until(async () => (await this.status) === status, { seconds, what: `status ${status}` })
  }

  async shows(pattern: RegExp, seconds = 60): Promise<RegExpExecArray> {
    return until(async () => pattern.exec(await this.text), { seconds, what: `${pattern} in the terminal` }).catch(
      async (error: unknown) => {
        throw new Error(
          `${error instanceof Error ? error.message : error}; it shows:\n${(await this.text).slice(-1500)}`,
        )
      },
    )
  }

  /** Types as a person does: into the terminal, key by key. */
  async type(line: string): Promise<void> {
    await this.frame.evaluate(() => {
      const lab = document.querySelector('lab-terminal')
      if (lab instanceof HTMLElement) lab.focus()
    })
    await this.page.keyboard.type(line)
    await this.page.keyboard.press('Enter')
  }

  /** A file of the person's, by the menu. `seconds`: for the browser to ask which one. */
  async upload(name: string, bytes: Buffer, seconds = 60): Promise<void> {
    await this.page.locator('#menu-button').click()
    const chooser = this.page.waitForEvent('filechooser', { timeout: seconds * 1000 })
    await this.page.getByRole('button', { name: 'Upload files…' }).click()
    await (await chooser).setFiles({ name, mimeType: 'application/octet-stream', buffer: bytes })
  }

  async ask(method: 'suspend' | 'resume' | 'launch' | 'reconnect'): Promise<void> {
    await this.frame.evaluate((name) => {
      const lab: unknown = document.querySelector('lab-terminal')
      const call = typeof lab === 'object' && lab !== null ? Reflect.get(lab, name) : undefined
      if (typeof call === 'function') call.call(lab)
    }, method)
  }
}
