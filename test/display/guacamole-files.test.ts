import { expect } from '@open-wc/testing'
import type { FileDoor, Transfer } from '../../src/display/display.js'
import { LabError } from '../../src/wire/problems.js'
import { Desktop, TUNNEL, until } from './fakes/guacamole-stage.js'

class Door implements FileDoor {
  readonly asked: string[] = []
  readonly progress: ((share: number) => void)[] = []
  finish: (() => void) | undefined
  fail: ((error: unknown) => void) | undefined

  upload(
    path: string,
    _file: Blob,
    options: { progress: (share: number) => void; signal: AbortSignal },
  ): Promise<void> {
    this.asked.push(`upload ${path}`)
    this.progress.push(options.progress)
    return new Promise((resolve, reject) => {
      this.finish = resolve
      this.fail = reject
      options.signal.addEventListener('abort', () => reject(options.signal.reason))
    })
  }

  /** What is answered to those who read a file themselves. */
  answer: Response | undefined

  async open(path: string): Promise<Response> {
    this.asked.push(`open ${path}`)
    if (!this.answer) throw new LabError('link/lost')
    return this.answer
  }

  async link(path: string): Promise<string> {
    this.asked.push(`link ${path}`)
    return 'about:blank#file'
  }
}

describe('the files of a desktop', () => {
  let desktop: Desktop
  let door: Door
  beforeEach(async () => {
    door = new Door()
    desktop = new Desktop({ files: door })
    await desktop.open()
    desktop.forget()
  })
  afterEach(() => desktop.remove())

  const states = (): string[] =>
    desktop.eventsOf('transfer').map(({ transfer }) => `${transfer.name} ${transfer.state} ${transfer.share}`)
  const last = (): Transfer | undefined => desktop.eventsOf('transfer').at(-1)?.transfer
  const file = new File(['abc'], 'Zürich 🚀.txt', { type: 'text/plain' })
  const path = `/v1/tunnels/${TUNNEL}/streams/0/${encodeURIComponent('Zürich 🚀.txt')}`

  it('are taken where the lab says so', () => {
    expect(desktop.eventsOf('files')).to.be.empty
    desktop.say('filesystem', 0, 'home')
    expect(desktop.eventsOf('files')).to.deep.equal([{ type: 'files', upload: true, download: true }])
  })

  for (const [crossing, upload, download] of [
    ['to-lab', true, false],
    ['from-lab', false, true],
    ['both', true, true],
  ] as const) {
    it(`go only where the server lets them through: ${crossing}`, () => {
      desktop.say('', 'files', crossing)
      desktop.say('filesystem', 0, 'home')
      expect(desktop.eventsOf('files')).to.deep.equal([{ type: 'files', upload, download }])
    })
  }

  const index = 'application/vnd.glyptodon.guacamole.stream-index+json'
  it('are shown by folders, whose names may be anything', async () => {
    desktop.say('filesystem', 0, 'home')
    const told = { '/b2.txt': 'text/plain', '/Zürich 🚀': index, '/b10.txt': 'x/y', '/..': index, '/<b>.txt': 'x/y' }
    const bytes = new TextEncoder().encode(JSON.stringify(told))
    const listed = desktop.display.list?.('/')
    expect(desktop.sentOf('get')).to.deep.equal([['0', '/']])
    desktop.say('body', 0, 5, index, '/')
    // In the middle of a character.
    for (const part of [bytes.subarray(0, 25), bytes.subarray(25)]) {
      desktop.say('blob', 5, btoa(String.fromCharCode(...part)))
    }
    desktop.say('end', 5)
    expect(await listed).to.deep.equal([
      { name: 'Zürich 🚀', path: '/Zürich 🚀', folder: true },
      { name: '<b>.txt', path: '/<b>.txt', folder: false },
      { name: 'b2.txt', path: '/b2.txt', folder: false },
      { name: 'b10.txt', path: '/b10.txt', folder: false },
    ])
    expect(desktop.sentOf('ack').map(([index, , status]) => `${index} ${status}`)).to.deep.equal(['5 0', '5 0', '5 0'])
  })

  for (const [what, type, blob] of [
    ['a file', 'text/plain', ''],
    ['what is no JSON', index, btoa('{"/a":')],
    ['a list', index, btoa('["/a"]')],
    ['what is no base64', index, 'é='],
    ['nothing', '', ''],
  ] as const) {
    it(`are not shown by ${what} instead of a folder`, async () => {
      desktop.say('filesystem', 0, 'home')
      const listed = desktop.display.list?.('/x').then(
        () => 'shown',
        (error: unknown) => (error instanceof LabError ? error.code : 'another'),
      )
      if (type !== '') {
        desktop.say('body', 0, 5, type, '/x')
        desktop.say('blob', 5, blob)
        desktop.say('end', 5)
      }
      for (let second = 0; second < 12; second++) {
        desktop.clock.advance(1_000)
        desktop.say('nop')
      }
      expect(await listed).to.equal('link/file-failed')
    })
  }

  it('are no reason to read a folder without end', async () => {
    desktop.say('filesystem', 0, 'home')
    const listed = desktop.display.list?.('/').catch(() => 'given up')
    desktop.say('body', 0, 5, index, '/')
    const blob = btoa('x'.repeat(6_000))
    for (let at = 0; at < 1_000; at++) desktop.say('blob', 5, blob)
    expect(await listed).to.equal('given up')
    expect(desktop.sentOf('ack').at(-1)?.[2]).to.equal('518')
    expect(desktop.sentOf('ack').length).to.be.lessThan(710)
  })

  it('that are printed come at once, and wait for the person', async () => {
    door.answer = new Response('%PDF-1.7', { headers: { 'content-type': 'application/octet-stream' } })
    desktop.say('file', 3, 'application/pdf', 'Zürich.pdf')
    expect(last()?.state).to.equal('printing')
    expect(door.asked).to.deep.equal([`open /v1/tunnels/${TUNNEL}/streams/3/Z%C3%BCrich.pdf`])
    await until(() => last()?.state === 'printed')
    expect(last()?.document?.type).to.equal('application/pdf')
    expect(await last()?.document?.text()).to.equal('%PDF-1.7')
    desktop.socket.cut()
    expect(last()?.state).to.equal('printed')
  })

  it('that are printed and do not come are told, or cancelled', async () => {
    desktop.say('file', 3, 'application/pdf', 'a.pdf')
    await until(() => last()?.state === 'failed')
    expect(last()?.problem?.code).to.equal('link/lost')
    door.answer = new Response(new ReadableStream())
    desktop.say('file', 4, 'application/pdf', 'b.pdf')
    desktop.display.cancelTransfer?.(last()?.id ?? 0)
    expect(last()?.state).to.equal('cancelled')
  })

  it('go up over HTTP, once the lab has taken the stream, and tell how far they are', async () => {
    desktop.display.upload?.([file])
    expect(desktop.sentOf('file')).to.deep.equal([['0', 'text/plain', 'Zürich 🚀.txt']])
    expect(door.asked).to.be.empty
    desktop.say('ack', 0, 'OK', 0)
    expect(door.asked).to.deep.equal([`upload ${path}`])
    door.progress[0]?.(0.5)
    door.finish?.()
    await until(() => last()?.state === 'done')
    expect(states()).to.deep.equal(['Zürich 🚀.txt going 0', 'Zürich 🚀.txt going 0.5', 'Zürich 🚀.txt done 1'])
    // The number of the stream serves again.
    desktop.display.upload?.([file])
    expect(desktop.sentOf('file').map(([index]) => index)).to.deep.equal(['0', '0'])
  })

  it('are refused by the lab, and by the server, each with its reason', async () => {
    desktop.display.upload?.([file])
    desktop.say('ack', 0, 'no', 771)
    expect(last()?.problem?.code).to.equal('link/file-failed')
    desktop.display.upload?.([file])
    desktop.say('ack', 0, 'OK', 0)
    door.fail?.(new LabError('request/too-many'))
    await until(() => last()?.state === 'failed')
    expect(last()?.problem?.code).to.equal('request/too-many')
  })

  it('are cancelled by the person, and by the end of the link', async () => {
    desktop.display.upload?.([file, file])
    const [first] = desktop.eventsOf('transfer')
    desktop.display.cancelTransfer?.(first?.transfer.id ?? 0)
    expect(last()?.state).to.equal('cancelled')
    expect(desktop.sentOf('end')).to.deep.equal([['0']])
    desktop.socket.cut()
    expect(desktop.eventsOf('transfer').filter(({ transfer }) => transfer.state === 'cancelled')).to.have.length(2)
  })

  it('come down by the browser itself, in a frame that goes away with them', async () => {
    const frames = document.querySelectorAll('iframe').length
    desktop.say('file', 3, 'text/plain', 'result.txt')
    await until(() => last()?.state === 'saving')
    expect(door.asked).to.deep.equal([`link /v1/tunnels/${TUNNEL}/streams/3/result.txt`])
    expect(document.querySelectorAll('iframe')).to.have.length(frames + 1)
    desktop.say('end', 3)
    // The browser may have no answer yet.
    expect(document.querySelectorAll('iframe')).to.have.length(frames + 1)
    for (let second = 0; second < 61; second++) {
      desktop.clock.advance(1_000)
      desktop.say('nop')
    }
    expect(document.querySelectorAll('iframe')).to.have.length(frames)
  })

  it('come down by their path in the lab, as far as there is such a file', async () => {
    desktop.display.download?.('/etc/hosts')
    expect(desktop.sentOf('get')).to.be.empty
    desktop.say('filesystem', 0, 'home')
    desktop.display.download?.('/home/me/result.txt')
    expect(desktop.sentOf('get')).to.deep.equal([['0', '/home/me/result.txt']])
    desktop.say('body', 0, 5, 'application/octet-stream', '/home/me/result.txt')
    await until(() => last()?.state === 'saving')
    expect(door.asked).to.deep.equal([`link /v1/tunnels/${TUNNEL}/streams/5/result.txt`])
    desktop.say('end', 5)
    desktop.display.download?.('/home')
    desktop.say('body', 0, 6, index, '/home')
    expect(last()?.problem?.code).to.equal('link/file-failed')
    expect(desktop.sentOf('ack').at(-1)?.[0]).to.equal('6')
    desktop.display.download?.('/nothing')
    const heard = desktop.eventsOf('transfer').length
    for (let second = 0; second < 12; second++) {
      desktop.clock.advance(1_000)
      desktop.say('nop')
    }
    expect(desktop.eventsOf('transfer')).to.have.length(heard + 1)
    expect(last()?.state).to.equal('failed')
  })

  it('leave no frame when the link ends in the middle', async () => {
    const frames = document.querySelectorAll('iframe').length
    desktop.say('file', 3, 'text/plain', 'result.txt')
    await until(() => last()?.state === 'saving')
    desktop.socket.cut()
    expect(document.querySelectorAll('iframe')).to.have.length(frames)
  })
})
