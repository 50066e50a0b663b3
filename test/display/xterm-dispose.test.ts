import { expect } from '@open-wc/testing'
import { Terminal } from '@xterm/xterm'
import { Ledger } from './fakes/ledger.js'
import { APPEARANCE, frames, Stage, TICKET } from './fakes/stage.js'

describe('disposing', () => {
  it('leaves nothing: listeners, observers, timers, frames, styles, elements, sockets', async () => {
    const ledger = new Ledger()
    const root = document.body
    const before = root.childElementCount
    const styles = document.adoptedStyleSheets.length
    let stage: Stage
    try {
      stage = new Stage({ appearance: { ...APPEARANCE, screenReader: true } })
      const socket = stage.attach()
      stage.display.focus()
      socket.bytes('\x1b[?1003h\x1b[?1006hhttps://example.org/ some text\r\n')
      await stage.parsed((text) => text !== '')
      const at = { bubbles: true, composed: true, cancelable: true, clientX: 20, clientY: 20 }
      stage.find('.xterm-screen').dispatchEvent(new MouseEvent('mousedown', at))
      document.dispatchEvent(new MouseEvent('mouseup', at))
      stage.display.update({ ...APPEARANCE, theme: 'light', fontSize: 18 })
      await frames(3)
      expect(ledger.open, 'what is watched').to.include.members(['ResizeObserver', 'IntersectionObserver'])
      expect(ledger.open.length).to.be.greaterThan(5)
      socket.bytes('still being written')
      stage.display.dispose()
      stage.display.dispose()
      expect(socket.closedWith).to.equal(1000)
      expect(socket.listeners).to.equal(0)
      expect(stage.clock.pending).to.equal(0)
      expect(stage.container.childElementCount).to.equal(0)
      expect(stage.root.adoptedStyleSheets).to.have.length(0)
    } finally {
      ledger.close()
    }
    expect(ledger.open).to.deep.equal([])
    const heard = stage.events.length
    const mutations: MutationRecord[] = []
    const observer = new MutationObserver((records) => mutations.push(...records))
    observer.observe(stage.container, { childList: true, subtree: true, attributes: true })
    const errors: unknown[] = []
    const onError = (event: ErrorEvent) => errors.push(event.message)
    window.addEventListener('error', onError)
    stage.socket.cut()
    stage.display.connect(TICKET, new AbortController().signal)
    stage.display.send('x')
    stage.display.paste('x')
    stage.display.update(APPEARANCE)
    stage.display.newShell?.()
    stage.container.style.width = '100px'
    await frames(4)
    await new Promise((resolve) => setTimeout(resolve, 50))
    window.removeEventListener('error', onError)
    observer.disconnect()
    expect(errors).to.deep.equal([])
    expect(mutations.filter(({ type }) => type === 'childList')).to.deep.equal([])
    expect(stage.events).to.have.length(heard)
    expect(stage.sockets).to.have.length(1)
    stage.page.remove()
    expect(root.childElementCount).to.equal(before)
    expect(document.adoptedStyleSheets.length).to.equal(styles)
  })

  it('while a font is awaited opens nothing later', async () => {
    const face = new FontFace('Later', 'url(data:font/woff2;base64,AAAA)')
    document.fonts.add(face)
    const stage = new Stage({ appearance: { ...APPEARANCE, fontFamily: 'Later, monospace' } })
    stage.connectLater()
    stage.display.dispose()
    await document.fonts.ready
    await stage.parsed()
    expect(stage.container.childElementCount).to.equal(0)
    expect(stage.sockets).to.be.empty
    expect(stage.clock.pending).to.equal(0)
    document.fonts.delete(face)
    stage.page.remove()
  })

  it('the ledger of this test sees what is left', () => {
    const ledger = new Ledger()
    window.addEventListener('resize', noted)
    ledger.close()
    expect(ledger.open).to.deep.equal(['resize on Window'])
    window.removeEventListener('resize', noted)
    expect(new Terminal()).to.be.instanceOf(Terminal)
  })
})

function noted(): void {}
