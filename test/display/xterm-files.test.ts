import { expect, waitUntil } from '@open-wc/testing'
import type { FileDoor, Transfer } from '../../src/display/display.js'
import { HostFiles } from '../../src/display/xterm/files.js'
import { LazyFiles, type LazyFilesOptions } from '../../src/display/xterm/lazy-files.js'
import { LabError } from '../../src/wire/problems.js'
import { ManualClock } from './fakes/manual-clock.js'

const RULES = { lab: 'a', terminal: 'shell', upload: true, download: true, largest: 100 }

/** A host that says what it is told to say, and notes what it is asked. */
class Host implements FileDoor {
  readonly asked: string[] = []
  readonly sent: string[] = []
  answers: (() => unknown)[] = []

  async upload(path: string, file: Blob, { progress, signal }: Parameters<FileDoor['upload']>[2]): Promise<unknown> {
    const { searchParams } = new URL(path, 'http://host')
    this.asked.push(`upload ${searchParams.get('offset')} of ${searchParams.get('size')}`)
    this.sent.push(await file.text())
    progress(0.5)
    const stopped = new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    stopped.catch(() => undefined)
    return Promise.race([this.answers.shift()?.(), stopped])
  }

  async open(path: string, { method, headers = {} }: Parameters<FileDoor['open']>[1]): Promise<Response> {
    this.asked.push(`${method} ${path.replace(/[0-9a-f]{32}/, 'ID')} ${JSON.stringify(headers)}`)
    const answer = this.answers.shift()?.()
    return answer instanceof Response ? answer : Response.json(answer ?? {})
  }

  link(): Promise<string> {
    throw new Error('not asked for')
  }
}

const refuse = (code: ConstructorParameters<typeof LabError>[0]) => () => {
  throw new LabError(code)
}

