import { expect } from '@open-wc/testing'
import { frames, Stage } from './fakes/stage.js'

const BEFORE = 'what the old shell said'

describe('a shell that is lost with its server', () => {
  let stage: Stage

  beforeEach(() => {
    stage = new Stage()
  })
  afterEach(() => stage.remove())

  it('leaves its output above an empty screen, and nothing of its modes', async () => {
    stage
      .attach()
      .bytes(
        `${BEFORE}\r\n\x1b[?1h\x1b[?2004h\x1b[?1000h\x1b[31;4m\x1b[3;5r\x1b[?6h\x1b[?1049h\x1b[2;2Hvim\x1b]2;cut o`,
      )
    await stage.parsed((text) => text.includes('vim'))
    const next = stage.connect()
    next.open()
    expect(next.messages[0]).to.deep.include({ keep: true })
    next.attach({ stream: 's2', lost: true })
    next.bytes('$ \x1b[24;1H')
    const text = await stage.parsed((shown) => shown.includes('$'))
    expect(text).to.equal(`${BEFORE}\n$`)
    expect(stage.eventsOf('shell-lost')).to.have.length(1)
    stage.display.send('\x1b[A')
    stage.display.paste('x')
    expect(next.input, 'no bracketed paste').to.equal('\x1b[Ax')
    await frames()
    const row = stage.find('.xterm-rows').firstElementChild
    expect(row?.textContent?.trim(), 'the prompt is where the server has it').to.equal('$')
    expect(row?.querySelector('.xterm-underline-1'), 'no style is left').to.equal(null)
  })

  it('goes on from the new stream at the next link', async () => {
    stage.attach().bytes(BEFORE)
    stage.connect().attach({ stream: 's2', lost: true })
    stage.socket.bytes('12345')
    await stage.parsed((text) => text.endsWith('12345'))
    const next = stage.connect()
    next.open()
    expect(next.messages[0]).to.deep.include({ have: { stream: 's2', seq: 5 } })
  })

  it('says only so where a screen comes with it', async () => {
    stage.attach().bytes(BEFORE)
    stage.connect().attach({ stream: 's2', seq: 9, snapshot: 3, lost: true })
    stage.socket.bytes('new')
    expect(await stage.parsed((text) => text === 'new')).to.equal('new')
    expect(stage.eventsOf('shell-lost')).to.have.length(1)
  })

  it('is asked for by Enter, and by no other key, where there is none', async () => {
    const socket = stage.attach()
    socket.message({ type: 'exited' })
    stage.display.send('x')
    stage.display.send('\r')
    expect(stage.eventsOf('again')).to.have.length(1)
    expect(socket.input, 'Enter is not typed into the shell that comes').not.to.include('\r')
    socket.message({ type: 'opened' })
    stage.display.send('\r')
    expect(socket.input).to.include('\r')
    socket.cut()
    stage.display.send('\r')
    expect(stage.eventsOf('again')).to.have.length(2)
  })
})
