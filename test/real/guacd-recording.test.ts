/** A session on a real desktop is recorded, and `<lab-recording>` plays it in Chromium (`npm run real:up`). */
import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { TestBackend } from '../e2e/support/backend.js'
import { launchBrowser } from '../e2e/support/browser.js'
import { until } from '../e2e/support/until.js'
import { DesktopPage } from './support/desktop-page.js'

const labs = `
  desktops:
    title: Desktops
    clouds: [{ name: here }]
    terminals:
      - { name: taped, protocol: vnc, host: 127.0.0.1, port: 5901, password: vncpass1, recording: { folder: ./recordings } }
guacd: ["${process.env['GUACD'] ?? '127.0.0.1:4822'}"]`

/** What the desktop of the testbed has behind its windows, and what this test makes of it. */
const BLUE = '#204060'
const RED = '#b02020'

type Colour = readonly [number, number, number]

/** The middle of the lowest line of the picture: there is no window. */
function background(page: Page, element: 'lab-terminal' | 'lab-recording'): Promise<Colour | undefined> {
  return page.evaluate((name) => {
    const screen = document.querySelector(name)?.shadowRoot?.querySelector('.screen:not([hidden])')
    const canvas = [...(screen?.querySelectorAll('canvas') ?? [])].find(({ width }) => width > 0)
    const holder = canvas?.parentElement
    if (!canvas || !holder) return undefined
    const [width, height] = [Number.parseFloat(holder.style.width), Number.parseFloat(holder.style.height)]
    const [red = 0, green = 0, blue = 0] = canvas.getContext('2d')?.getImageData(width / 2, height - 3, 1, 1).data ?? []
    return [red, green, blue] as const
  }, element)
}

const isNear = (colour: Colour | undefined, hex: string): boolean =>
  colour !== undefined &&
  [1, 3, 5].every((at, part) => Math.abs(Number.parseInt(hex.slice(at, at + 2), 16) - (colour[part] ?? 0)) < 24)

async function shows(page: Page, element: 'lab-terminal' | 'lab-recording', hex: string): Promise<void> {
  const isThere = async () => isNear(await background(page, element), hex)
  await until(isThere, { seconds: 60, what: `${hex} in ${element}` })
}

async function paint(lab: DesktopPage, hex: string): Promise<void> {
  // The first keys of a fresh desktop are lost.
  for (let attempt = 0; attempt < 10; attempt++) {
    await lab.click()
    await lab.page.keyboard.type(`xsetroot -solid '${hex}'\n`)
    const painted = until(async () => isNear(await background(lab.page, 'lab-terminal'), hex), {
      seconds: 6,
      what: hex,
    })
    if (
      await painted.then(
        () => true,
        () => false,
      )
    )
      return
  }
  throw new Error(`the desktop does not become ${hex}`)
}

describe('a recorded session', () => {
  let backend: TestBackend
  let browser: Awaited<ReturnType<typeof launchBrowser>>
  before(async () => {
    backend = await TestBackend.start({ more: labs })
    browser = await launchBrowser()
  })
  after(async () => {
    await browser?.server.close()
    await backend?.stop()
  })

  async function recorded(): Promise<Buffer> {
    const folder = join(backend.folder, 'recordings')
    const names = (await readdir(folder)).filter((name) => name.endsWith('.guac'))
    assert.equal(names.length, 1)
    const file = join(folder, names[0] ?? '')
    let size = -1
    await until(
      async () => {
        const before = size
        size = (await stat(file)).size
        await new Promise((resolve) => setTimeout(resolve, 1_000))
        return size > 0 && size - before < 200
      },
      { seconds: 60, what: 'what is recorded to be in the file' },
    )
    return readFile(file)
  }

  async function player(page: Page, recording: Buffer, theme: string): Promise<void> {
    await page.goto(`${backend.url}/healthz`)
    await page.evaluate(() => {
      document.body.replaceChildren()
    })
    await page.addScriptTag({ url: `${backend.url}/cdn/lab-recording.js`, type: 'module' })
    await page.evaluate(
      async ([base64 = '', look = '']) => {
        await customElements.whenDefined('lab-recording')
        const element = document.createElement('lab-recording')
        element.setAttribute('theme', look)
        const source = await (await fetch(`data:application/octet-stream;base64,${base64}`)).blob()
        Object.assign(element, { source })
        document.body.append(element)
      },
      [recording.toString('base64'), theme],
    )
    await page.getByRole('slider').waitFor({ timeout: 60_000 })
  }

  it('is told to the learner, and is played from its beginning to its end', async () => {
    const context = await browser.newContext({ bypassCSP: true })
    const lab = new DesktopPage(await context.newPage())
    await lab.open(backend.url, backend.url, 'taped')
    await lab.page.locator('lab-terminal').getByText('recorded').first().waitFor({ timeout: 60_000 })
    await paint(lab, BLUE)
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    await paint(lab, RED)
    const recording = await recorded()
    await paint(lab, BLUE)

    const page = await context.newPage()
    await player(page, recording, 'light')
    const slider = page.getByRole('slider')
    await slider.press('End')
    await shows(page, 'lab-recording', RED)
    await slider.press('Home')
    const before = Number(await slider.inputValue())
    await page.getByRole('button', { name: 'Play' }).click()
    await shows(page, 'lab-recording', BLUE)
    await until(async () => Number(await slider.inputValue()) > before, { seconds: 60, what: 'the position to go on' })
    await page.getByRole('button', { name: 'Pause' }).click()
    const pictures = process.env['LAB_PICTURES']
    if (pictures) {
      await mkdir(pictures, { recursive: true })
      for (const theme of ['light', 'dark'] as const) {
        for (const width of [320, 1280]) {
          await page.setViewportSize({ width, height: 800 })
          await player(page, recording, theme)
          await slider.press('End')
          await shows(page, 'lab-recording', RED)
          await page.screenshot({ path: join(pictures, `recording-${theme}-${width}.png`) })
        }
      }
    }
    await context.close()
  })
})
