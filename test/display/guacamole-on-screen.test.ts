import { expect } from '@open-wc/testing'
import { resetMouse, sendKeys, sendMouse } from '@web/test-runner-commands'
import { DE } from '../../src/display/guacamole/layouts/de.js'
import { EN_US } from '../../src/display/guacamole/layouts/en-us.js'
import { Desktop, type DesktopOptions, until } from './fakes/guacamole-stage.js'

const WORDS = { keyboard: 'On-screen keyboard', close: 'Close' }

let desktop: Desktop
afterEach(async () => {
  desktop?.remove()
  await resetMouse()
})

async function shown(options: DesktopOptions = {}, language = 'en'): Promise<Desktop> {
  desktop = new Desktop({ style: 'width: 640px; height: 480px', ...options })
  desktop.page.lang = language
  desktop.container.lang = language
  await desktop.open()
  desktop.forget()
  desktop.display.toggleKeyboard?.(WORDS)
  await until(() => panel() !== null)
  return desktop
}

const panel = () => desktop.root.querySelector<HTMLElement>('.lab-keyboard')

function keyOf(label: string): HTMLElement {
  const found = panel()?.querySelector<HTMLElement>(`[role=button][aria-label="${CSS.escape(label)}"]`)
  if (!found) throw new Error(`no key ${label}`)
  return found
}

function middle(element: Element): [number, number] {
  const { left, top, width, height } = element.getBoundingClientRect()
  return [Math.round(left + width / 2), Math.round(top + height / 2)]
}

async function click(...labels: string[]): Promise<void> {
  for (const label of labels) await sendMouse({ type: 'click', position: middle(keyOf(label)) })
}

/** The screen ends where the keyboard begins. */
function roomMade(): Promise<void> {
  const bottom = () => desktop.surface.getBoundingClientRect().bottom
  return until(() => bottom() <= (panel()?.getBoundingClientRect().top ?? 0) + 1)
}

/** As a finger does it, where the browser makes mouse events of its own unless it is told not to. */
function tap(label: string): void {
  const target = keyOf(label)
  const touch = new Touch({ identifier: 1, target, clientX: middle(target)[0], clientY: middle(target)[1] })
  const init = { bubbles: true, composed: true, cancelable: true, changedTouches: [touch] }
  const kept = target.dispatchEvent(new TouchEvent('touchstart', { ...init, touches: [touch] }))
  target.dispatchEvent(new TouchEvent('touchend', { ...init, touches: [] }))
  expect(kept, 'the browser makes no mouse events of it').to.equal(false)
}

