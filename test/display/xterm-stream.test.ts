import { expect } from '@open-wc/testing'
import { seeded } from './fakes/random.js'
import { frames, Stage } from './fakes/stage.js'
import { StreamServer } from './fakes/stream-server.js'

const LINES = 4_000
const NUMBERED = Array.from({ length: LINES }, (_, index) => `line ${index} — é 🎉`)

describe('the stream over many links', () => {
  for (const seed of [1, 2, 3]) {
    it(`loses and doubles nothing in 100 cut links (seed ${seed})`, async function () {
      this.timeout(60_000)
      const stage = new Stage()
      const random = seeded(seed)
      const output = new TextEncoder().encode(NUMBERED.join('\r\n'))
      const server = new StreamServer({ id: 'a', output, ring: 1_000, random })
      for (let link = 0; link < 100; link++) {
        server.serve(stage.connect(), output.length / 100)
        if (random(3) === 0) await stage.parsed()
        if (random(2) === 0) stage.socket.cut()
      }
      for (let link = 0; link < 50 && !(await isWhole(stage, server)); link++)
        server.serve(stage.connect(), output.length)
      const text = await stage.parsed((shown) => shown.endsWith(NUMBERED.at(-1) ?? ''))
      expect(text.split('\n')).to.deep.equal(NUMBERED)
      expect(server.resumed, 'links that went on').to.be.greaterThan(30)
      expect(server.snapshots, 'links that started over').to.be.greaterThan(3)
      stage.remove()
    })
  }

  it('asks for the rest only while the screen shows the stream as a whole', async () => {
    const stage = new Stage()
    stage.attach().bytes('12345')
    const second = stage.connect()
    second.open()
    expect(second.messages[0]).to.deep.include({ have: { stream: 's1', seq: 5 } })
    second.attach({ seq: 900, snapshot: 10 })
    second.bytes('only half')
    const third = stage.connect()
    third.open()
    expect(third.messages[0], 'half a snapshot is no screen').not.to.have.property('have')
    third.attach({ seq: 900, snapshot: 4 })
    third.bytes('fullMORE')
    expect(await stage.parsed((text) => text.includes('MORE'))).to.equal('fullMORE')
    const fourth = stage.connect()
    fourth.open()
    expect(fourth.messages[0]).to.deep.include({ have: { stream: 's1', seq: 904 } })
    stage.remove()
  })

  it('forgets a stream that the server answers wrongly', async () => {
    const stage = new Stage()
    stage.attach().bytes('12345')
    const wrong = stage.connect()
    wrong.attach({ seq: 4 })
    expect(stage.eventsOf('closed').map(({ problem }) => problem.code)).to.deep.equal(['link/protocol'])
    const next = stage.connect()
    next.open()
    expect(next.messages[0]).not.to.have.property('have')
    stage.remove()
  })

  it('starts over with a stream that began anew', async () => {
    const stage = new Stage()
    stage.attach().bytes('old shell')
    await stage.parsed((text) => text.includes('old'))
    const socket = stage.connect()
    socket.attach({ stream: 's2', seq: 0 })
    socket.bytes('new shell')
    expect(await stage.parsed((text) => text.includes('new'))).to.equal('new shell')
    stage.remove()
  })

  it('a snapshot replaces the screen, its modes, colours and size, in order with what came before', async () => {
    const stage = new Stage()
    const socket = stage.attach()
    // A sequence and a character that are cut off must not swallow the snapshot.
    socket.bytes('before\r\n\x1b[?1049h\x1b[?2004h\x1b]11;#ff0000\x07alternate\x1b]2;half a ti')
    socket.bytes(new Uint8Array([0xf0, 0x9f]))
    socket.attach({ seq: 5_000, snapshot: 6, cols: 30, rows: 8 })
    socket.bytes('screen')
    socket.bytes(' + rest')
    expect(await stage.parsed((text) => text.includes('rest'))).to.equal('screen + rest')
    await frames()
    expect(stage.find('.xterm-rows').children.length).to.equal(8)
    expect(getComputedStyle(stage.find('.xterm-scrollable-element')).backgroundColor).to.equal('rgb(20, 23, 28)')
    stage.display.paste('plain')
    expect(socket.input).to.equal('plain')
    expect(stage.eventsOf('title')).to.be.empty
    stage.remove()
  })

  it('a bell of a snapshot does not ring again', async () => {
    const stage = new Stage()
    const socket = stage.connect()
    socket.attach({ seq: 9, snapshot: 2 })
    socket.bytes('\x07a')
    socket.bytes('\x07b')
    await stage.parsed((text) => text === 'ab')
    expect(stage.eventsOf('bell')).to.have.length(1)
    stage.remove()
  })

  it('two displays share nothing', async () => {
    const one = new Stage()
    const two = new Stage({ style: 'width: 320px; height: 200px' })
    one.attach().bytes('one')
    two.attach().bytes('two')
    expect(await one.parsed((text) => text !== '')).to.equal('one')
    expect(await two.parsed((text) => text !== '')).to.equal('two')
    one.remove()
    two.display.send('x')
    two.socket.bytes(' more')
    expect(await two.parsed((text) => text.includes('more'))).to.equal('two more')
    expect(two.socket.input).to.equal('x')
    two.remove()
  })
})

async function isWhole(stage: Stage, server: StreamServer): Promise<boolean> {
  const text = await stage.parsed()
  return server.isDone && text.endsWith(NUMBERED.at(-1) ?? '')
}
