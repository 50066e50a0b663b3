/** A page with a desktop on it, and what it shows. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Locator, Page } from 'playwright-core'
import { LabPage } from '../../e2e/support/browser.js'
import { until } from '../../e2e/support/until.js'

/** What the page sees of the picture: its size in pixels of the lab, and a number that changes with any pixel. */
export interface Picture {
  width: number
  height: number
  sum: number
}

/** Of all layers: guacd draws the text of a terminal on one above the first. Their canvases may be larger than they are. */
export function pictureOf(page: Page): Promise<Picture | undefined> {
  return page.evaluate(() => {
    const screen = document.querySelector('lab-terminal')?.shadowRoot?.querySelector('.screen:not([hidden])')
    const layers = [...(screen?.querySelectorAll('canvas') ?? [])].filter(({ width }) => width > 0)
    const first = layers[0]?.parentElement
    if (!first) return undefined
    let sum = 0
    for (const layer of layers) {
      const { data } = layer.getContext('2d')?.getImageData(0, 0, layer.width, layer.height) ?? { data: [] }
      for (let i = 0; i < data.length; i += 4) {
        sum = (sum * 31 + (data[i] ?? 0) + 3 * (data[i + 1] ?? 0) + 7 * (data[i + 2] ?? 0) + (data[i + 3] ?? 0)) | 0
      }
    }
    return { width: Number.parseFloat(first.style.width), height: Number.parseFloat(first.style.height), sum }
  })
}

/** Every colour on the lab's screen, as `#rrggbb`, of all layers. */
export async function coloursOf(page: Page): Promise<Set<string>> {
  const found = await page.evaluate(() => {
    const screen = document.querySelector('lab-terminal')?.shadowRoot?.querySelector('.screen:not([hidden])')
    const colours = new Set<number>()
    for (const layer of screen?.querySelectorAll('canvas') ?? []) {
      if (layer.width === 0) continue
      const { data } = layer.getContext('2d')?.getImageData(0, 0, layer.width, layer.height) ?? { data: [] }
      for (let i = 0; i < data.length; i += 4) {
        if (data[i + 3] === 255) colours.add(((data[i] ?? 0) << 16) | ((data[i + 1] ?? 0) << 8) | (data[i + 2] ?? 0))
      }
    }
    return [...colours]
  })
  return new Set(found.map((colour) => `#${colour.toString(16).padStart(6, '0')}`))
}

/** Red, green and blue of one pixel of the lab's own screen, as the page has it, of the uppermost layer; undefined until there is a picture. */
export function pixelAt(page: Page, x: number, y: number): Promise<[number, number, number] | undefined> {
  return page.evaluate(
    ([left, top]) => {
      const screen = document.querySelector('lab-terminal')?.shadowRoot?.querySelector('.screen:not([hidden])')
      const opaque = [...(screen?.querySelectorAll('canvas') ?? [])]
        .filter(({ width, height }) => width > left && height > top)
        .map((layer) => layer.getContext('2d')?.getImageData(left, top, 1, 1).data)
        .filter((pixel) => pixel?.[3] === 255)
      const [red, green, blue] = opaque.at(-1) ?? []
      return red === undefined || green === undefined || blue === undefined ? undefined : [red, green, blue]
    },
    [x, y] as const,
  )
}

export class DesktopPage extends LabPage {
  /** The course's page, and the address under which its element reaches the backend. */
  async open(course: string, url: string, terminal: string, seconds = 60): Promise<void> {
    await this.page.goto(`${course}/`)
    await this.page.evaluate(
      ([backend = '', name = '']) => {
        const lab = document.querySelector('lab-terminal')
        for (const [key, value] of [
          ['backend', backend],
          ['terminal', name],
          ['lab', 'desktops'],
        ] as const) {
          lab?.setAttribute(key, value)
        }
      },
      [url, terminal],
    )
    await this.reaches('connected', seconds)
  }

  /** Waits until nothing on the screen changes any more. */
  async rests(): Promise<Picture> {
    let last: Picture | undefined
    return until(
      async () => {
        await new Promise((resolve) => setTimeout(resolve, 300))
        const now = await pictureOf(this.page)
        const same = now && last && now.sum === last.sum && now.width === last.width
        last = now
        return same && now
      },
      { seconds: 30, what: 'a picture at rest' },
    )
  }

  async changes(from: Picture, seconds = 20): Promise<Picture> {
    return until(
      async () => {
        const now = await pictureOf(this.page)
        return now && (now.sum !== from.sum || now.width !== from.width) && now
      },
      { seconds, what: 'another picture' },
    )
  }

  async click(): Promise<void> {
    const surface = this.page.locator('.screen:not([hidden]) .surface')
    // A page that became narrower is longer.
    await surface.scrollIntoViewIfNeeded()
    const box = await surface.boundingBox()
    if (!box) throw new Error('no surface')
    await this.page.mouse.click(box.x + box.width / 3, box.y + box.height / 3)
    // A window manager that has just begun takes its time to give the keyboard to what was clicked.
    await this.rests()
  }

  /** The files on their way, and those that came. */
  get files(): Locator {
    return this.page.getByRole('list', { name: 'Files' })
  }

  /** A file of the person's, by the menu, until the lab has all of it. */
  async uploadWhole(name: string, bytes: Buffer): Promise<void> {
    await this.upload(name, bytes)
    await this.files.getByText(`${name} is in the lab`).waitFor({ timeout: 180_000 })
  }

  /** What the browser saves because of `what`. */
  async saved(what: () => Promise<unknown>): Promise<{ name: string; bytes: Buffer }> {
    const download = this.page.waitForEvent('download', { timeout: 120_000 })
    await what()
    const file = await download
    const folder = await mkdtemp(join(tmpdir(), 'lab-saved-'))
    try {
      // Fails where the browser says that the file did not come whole.
      await file.saveAs(join(folder, 'file'))
      return { name: file.suggestedFilename(), bytes: await readFile(join(folder, 'file')) }
    } finally {
      await rm(folder, { recursive: true })
    }
  }

  /** The browser's own coordinates of a pixel of the lab's screen. */
  async placeOf(x: number, y: number): Promise<{ x: number; y: number }> {
    const surface = this.page.locator('.screen:not([hidden]) .surface')
    await surface.scrollIntoViewIfNeeded()
    const [box, picture] = [await surface.boundingBox(), await pictureOf(this.page)]
    if (!box || !picture) throw new Error('no surface')
    const along = (pixel: number, shown: number, own: number) => ((pixel + 0.5) * shown) / own
    return { x: box.x + along(x, box.width, picture.width), y: box.y + along(y, box.height, picture.height) }
  }

  get copied(): Promise<string> {
    return this.page.evaluate(() => navigator.clipboard.readText())
  }

  /** Goes on with Tab to what has this name. */
  async tabTo(name: string): Promise<void> {
    for (let stop = 0; stop < 40; stop++) {
      await this.page.keyboard.press('Tab')
      const at = await this.page.evaluate(() => {
        const focused = document.querySelector('lab-terminal')?.shadowRoot?.activeElement
        return focused?.getAttribute('aria-label') ?? focused?.textContent?.trim()
      })
      if (at === name) return
    }
    throw new Error(`Tab never came to ${name}`)
  }
}
