import { expect } from '@open-wc/testing'
import { problemCodeOfStatus } from '../../src/display/guacamole/statuses.js'
import { DESKTOP_TICKET, Desktop, instructions, LOOKS, TUNNEL, until } from './fakes/guacamole-stage.js'

describe('a link of the Guacamole display', () => {
  let desktop: Desktop
  afterEach(() => desktop.remove())

  it('offers the protocol and the ticket, and tells of the page in the address', () => {
    desktop = new Desktop()
    const socket = desktop.connect()
    expect(socket.subprotocols).to.deep.equal(['guacamole', 'ticket.T1cket'])
    const { pathname, searchParams } = new URL(socket.url)
    expect(pathname).to.equal('/v1/tunnel')
    expect(socket.url).not.to.include('T1cket')
    const ratio = devicePixelRatio
    expect(searchParams.get('width')).to.equal(`${2 * Math.floor((640 * ratio) / 2)}`)
    expect(searchParams.get('height')).to.equal(`${2 * Math.floor((320 * ratio) / 2)}`)
    expect(searchParams.get('dpi')).to.equal(`${Math.round(96 * ratio)}`)
    expect(searchParams.getAll('image')).to.include('image/png')
    expect(searchParams.getAll('audio')).to.include('audio/L16')
    expect(searchParams.get('timezone')).not.to.be.empty
  })

  it('is ready with the first drawn frame, not with a socket, an id or a frame without a picture', async () => {
    desktop = new Desktop()
    const socket = desktop.connect()
    socket.open('guacamole')
    desktop.say('', TUNNEL)
    desktop.say('size', 0, 640, 320)
    // A cursor is drawn in a buffer, which nobody sees.
    desktop.say('cfill', 14, -1, 1, 2, 3, 255)
    desktop.sync()
    await until(() => instructions(socket).some(([opcode]) => opcode === 'sync'))
    expect(desktop.eventsOf('ready')).to.be.empty
    desktop.paint([200, 100, 50])
    await until(() => desktop.eventsOf('ready').length > 0)
    expect(desktop.eventsOf('ready')).to.deep.equal([{ type: 'ready', readOnly: false }])
    expect(desktop.pixel()).to.deep.equal([200, 100, 50])
    desktop.sync()
    expect(desktop.eventsOf('ready')).to.have.length(1)
  })

  it('comes again where guacd paints on a screen without a size', async () => {
    desktop = new Desktop()
    const socket = desktop.connect()
    socket.open('guacamole')
    desktop.say('', TUNNEL)
    desktop.say('rect', 0, 0, 0, 640, 320)
    desktop.say('cfill', 14, 0, 1, 2, 3, 255)
    desktop.sync()
    await until(() => desktop.eventsOf('closed').length > 0)
    expect(desktop.eventsOf('ready')).to.be.empty
    expect(desktop.eventsOf('closed')[0]?.problem).to.include({ code: 'link/lost', retry: 'auto' })
  })

  it('tells a read-only ticket, and sends nothing of what a person does', async () => {
    desktop = new Desktop()
    await desktop.open({ readOnly: true })
    expect(desktop.eventsOf('ready')).to.deep.equal([{ type: 'ready', readOnly: true }])
    desktop.display.focus()
    desktop.display.send('x')
    desktop.display.paste('x')
    desktop.field.dispatchEvent(new KeyboardEvent('keydown', { key: 'a', keyCode: 65, bubbles: true, composed: true }))
    desktop.surface.dispatchEvent(new PointerEvent('pointermove', { clientX: 5, clientY: 5, bubbles: true }))
    expect(desktop.sent).to.deep.equal([])
  })

  for (const [name, act, code] of [
    ['an error of guacd', (d: Desktop) => d.say('error', 'Aborted. See logs.', 769), 'link/login-refused'],
    ['an error without a meaning', (d: Desktop) => d.say('error', '', 'x'), 'link/lost'],
    ['a problem of the gateway', (d: Desktop) => d.say('', 'problem', 'lab/paused'), 'lab/paused'],
    ['the end of the session', (d: Desktop) => d.say('disconnect'), 'link/session-ended'],
    ['a status in the close frame', (d: Desktop) => d.socket.cut(1011, '519'), 'link/shell-unreachable'],
    ['a close code of ours', (d: Desktop) => d.socket.cut(4410), 'lab/paused'],
    ['a cut line', (d: Desktop) => d.socket.cut(), 'link/lost'],
    ['what is no instruction', (d: Desktop) => d.socket.text('hello'), 'link/protocol'],
    ['a length that lies', (d: Desktop) => d.socket.text('3.sync,1.1;'), 'link/protocol'],
    ['bytes', (d: Desktop) => d.socket.bytes('4.sync,1.1;'), 'link/protocol'],
    ['silence', (d: Desktop) => d.clock.advance(30_000), 'link/lost'],
  ] as const) {
    it(`ends once by ${name}, and keeps its last frame`, async () => {
      desktop = new Desktop()
      const socket = await desktop.open({ colour: [1, 2, 3] })
      act(desktop)
      socket.cut()
      expect(desktop.eventsOf('closed').map(({ problem }) => problem.code)).to.deep.equal([code])
      expect(socket.closedWith).to.equal(1000)
      expect(socket.listeners).to.equal(0)
      expect(desktop.clock.pending).to.equal(0)
      expect(desktop.pixel()).to.deep.equal([1, 2, 3])
    })
  }

  for (const [name, act, code] of [
    [
      'a ticket for another protocol',
      (d: Desktop) => d.connect({ ...DESKTOP_TICKET, subprotocol: 'lab-ssh.v1' }),
      'link/protocol',
    ],
    ['a server that chose no protocol', (d: Desktop) => d.connect().open(''), 'link/protocol'],
    [
      'a problem before the id',
      (d: Desktop) => {
        d.connect().open('guacamole')
        d.say('', 'problem', 'auth/ticket-invalid')
      },
      'auth/ticket-invalid',
    ],
    [
      'no frame in time',
      (d: Desktop) => {
        d.connect()
        d.clock.advance(30_000)
      },
      'link/lost',
    ],
  ] as const) {
    it(`fails by ${name}`, async () => {
      desktop = new Desktop()
      try {
        act(desktop)
      } catch {
        // A display that opened no socket has none to give.
      }
      await until(() => desktop.eventsOf('closed').length > 0)
      expect(desktop.eventsOf('closed').map(({ problem }) => problem.code)).to.deep.equal([code])
      expect(desktop.clock.pending).to.equal(0)
    })
  }

  it('when aborted is silent and keeps the frame, until the next link has one', async () => {
    desktop = new Desktop()
    const first = await desktop.open({ colour: [1, 2, 3] })
    const second = desktop.connect()
    expect(first.closedWith).to.equal(1000)
    expect(desktop.pixel()).to.deep.equal([1, 2, 3])
    second.open('guacamole')
    desktop.say('', TUNNEL)
    desktop.paint([9, 9, 9])
    await until(() => desktop.pixel()?.[0] === 9)
    expect(desktop.root.querySelectorAll('.surface > div > div > div:first-child > canvas')).to.have.length(1)
    expect(desktop.eventsOf('closed')).to.be.empty
    first.cut()
    first.text('4.sync,1.1;')
    expect(desktop.eventsOf('closed')).to.be.empty
  })

  it('asks whether the server is there, tells the way, and that an answer is late', async () => {
    desktop = new Desktop()
    const socket = await desktop.open()
    const ping = () => instructions(socket).filter(([opcode, name]) => opcode === '' && name === 'ping')
    desktop.clock.advance(40)
    desktop.say('', 'ping', ping().at(-1)?.[2] ?? '')
    expect(desktop.eventsOf('latency')).to.deep.equal([{ type: 'latency', ms: 40 }])
    desktop.clock.advance(4_000)
    expect(desktop.eventsOf('quality')).to.deep.equal([{ type: 'quality', late: true }])
    desktop.say('', 'ping', ping().at(-1)?.[2] ?? '')
    expect(desktop.eventsOf('quality').at(-1)).to.deep.equal({ type: 'quality', late: false })
  })

  it('tells that the session is recorded', async () => {
    desktop = new Desktop()
    await desktop.open()
    desktop.say('', 'recorded', '1')
    expect(desktop.eventsOf('recorded')).to.have.length(1)
  })

  it('knows what each status means, and that an unknown one is worth a try', () => {
    desktop = new Desktop({ appearance: LOOKS })
    expect(problemCodeOfStatus(0x0301)).to.equal('link/login-refused')
    expect(problemCodeOfStatus(0x030d)).to.equal('link/slow')
    expect(problemCodeOfStatus(0x020b)).to.equal('link/session-ended')
    expect(problemCodeOfStatus(12345)).to.equal('link/lost')
  })
})
