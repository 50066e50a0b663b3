import { expect } from '@open-wc/testing'
import { scaleOf, textSize, wantedScreen, zoomOf } from '../../src/display/guacamole/sizes.js'
import { guacdScheme } from '../../src/display/guacamole/text-looks.js'
import { Desktop, LOOKS, until } from './fakes/guacamole-stage.js'
import { frames } from './fakes/stage.js'

describe('the size of a lab’s screen', () => {
  const room = { width: 800, height: 600 }
  for (const [name, ratio, zoom, wanted] of [
    ['one pixel for each of the page', 1, 1, { width: 800, height: 600, dpi: 96 }],
    ['sharp on a dense screen', 2, 1, { width: 1600, height: 1200, dpi: 192 }],
    ['less of it, larger, at twice the text size', 1, 2, { width: 400, height: 300, dpi: 96 }],
    ['an even width', 1.25, 1.1, { width: 908, height: 680, dpi: 120 }],
  ] as const) {
    it(name, () => expect(wantedScreen(room, ratio, zoom)).to.deep.equal(wanted))
  }

  it('asks for nothing without a room', () => {
    expect(wantedScreen({ width: 0, height: 600 }, 1, 1)).to.equal(undefined)
    expect(scaleOf({ width: 0, height: 0 }, room, 2, 1)).to.equal(0.5)
  })

  for (const [name, lab, ratio, zoom, scale] of [
    ['as it was asked for', room, 1, 1, 1],
    ['as it was asked for on a dense screen', { width: 1600, height: 1200 }, 2, 1, 0.5],
    ['fitted, where it is larger', { width: 1600, height: 900 }, 1, 1, 0.5],
    ['fitted, where it is smaller', { width: 400, height: 300 }, 1, 1, 2],
    ['fitted and enlarged by the text size', { width: 1600, height: 900 }, 1, 2, 1],
    ['a few pixels short, as RDP does', { width: 796, height: 600 }, 1, 1, 1],
  ] as const) {
    it(`shows a lab ${name}`, () => expect(scaleOf(lab, room, ratio, zoom)).to.be.closeTo(scale, 0.001))
  }

  it('counts text in whole pixels, and enlarges what is left', () => {
    expect(textSize(14, 2)).to.deep.equal({ pixels: 28, zoom: 1 })
    const { pixels, zoom } = textSize(14, 1.25)
    expect(pixels * zoom).to.be.closeTo(17.5, 0.001)
  })

  it('takes the text size of the menu for a zoom', () => expect(zoomOf(28)).to.equal(2))
})

