import { expect } from '@open-wc/testing'
import { problemCodeOfClose } from '../../src/display/close-codes.js'
import { isProblemCode, PROBLEMS, type ProblemCode } from '../../src/wire/problems.js'
import { SSH_ACK_BYTES, SSH_MAX_INPUT_BYTES, SSH_PING_MS, SSH_SILENCE_MS } from '../../src/wire/ssh.js'
import { cellsIn, frames, Stage, TICKET } from './fakes/stage.js'

describe('lab-ssh.v1 in the page', () => {
  let stage: Stage
  beforeEach(() => {
    stage = new Stage()
  })
  afterEach(() => stage.remove())

  describe('opening', () => {
    it('offers the subprotocol and the ticket, and attaches with its size', async () => {
      const socket = stage.connect()
      expect(socket.url).to.equal(TICKET.url)
      expect(socket.subprotocols).to.deep.equal(['lab-ssh.v1', 'ticket.T1cket'])
      expect(socket.binaryType).to.equal('arraybuffer')
      expect(socket.sentText).to.be.empty
      socket.open()
      expect(socket.messages[0]).to.deep.equal({ type: 'attach', ...(await cellsIn(640, 320)) })
      expect(stage.events).to.be.empty
    })

    it('is ready when the server says so, once', () => {
      const socket = stage.attach()
      expect(stage.events).to.deep.equal([{ type: 'ready', readOnly: false }])
      socket.attach({ snapshot: 0, seq: 10 })
      expect(stage.eventsOf('ready')).to.have.length(1)
    })

    it('says that the shell ended already', () => {
      stage.connect().attach({ running: false })
      expect(stage.events.map(({ type }) => type)).to.deep.equal(['ready', 'exited'])
    })

    it('refuses a ticket of another protocol, not from within connect', async () => {
      stage.display.connect({ ...TICKET, subprotocol: 'guacamole' }, new AbortController().signal)
      expect(stage.events).to.be.empty
      await Promise.resolve()
      expect(stage.sockets).to.be.empty
      expect(codes(stage)).to.deep.equal(['link/protocol'])
      expect(stage.clock.pending).to.equal(0)
    })

    it('refuses an address that the browser refuses', async () => {
      stage.refusal = new DOMException('bad address', 'SyntaxError')
      stage.display.connect(TICKET, new AbortController().signal)
      expect(stage.events).to.be.empty
      await Promise.resolve()
      expect(codes(stage)).to.deep.equal(['link/protocol'])
    })

    it('refuses a server that chose no subprotocol of ours', () => {
      stage.connect().open('chat')
      expect(codes(stage)).to.deep.equal(['link/protocol'])
    })

    it('opens nothing for a signal that is aborted', () => {
      stage.display.connect(TICKET, AbortSignal.abort())
      expect(stage.sockets).to.be.empty
    })

    it('gives up a socket that does not open, and a server that never attaches', () => {
      stage.connect()
      stage.clock.advance(SSH_SILENCE_MS - 1)
      expect(codes(stage)).to.be.empty
      stage.clock.advance(1)
      expect(codes(stage)).to.deep.equal(['link/lost'])
      const socket = stage.connect()
      socket.open()
      answerPings(socket)
      stage.clock.advance(29_999)
      expect(socket.messagesOf('ping').length).to.be.greaterThan(4)
      expect(codes(stage)).to.have.length(1)
      stage.clock.advance(1)
      expect(codes(stage)).to.deep.equal(['link/lost', 'link/lost'])
      expect(stage.clock.pending).to.equal(0)
    })
  })

  describe('malformed messages', () => {
    const attached = '{"type":"attached","stream":"s","seq":0,"readOnly":false,"running":true,"cols":80,"rows":24}'
    for (const [title, text] of [
      ['no JSON', '{"type"'],
      ['an array', '[]'],
      ['null', 'null'],
      ['no type', '{}'],
      ['a type that is no word', '{"type":7}'],
      ['a huge message', `{"type":"opened","x":"${'x'.repeat(70_000)}"}`],
      ['no size', attached.replace(',"cols":80', '')],
      ['no columns', attached.replace('80', '0')],
      ['too many rows', attached.replace('24', '1001')],
      ['half a cell', attached.replace('24', '2.5')],
      ['a negative number', attached.replace('"seq":0', '"seq":-1')],
      ['a number beyond counting', attached.replace('"seq":0', '"seq":9007199254740993')],
      ['no stream', attached.replace('"s"', '""')],
      ['a huge snapshot', attached.replace('"seq":0', '"seq":0,"snapshot":99999999')],
      ['a word for a flag', attached.replace('true', '"yes"')],
      ['a stream nobody asked for', attached.replace('"seq":0', '"seq":5')],
      ['an answer to nothing', '{"type":"pong","id":99}'],
      ['a resize before the attach', '{"type":"resized","cols":80,"rows":24}'],
      ['an end before the attach', '{"type":"exited"}'],
      ['a problem without a code', '{"type":"problem"}'],
    ] as const) {
      it(`ends the link: ${title}`, () => {
        const socket = stage.connect()
        socket.open()
        socket.text(text)
        expect(codes(stage)).to.deep.equal(['link/protocol'])
        expect(socket.closedWith).to.equal(1000)
        expect(socket.listeners).to.equal(0)
      })
    }

    it('ends the link: output before the attach', () => {
      const socket = stage.connect()
      socket.open()
      socket.bytes('x')
      expect(codes(stage)).to.deep.equal(['link/protocol'])
    })

    it('passes over a message of a later revision', () => {
      const socket = stage.attach()
      socket.text('{"type":"weather","sun":true}')
      expect(codes(stage)).to.be.empty
    })
  })

  describe('being there', () => {
    it('pings, and tells the way in milliseconds', () => {
      const socket = stage.attach()
      expect(socket.messagesOf('ping')).to.deep.equal([{ type: 'ping', id: 1 }])
      stage.clock.advance(42)
      socket.message({ type: 'pong', id: 1 })
      expect(stage.eventsOf('latency')).to.deep.equal([{ type: 'latency', ms: 42 }])
      stage.clock.advance(SSH_PING_MS)
      expect(socket.messagesOf('ping').at(-1)).to.deep.equal({ type: 'ping', id: 2 })
    })

    it('is lost after silence, to the millisecond, and not while anything comes', () => {
      const socket = stage.attach()
      socket.message({ type: 'pong', id: 1 })
      stage.clock.advance(SSH_SILENCE_MS - 1)
      socket.bytes('still here')
      stage.clock.advance(SSH_SILENCE_MS - 1)
      expect(codes(stage)).to.be.empty
      stage.clock.advance(1)
      expect(codes(stage)).to.deep.equal(['link/lost'])
      expect(socket.closedWith).to.equal(1000)
    })

    it('is not lost because a hidden page slept', () => {
      const socket = stage.attach()
      socket.message({ type: 'pong', id: 1 })
      stage.clock.sleep(60_000)
      stage.clock.advance(SSH_PING_MS)
      expect(codes(stage), 'the ping after waking has its time').to.be.empty
      socket.message({ type: 'pong', id: 2 })
      stage.clock.sleep(60_000)
      expect(codes(stage)).to.be.empty
      stage.clock.advance(SSH_SILENCE_MS)
      expect(codes(stage)).to.deep.equal(['link/lost'])
    })

    it('tells of the end and the start of a shell, and asks for another', () => {
      const socket = stage.attach()
      socket.message({ type: 'exited', code: 0 })
      stage.display.newShell?.()
      socket.message({ type: 'opened' })
      expect(stage.events.slice(1)).to.deep.equal([{ type: 'exited' }, { type: 'opened' }])
      expect(socket.messagesOf('new-shell')).to.have.length(1)
    })
  })

  describe('the end', () => {
    const table: [number, ProblemCode][] = [
      [1000, 'link/lost'],
      [1001, 'link/lost'],
      [1002, 'link/protocol'],
      [1005, 'link/lost'],
      [1006, 'link/lost'],
      [1009, 'link/protocol'],
      [1011, 'server/internal'],
      [1012, 'link/lost'],
      [1013, 'link/lost'],
      [3000, 'link/lost'],
      [4006, 'link/lost'],
      [4012, 'server/stopping'],
      [4400, 'link/protocol'],
      [4401, 'auth/no-session'],
      [4403, 'auth/forbidden'],
      [4404, 'lab/unknown'],
      [4408, 'auth/ticket-invalid'],
      [4409, 'lab/not-running'],
      [4410, 'lab/paused'],
      [4411, 'lab/removed'],
      [4429, 'request/too-many'],
      [4500, 'server/internal'],
      [4502, 'cloud/refused'],
      [4503, 'cloud/unreachable'],
      [4504, 'link/shell-unreachable'],
      [4505, 'link/login-refused'],
      [4506, 'link/host-key-changed'],
      [4507, 'link/slow'],
      [4999, 'link/lost'],
    ]
    for (const [close, code] of table) {
      it(`close code ${close} is ${code}`, () => {
        stage.attach().cut(close)
        expect(stage.eventsOf('closed')).to.have.length(1)
        expect(codes(stage)).to.deep.equal([code])
      })
    }

    it('knows a problem for every close code of the table of problems', () => {
      for (const code of Object.keys(PROBLEMS).filter(isProblemCode)) {
        const { close } = PROBLEMS[code]
        expect(PROBLEMS[problemCodeOfClose(close)].close, code).to.equal(close)
      }
    })

    it('a problem told before wins, with its words', () => {
      const socket = stage.attach()
      socket.message({ type: 'problem', code: 'lab/paused', detail: 'At ten.' })
      socket.cut(4500)
      expect(stage.eventsOf('closed').map(({ problem }) => problem)).to.deep.equal([
        { code: 'lab/paused', title: 'The lab is paused.', retry: 'user', detail: 'At ten.' },
      ])
    })

    it('a problem of a later revision leaves it to the close code', () => {
      const socket = stage.attach()
      socket.message({ type: 'problem', code: 'lab/eaten', detail: 'x' })
      expect(codes(stage)).to.be.empty
      socket.cut(4410)
      expect(codes(stage)).to.deep.equal(['lab/paused'])
    })

    it('aborting is silent, and what comes later is not heard', async () => {
      const socket = stage.attach()
      socket.bytes('before')
      stage.abort()
      expect(socket.closedWith).to.equal(1000)
      expect(socket.listeners).to.equal(0)
      expect(stage.clock.pending).to.equal(0)
      socket.bytes('after')
      socket.message({ type: 'exited' })
      socket.cut(4500)
      expect(await stage.parsed((text) => text !== '')).to.equal('before')
      expect(stage.events).to.deep.equal([{ type: 'ready', readOnly: false }])
    })

    it('a new link replaces the old one', () => {
      const old = stage.attach()
      const socket = stage.connect()
      old.cut()
      socket.attach()
      expect(codes(stage)).to.be.empty
      stage.display.send('x')
      expect(old.input).to.equal('')
      expect(socket.input).to.equal('x')
    })
  })

  describe('input', () => {
    it('goes out as UTF-8 bytes, in order, and says that somebody is there', () => {
      const socket = stage.attach()
      stage.display.send('añ🎉')
      stage.display.send('\r')
      expect(socket.input).to.equal('añ🎉\r')
      expect(stage.eventsOf('input')).to.have.length(2)
    })

    it('is dropped without a link, before it is attached, and after it ended', () => {
      stage.display.send('1')
      const socket = stage.connect()
      stage.display.send('2')
      socket.open()
      stage.display.send('3')
      socket.attach()
      stage.display.send('4')
      socket.cut()
      stage.display.send('5')
      const next = stage.connect()
      next.attach()
      expect(socket.input).to.equal('4')
      expect(next.input).to.equal('')
      expect(stage.eventsOf('input')).to.have.length(5)
    })

    it('is cut into frames that the server takes, never within a character', () => {
      const socket = stage.attach()
      const text = `x${'🎉'.repeat(20_000)}`
      stage.display.send(text)
      expect(socket.input).to.equal(text)
      expect(socket.sentBytes.length).to.equal(3)
      for (const bytes of socket.sentBytes) {
        expect(bytes.length).to.be.at.most(SSH_MAX_INPUT_BYTES)
        expect(() => new TextDecoder('utf-8', { fatal: true }).decode(bytes)).not.to.throw()
      }
    })

    it('is not sent to a read-only terminal, whoever says so', () => {
      stage.connect().attach({ readOnly: true })
      stage.display.send('x')
      stage.display.paste('x')
      expect(stage.socket.input).to.equal('')
      stage.connect().attach()
      stage.display.send('x')
      expect(stage.socket.input).to.equal('x')
      const other = new Stage({ readOnly: true })
      other.attach()
      other.display.send('x')
      expect(other.socket.input).to.equal('')
      other.remove()
    })
  })

  describe('acknowledging', () => {
    it('tells what is parsed, each SSH_ACK_BYTES, by the stream’s own numbers', async () => {
      const socket = stage.connect()
      socket.attach({ seq: 1_000_000, snapshot: 5 })
      socket.bytes('hello')
      const chunk = 'x'.repeat(SSH_ACK_BYTES / 4)
      for (let i = 0; i < 10; i++) socket.bytes(chunk)
      expect(socket.messagesOf('ack')).to.be.empty
      socket.bytes('END')
      await stage.parsed((text) => text.endsWith('END'))
      expect(socket.messagesOf('ack')).to.deep.equal([
        { type: 'ack', seq: 1_000_000 + SSH_ACK_BYTES },
        { type: 'ack', seq: 1_000_000 + 2 * SSH_ACK_BYTES },
      ])
    })

    it('does not count what was parsed before a snapshot replaced it', async () => {
      const socket = stage.attach()
      socket.bytes('x'.repeat(SSH_ACK_BYTES + 1))
      socket.attach({ seq: 1_000_000, snapshot: 3 })
      socket.bytes('newEND')
      await stage.parsed((text) => text === 'newEND')
      expect(socket.messagesOf('ack')).to.be.empty
    })

    it('is left by a server that sends far more than its window', () => {
      const socket = stage.attach()
      const megabyte = new Uint8Array(1024 * 1024)
      for (let i = 0; i < 33; i++) socket.bytes(megabyte)
      expect(codes(stage)).to.deep.equal(['link/protocol'])
      const next = stage.connect()
      next.open()
      expect(next.messages[0]).not.to.have.property('have')
    })
  })

  describe('size', () => {
    it('is told when the container changes, once a frame', async () => {
      const socket = stage.attach()
      stage.container.style.width = '500px'
      stage.container.style.width = '400px'
      await frames(3)
      expect(socket.messagesOf('resize')).to.deep.equal([{ type: 'resize', ...(await cellsIn(400, 320)) }])
    })

    it('follows another page, and takes its own back when somebody types here', async () => {
      const socket = stage.attach()
      socket.message({ type: 'pong', id: 1 })
      socket.message({ type: 'resized', cols: 40, rows: 10 })
      socket.bytes('x'.repeat(50))
      await stage.parsed((text) => text.length >= 50)
      expect(rows(stage)).to.equal(10)
      expect(socket.messagesOf('resize')).to.be.empty
      stage.display.send('l')
      expect(socket.sentText.slice(-2).map((text) => JSON.parse(text).type)).to.deep.equal(['resize', 'ping'])
      expect(socket.messagesOf('resize')).to.deep.equal([{ type: 'resize', ...(await cellsIn(640, 320)) }])
      expect(rows(stage)).to.equal((await cellsIn(640, 320)).rows)
      stage.display.send('s')
      expect(socket.messagesOf('resize')).to.have.length(1)
    })

    it('is not taken from a message that crossed its own', async () => {
      const socket = stage.attach()
      socket.message({ type: 'pong', id: 1 })
      stage.container.style.width = '400px'
      await frames(3)
      socket.message({ type: 'resized', cols: 100, rows: 10 })
      await stage.parsed()
      expect(rows(stage)).to.equal((await cellsIn(640, 320)).rows)
      socket.message({ type: 'pong', id: 2 })
      socket.message({ type: 'resized', cols: 100, rows: 10 })
      await stage.parsed()
      expect(rows(stage)).to.equal(10)
    })

    it('of a page resized while it connected is told once it is attached', async () => {
      const socket = stage.connect()
      socket.open()
      stage.container.style.width = '400px'
      await frames(3)
      expect(socket.messagesOf('resize')).to.be.empty
      socket.attach()
      expect(socket.messagesOf('resize')).to.deep.equal([{ type: 'resize', ...(await cellsIn(400, 320)) }])
    })

    it('of a container without area is 80 by 24 until it has one', async () => {
      const hidden = new Stage({ style: 'width: 0; height: 0' })
      const socket = hidden.attach()
      expect(socket.messages[0]).to.deep.equal({ type: 'attach', cols: 80, rows: 24 })
      hidden.container.style.cssText = 'position: relative; width: 640px; height: 320px'
      await frames(3)
      expect(socket.messagesOf('resize')).to.deep.equal([{ type: 'resize', ...(await cellsIn(640, 320)) }])
      hidden.container.style.display = 'none'
      await frames(3)
      hidden.container.style.display = ''
      await frames(3)
      expect(socket.messagesOf('resize')).to.have.length(1)
      hidden.remove()
    })
  })
})

function codes(stage: Stage): string[] {
  return stage.eventsOf('closed').map(({ problem }) => problem.code)
}

function rows(stage: Stage): number {
  return stage.find('.xterm-rows').children.length
}

function answerPings(socket: Stage['socket']): void {
  socket.message({ type: 'pong', id: 1 })
  socket.onSend = (data) => {
    const message: unknown = typeof data === 'string' ? JSON.parse(data) : undefined
    if (typeof message === 'object' && message && 'id' in message)
      socket.message({ type: 'pong', id: Number(message.id) })
  }
}