describe('the files of a text terminal', () => {
  let host: Host
  let clock: ManualClock
  let told: Transfer[]
  let saved: { file: Blob; name: string }[]
  let files: HostFiles
  beforeEach(() => {
    host = new Host()
    clock = new ManualClock()
    told = []
    saved = []
    files = filesOf(RULES)
    files.follow(true)
  })

  const filesOf = (rules: typeof RULES): HostFiles =>
    new HostFiles({
      ports: clock,
      door: host,
      rules,
      notify: ({ transfer }) => told.push(transfer),
      save: (file, name) => saved.push({ file, name }),
    })

  const ends = async (state: Transfer['state'], times = 1): Promise<Transfer> => {
    for (let turn = 0; turn < 2_000; turn++) {
      const found = told.filter((transfer) => transfer.state === state)[times - 1]
      if (found) return found
      await new Promise((resolve) => setTimeout(resolve))
    }
    throw new Error(`never ${state}: ${JSON.stringify(told)}`)
  }

  it('go on from the byte that the host has, once the link is back', async () => {
    host.answers = [refuse('link/lost'), () => ({ received: 3 }), () => ({ done: true })]
    host.answers[0] = () => {
      files.follow(false)
      throw new LabError('link/lost')
    }
    files.upload([new File(['0123456789'], 'a')])
    await ends('waiting')
    expect(host.asked).to.deep.equal(['upload 0 of 10'])
    files.follow(true)
    expect((await ends('done')).name).to.equal('~/a')
    expect(host.asked).to.deep.equal([
      'upload 0 of 10',
      'GET /v1/labs/a/terminals/shell/uploads/ID?path=a {}',
      'upload 3 of 10',
    ])
    expect(host.sent).to.deep.equal(['0123456789', '3456789'])
  })

  it('go up one after the other', async () => {
    let finish: (() => void) | undefined
    host.answers = [() => new Promise<void>((resolve) => (finish = resolve))]
    files.upload([new File(['1'], 'a'), new File(['2'], 'b'), new File(['3'], 'c')])
    const second = told.find(({ name }) => name === 'b')?.id ?? 0
    files.cancel(second)
    await ends('cancelled')
    await waitUntil(() => finish)
    expect(host.sent).to.deep.equal(['1'])
    finish?.()
    await ends('done', 2)
    expect(host.sent).to.deep.equal(['1', '3'])
  })

  it('are refused before the first byte where they are too large', async () => {
    files.upload([new File(['x'.repeat(101)], 'a')])
    const { problem, again } = await ends('failed')
    expect([problem?.code, again]).to.deep.equal(['file/too-large', undefined])
    expect(host.asked).to.be.empty
  })

  it('ask whether a large file may come before its first byte is sent', async () => {
    files = filesOf({ ...RULES, largest: 1_000_000 })
    files.follow(true)
    host.answers = [refuse('file/exists'), () => ({}), () => ({ done: true })]
    files.upload([new File(['x'.repeat(100_000)], 'a')])
    const { id } = await ends('failed')
    expect(host.sent).to.deep.equal([''])
    files.again(id)
    await ends('done')
    expect(host.sent.map(({ length }) => length)).to.deep.equal([0, 100_000])
    host.answers = [() => ({ received: 0 }), () => ({ done: true })]
    files.upload([new File(['y'.repeat(70_000)], 'b')])
    await ends('done', 2)
    expect(host.sent.map(({ length }) => length)).to.deep.equal([0, 100_000, 0, 70_000])
  })

  it('replace what is there only when they are told to', async () => {
    host.answers = [refuse('file/exists')]
    files.upload([new File(['1'], 'a')])
    const { id, again } = await ends('failed')
    expect(again).to.equal('replace')
    expect(host.asked.at(-1)).to.match(/^POST .*\/cancel/)
    files.again(id)
    await ends('done')
    expect(host.sent).to.deep.equal(['1', '1'])
  })

  it('are given up where tries move nothing', async () => {
    host.answers = Array.from({ length: 40 }, () => refuse('server/unreachable'))
    files.download('/a')
    for (let tries = 0; tries < 6; tries++) {
      if (tries < 5) await ends('waiting', tries + 1)
      await new Promise((resolve) => setTimeout(resolve, 5))
      clock.advance(60_000)
    }
    const { problem, again } = await ends('failed')
    expect([problem?.code, again]).to.deep.equal(['server/unreachable', 'retry'])
    expect(host.asked).to.have.length(6)
  })

  it('ask how far the host is when it has more than it told', async () => {
    host.answers = [refuse('link/lost'), () => ({ received: 3 }), refuse('file/changed'), () => ({ received: 5 })]
    files.upload([new File(['0123456789'], 'a')])
    for (const times of [1, 2]) {
      await ends('waiting', times)
      await new Promise((resolve) => setTimeout(resolve, 5))
      clock.advance(60_000)
    }
    await ends('done')
    expect(host.sent.at(-1)).to.equal('56789')
  })

  it('are removed from the host when the link is back, where they were cancelled without one; others go on', async () => {
    host.answers = [() => new Promise(() => undefined)]
    files.upload([new File(['1'], 'a'), new File(['2'], 'b')])
    while (host.sent.length === 0) await new Promise((resolve) => setTimeout(resolve))
    files.follow(false)
    files.cancel(told[0]?.id ?? 0)
    expect((await ends('cancelled')).name).to.equal('a')
    host.answers = [() => new Promise(() => undefined)]
    files.follow(true)
    await ends('done')
    expect(host.asked.filter((asked) => /^POST .*\/cancel\?path=a/.test(asked))).to.have.length(1)
    expect(host.sent).to.deep.equal(['1', '2'])
  })

  it('come down in pieces, only of the same file', async () => {
    const half = (): Response =>
      new Response(
        new ReadableStream({
          start: (stream) => stream.enqueue(new TextEncoder().encode('01234')),
          pull: (stream) => stream.error(new TypeError('cut')),
        }),
        { headers: { etag: '"e"', 'content-length': '10' } },
      )
    host.answers = [half, () => new Response('56789', { status: 206, headers: { etag: '"e"', 'content-length': '5' } })]
    files.download('/home/me/b.txt')
    await ends('waiting')
    await new Promise((resolve) => setTimeout(resolve, 5))
    clock.advance(60_000)
    await ends('saving')
    expect(host.asked[1]).to.equal(
      'GET /v1/labs/a/terminals/shell/files?path=%2Fhome%2Fme%2Fb.txt {"range":"bytes=5-","if-match":"\\"e\\""}',
    )
    expect([saved[0]?.name, await saved[0]?.file.text()]).to.deep.equal(['b.txt', '0123456789'])
  })

  it('are told to have failed where the code that carries them cannot be fetched', async () => {
    const notify: LazyFilesOptions['notify'] = (event) => {
      if (event.type === 'transfer') told.push(event.transfer)
    }
    const lazy = new LazyFiles({ hostFiles: RULES, files: host, notify }, clock, () =>
      Promise.reject(new Error('away')),
    )
    lazy.upload([new File(['1'], 'a'), new File(['2'], 'b')])
    await ends('failed', 2)
    expect(told.map(({ name, problem }) => [name, problem?.code])).to.deep.equal([
      ['a', 'link/file-failed'],
      ['b', 'link/file-failed'],
    ])
    expect(new Set(told.map(({ id }) => id)).size).to.equal(2)
  })
})