describe('the screen of the Guacamole display', () => {
  let desktop: Desktop
  afterEach(() => desktop.remove())

  it('asks for the size of its element when that rests, and not while it is hidden', async () => {
    desktop = new Desktop()
    await desktop.open()
    await frames(3)
    desktop.clock.advance(1_000)
    desktop.forget()
    desktop.container.style.width = '500px'
    await frames(3)
    desktop.container.style.width = '400px'
    await frames(3)
    desktop.clock.advance(100)
    expect(desktop.sentOf('size')).to.deep.equal([])
    desktop.clock.advance(200)
    expect(desktop.sentOf('size')).to.deep.equal([['400', '320']])
    desktop.forget()
    desktop.container.style.display = 'none'
    await frames(3)
    desktop.clock.advance(1_000)
    expect(desktop.sentOf('size')).to.deep.equal([])
  })

  it('asks for its own size where the lab has that of another page', async () => {
    desktop = new Desktop()
    await desktop.open({ width: 1280, height: 720 })
    expect(desktop.sentOf('size')).to.deep.equal([['640', '320']])
    const box = desktop.surface.getBoundingClientRect()
    expect(box.width).to.be.closeTo(569, 1)
    expect(box.height).to.be.closeTo(320, 1)
  })

  it('is as large as it is shown, in the middle, without scroll bars', async () => {
    desktop = new Desktop()
    await desktop.open({ width: 320, height: 320 })
    const outer = desktop.container.getBoundingClientRect()
    const inner = desktop.surface.getBoundingClientRect()
    expect([inner.left - outer.left, inner.top - outer.top]).to.deep.equal([160, 0])
    const host = desktop.surface.parentElement
    expect([host?.clientWidth, host?.clientHeight]).to.deep.equal([640, 320])
  })

  it('zooms with the text size: less of the lab is asked for, or it scrolls', async () => {
    desktop = new Desktop()
    await desktop.open()
    desktop.display.update({ ...LOOKS, fontSize: 28 })
    await frames(3)
    desktop.clock.advance(300)
    expect(desktop.sentOf('size')).to.deep.equal([['320', '160']])
    // A lab that keeps its size is enlarged.
    const host = desktop.surface.parentElement
    expect(host?.scrollWidth).to.equal(1280)
    desktop.paint([1, 1, 1], 320, 160)
    await until(() => desktop.surface.offsetWidth === 640)
    expect(host?.scrollWidth).to.equal(640)
  })

  it('has a name, and the way out of it', () => {
    desktop = new Desktop()
    desktop.display.update({ ...LOOKS, label: 'Desktop. Ctrl+Shift+Backspace leaves it.' })
    expect(desktop.field.getAttribute('aria-label')).to.equal('Desktop. Ctrl+Shift+Backspace leaves it.')
    expect(desktop.surface.getAttribute('aria-label')).to.equal('Desktop. Ctrl+Shift+Backspace leaves it.')
    expect(desktop.display.getText()).to.equal('')
  })

  it('shows the lab’s pointer, and none where it has no size', async () => {
    desktop = new Desktop()
    await desktop.open()
    desktop.say('size', -1, 8, 8)
    desktop.say('rect', -1, 0, 0, 8, 8)
    desktop.say('cfill', 14, -1, 255, 255, 255, 255)
    desktop.say('cursor', 2, 3, -1, 0, 0, 8, 8)
    desktop.sync()
    await until(() => desktop.surface.style.cursor.startsWith('url('))
    expect(desktop.surface.style.cursor).to.match(/ 2 3, default$/)
    desktop.say('cursor', 0, 0, -1, 0, 0, 0, 0)
    desktop.sync()
    await until(() => desktop.surface.style.cursor === 'none')
  })

  it('tells guacd the colours of a terminal, again when they change and on the next link, and a desktop none', async () => {
    const schemes = () =>
      desktop
        .sentOf('blob')
        .map(([, data = '']) => new TextDecoder().decode(Uint8Array.from(atob(data), (c) => c.charCodeAt(0))))
    desktop = new Desktop({ protocol: 'ssh', appearance: { ...LOOKS, theme: 'light' } })
    await desktop.open()
    await until(() => schemes().length === 1)
    expect(desktop.sentOf('argv').map(([, ...rest]) => rest.join())).to.include('text/plain,color-scheme')
    expect(schemes()[0]).to.match(
      /^foreground: rgb:24\/29\/2f;background: rgb:ff\/ff\/ff;color0: .*;color15: rgb:8c\/95\/9f$/,
    )
    desktop.display.update({ ...LOOKS, theme: 'light', label: 'Another' })
    desktop.display.update({ ...LOOKS, theme: 'toString' })
    await until(() => schemes().length === 2)
    expect(schemes()[1]).to.contain('background: rgb:14/17/1c')
    await desktop.open()
    await until(() => schemes().length === 1)
    desktop.remove()
    desktop = new Desktop({ protocol: 'rdp' })
    await desktop.open()
    desktop.display.update({ ...LOOKS, theme: 'light' })
    await frames()
    expect(desktop.sentOf('argv')).to.deep.equal([])
  })

  it('tells guacd the text size in its own pixels, and zooms where guacd has another one', async () => {
    const ratio = devicePixelRatio
    desktop = new Desktop({ protocol: 'ssh', appearance: { ...LOOKS, fontSize: 20 } })
    const sizes = () =>
      desktop
        .sentOf('blob')
        .map(([, data = '']) => atob(data))
        .filter((text) => /^\d+$/.test(text))
    const asked = () => desktop.sentOf('argv').filter(([, , name]) => name === 'font-size')
    const wide = () => desktop.sentOf('size').at(-1)?.[0]
    await desktop.open({ width: 100 })
    expect(asked()).to.have.length(1)
    expect(sizes()).to.deep.equal([])
    desktop.say('ack', asked()[0]?.[0] ?? '', 'OK', 0)
    expect(sizes()).to.deep.equal([String(20 * ratio)])
    expect(wide()).to.equal(String(640 * ratio))
    desktop.display.update({ ...LOOKS, fontSize: 21 })
    expect(asked()).to.have.length(2)
    desktop.say('ack', asked()[1]?.[0] ?? '', 'Not allowed here', 771)
    desktop.clock.advance(300)
    expect(sizes()).to.have.length(1)
    expect(Number(wide())).to.be.closeTo((640 * ratio * 14) / 21, 2)
    desktop.display.update({ ...LOOKS, fontSize: 14 })
    expect(asked()).to.have.length(2)
  })

  it('writes colours as guacd reads them', () => {
    expect(guacdScheme(['010203', 'fefdfc', '', '', '000000 ffffff'])).to.equal(
      'foreground: rgb:01/02/03;background: rgb:fe/fd/fc;color0: rgb:00/00/00;color1: rgb:ff/ff/ff',
    )
  })
})
