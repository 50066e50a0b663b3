import { expect } from '@open-wc/testing'
import { DESKTOP_TICKET, Desktop, LOOKS, until } from './fakes/guacamole-stage.js'
import { Ledger } from './fakes/ledger.js'
import { frames } from './fakes/stage.js'

describe('disposing the Guacamole display', () => {
  it('leaves nothing: listeners, observers, timers, frames, styles, elements, sockets', async () => {
    const ledger = new Ledger()
    const before = document.body.childElementCount
    let desktop: Desktop
    try {
      desktop = new Desktop()
      const first = await desktop.open()
      desktop.display.focus()
      desktop.field.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowUp', keyCode: 38, bubbles: true }))
      desktop.display.update({ ...LOOKS, fontSize: 18, touchpad: true })
      await frames(3)
      const second = await desktop.open({ colour: [7, 7, 7] })
      desktop.paint([9, 9, 9])
      expect(ledger.open).to.include.members(['ResizeObserver', 'blur on Window'])
      desktop.display.dispose()
      desktop.display.dispose()
      for (const socket of [first, second]) {
        expect(socket.closedWith).to.equal(1000)
        expect(socket.listeners).to.equal(0)
      }
      expect(desktop.clock.pending).to.equal(0)
      expect(desktop.container.childElementCount).to.equal(0)
      expect(desktop.root.adoptedStyleSheets).to.have.length(0)
    } finally {
      ledger.close()
    }
    expect(ledger.open).to.deep.equal([])
    const heard = desktop.events.length
    desktop.socket.cut()
    desktop.display.connect(DESKTOP_TICKET, new AbortController().signal)
    desktop.display.send('x')
    desktop.display.paste('x')
    desktop.display.update(LOOKS)
    desktop.display.focus()
    await frames(3)
    expect(desktop.events).to.have.length(heard)
    expect(desktop.sockets).to.have.length(2)
    desktop.page.remove()
    expect(document.body.childElementCount).to.equal(before)
  })

  it('goes on after each link without keeping the one before', async () => {
    const ledger = new Ledger()
    const desktop = new Desktop()
    const counts: number[] = []
    for (let link = 0; link < 4; link++) {
      await desktop.open({ colour: [link, 0, 0] })
      await until(() => desktop.pixel()?.[0] === link)
      counts.push(ledger.open.length)
      desktop.socket.cut()
    }
    ledger.close()
    expect(counts).to.deep.equal([counts[0], counts[0], counts[0], counts[0]])
    desktop.remove()
  })
})