describe('the on-screen keyboard of a desktop', () => {
  it('types what is on its keys, by mouse and by finger', async () => {
    await shown()
    await click('a', 'Enter')
    tap('7')
    tap('Backspace')
    await click('b')
    expect(desktop.keys).to.equal('+a -a +Enter -Enter +7 -7 +Backspace -Backspace +b -b')
  })

  it('keeps a modifier for the next key, and until it is pressed again', async () => {
    await shown()
    await click('Ctrl')
    expect(keyOf('Ctrl').getAttribute('aria-pressed')).to.equal('true')
    await click('c')
    expect(keyOf('Ctrl').getAttribute('aria-pressed')).to.equal('false')
    await click('Shift', 'A', 'Shift', 'Shift')
    expect(desktop.keys).to.equal('+Ctrl +c -c -Ctrl +Shift +A -A -Shift +Shift -Shift')
  })

  it('has the function keys and the pages under Fn, which stays', async () => {
    await shown()
    await click('Fn', 'F5', 'PgDn', 'Fn', '5')
    expect(desktop.keys).to.equal('+0xffc2 -0xffc2 +0xff56 -0xff56 +5 -5')
  })

  it('is German where the page is, with AltGr, and another one when that is chosen', async () => {
    await shown({}, 'de-AT')
    await click('z', 'ö', 'AltGr', '@')
    const select = panel()?.querySelector('select')
    if (!select) throw new Error('no choice of layouts')
    select.selectedIndex = 0
    select.dispatchEvent(new Event('change'))
    await click('[')
    expect(desktop.keys).to.equal('+z -z +ö -ö +AltGr +@ -@ -AltGr +[ -[')
  })

  it('is named, and works by keys: arrows go from key to key, Enter and Space press one', async () => {
    await shown()
    await expect(panel()).to.be.accessible()
    keyOf('Esc').focus()
    for (const press of ['ArrowDown', 'ArrowRight', 'Enter', 'ArrowDown', 'Space', 'ArrowUp', 'ArrowUp', 'Enter']) {
      await sendKeys({ press })
    }
    expect(desktop.keys).to.equal('+2 -2 +w -w +Escape -Escape')
  })

  it('keeps its stop for Tab when the element takes away those of a display, as it does with each link', async () => {
    await shown()
    const stops = () =>
      [...(panel()?.querySelectorAll<HTMLElement>('[role=button]') ?? [])].filter((key) => key.tabIndex === 0)
    keyOf('q').focus()
    await sendKeys({ press: 'ArrowRight' })
    for (const stop of stops()) stop.tabIndex = -1
    await desktop.open()
    expect(stops().map((stop) => stop.getAttribute('aria-label'))).to.deep.equal(['w'])
  })

  it('leaves the focus where it was, and the keyboard of a phone away', async () => {
    await shown()
    desktop.display.focus()
    await click('a')
    expect(desktop.field.matches(':focus')).to.equal(true)
    expect(desktop.field.inputMode).to.equal('none')
    await sendKeys({ press: 'b' })
    expect(desktop.keys).to.equal('+a -a +b -b')
  })

  for (const width of [320, 1280]) {
    it(`fits into ${width} pixels, each key large enough for a finger, and the screen above it`, async () => {
      await shown({ style: `width: ${width}px; height: 480px` })
      await roomMade()
      const box = panel()?.getBoundingClientRect()
      for (const key of panel()?.querySelectorAll('[role=button]') ?? []) {
        const { left, right, width: wide, height: high } = key.getBoundingClientRect()
        expect(Math.min(wide, high)).to.be.at.least(24)
        expect(left >= (box?.left ?? 0) && right <= (box?.right ?? 0), 'within the panel').to.equal(true)
        expect(key.scrollWidth, `${key.ariaLabel} is not cut`).to.be.at.most(key.clientWidth)
      }
    })
  }

  it('lets go of what is held, and gives its room back, when it is closed', async () => {
    await shown()
    await roomMade()
    const low = desktop.surface.getBoundingClientRect().height
    await click('Alt')
    const button = panel()?.querySelector('button')
    if (!button) throw new Error('no way to close it')
    await sendMouse({ type: 'click', position: middle(button) })
    expect(desktop.keys).to.equal('+Alt -Alt')
    expect(panel()).to.equal(null)
    expect(desktop.display.keyboardShown).to.equal(false)
    await until(() => desktop.surface.getBoundingClientRect().height > low)
    expect(desktop.eventsOf('keyboard')).to.have.length(2)
  })

  it('is not there where nothing can be typed', async () => {
    desktop = new Desktop()
    await desktop.open({ readOnly: true })
    expect(desktop.display.keyboardShown).to.equal(undefined)
  })

  for (const layout of [EN_US, DE]) {
    it(`${layout.name}: every row is as wide as the layout says, and every key is one that there is`, () => {
      for (const row of layout.layout) {
        expect(row.reduce((sum, name) => sum + (layout.keyWidths[name] ?? 1), 0)).to.equal(layout.width)
        for (const name of row) expect(layout.keys, name).to.have.property(name)
      }
      const drawn = layout.layout.flat()
      expect(new Set(drawn).size).to.equal(drawn.length)
      expect(Object.keys(layout.keys).filter((name) => !drawn.includes(name))).to.deep.equal([])
      const printable = Array.from({ length: 0x7f - 0x20 }, (_, at) => String.fromCharCode(0x20 + at))
      const typed = Object.values(layout.keys).flatMap((faces) => faces.map(({ title }) => title))
      expect(printable.filter((character) => !typed.includes(character))).to.deep.equal([])
    })
  }
})
