import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import type { WebSocket } from 'ws'
import { Page } from './fixtures/page.js'
import { claimsOf, Setup } from './fixtures/setup.js'
import { SshHost } from './fixtures/ssh-host.js'
import { assertSamePages } from './fixtures/state.js'

describe('a terminal by the gateway', () => {
  let host: SshHost
  let setup: Setup
  let lab = 0

  before(async () => {
    host = await SshHost.start()
    setup = await Setup.start(() => host.target())
  })
  after(async () => {
    await setup.close()
    await host.close()
  })
  // Each test has a lab of its own, and so a shell of its own.
  beforeEach(() => {
    setup.claims = claimsOf(`lab-${++lab}`)
  })

  test('carries a shell: what is typed runs, in UTF-8, with the size of the page', async () => {
    const page = setup.page({ cols: 101, rows: 33 })
    await page.ready()
    page.type('echo $TERM $LANG; stty size; printf "caf\\u00e9 \\u6f22\\u5b57\\n"\n')
    await page.shows('xterm-256color C.UTF-8')
    await page.shows(/^33 101$/)
    await page.shows('café 漢字')
    await page.close()
  })

  test('works when the network tears everything into pieces of 1 to 7 bytes', async () => {
    const url = await setup.torn()
    const page = new Page(url, { cols: 80, rows: 24 })
    await page.ready()
    page.type('for i in $(seq 1 300); do echo "line $i …漢🚀"; done; echo en""d\n')
    await page.shows('end')
    const lines = page.screen.lines().filter((line) => /^line \d+/.test(line))
    assert.deepEqual(
      lines,
      Array.from({ length: 300 }, (_, at) => `line ${at + 1} …漢🚀`),
    )
    const again = new Page(url, { cols: 80, rows: 24 })
    await again.ready()
    await again.shows('end')
    await assertSamePages(again, page, 'a reload through the torn network')
    await Promise.all([page.close(), again.close()])
  })

  test('a reload brings back the same shell, cell by cell, also in an editor', async () => {
    const page = setup.page()
    await page.ready()
    page.type('MARK=kept; printf "\\e[1;31mred\\e[m\\n"\n')
    await page.shows('red')
    page.type(
      'printf "\\e[?1049h\\e[2J\\e[2;20r\\e[?1002h\\e[?1006h\\e[5;10H\\e[44mfull\\e[m screen"; read x; printf "\\e[?1049l"; echo $MARK\n',
    )
    await page.shows('full screen')
    const { stream } = page.screen
    await page.close()
    const reloaded = setup.page()
    await reloaded.ready()
    await reloaded.shows('full screen')
    assert.equal(reloaded.screen.stream, stream)
    await assertSamePages(reloaded, page, 'after the reload')
    reloaded.type('\n')
    await reloaded.shows(/^kept$/)
    assert.ok(reloaded.screen.lines().some((line) => line === 'red'))
    await reloaded.close()
  })

  test('a page that comes back with what it has gets exactly the rest', async () => {
    const page = setup.page()
    await page.ready()
    page.type('echo fir""st\n')
    await page.shows('first')
    page.cut()
    const back = setup.page({ screen: page.screen })
    await back.ready()
    back.type('echo sec""ond\n')
    await back.shows('second')
    assert.equal(back.screen.snapshots, 1)
    assert.equal(back.messages.find(({ type }) => type === 'attached')?.snapshot, undefined)
    await back.close()
  })

  test('what a page claims to have and cannot have is answered by a whole screen', async () => {
    const page = setup.page()
    await page.ready()
    page.type('echo he""re\n')
    await page.shows('here')
    const stream = page.screen.stream ?? ''
    for (const have of [
      { stream, seq: page.screen.received + 1 },
      { stream: 'another', seq: 0 },
      { stream: '', seq: 0 },
    ]) {
      const other = setup.page({ silent: true })
      await new Promise((resolve) => other.socket.once('open', resolve))
      other.say({ type: 'attach', cols: 80, rows: 24, have })
      await other.shows('here')
      assert.equal(other.screen.snapshots, 1)
      await other.close()
    }
    await page.close()
  })

  test('two pages see the same; the size follows who typed, resized or attached last', async () => {
    const one = setup.page({ cols: 80, rows: 24 })
    await one.ready()
    const two = setup.page({ cols: 100, rows: 30 })
    await two.ready()
    await one.until(() => one.messages.some(({ type, cols }) => type === 'resized' && cols === 100), 'resized to two')
    one.type('stty size; echo from""one\n')
    await two.shows('fromone')
    await two.shows(/^24 80$/)
    await two.until(() => two.messages.some(({ type, cols }) => type === 'resized' && cols === 80), 'resized to one')
    await one.until(
      () => one.messages.some(({ type, cols }) => type === 'resized' && cols === 80),
      'told that it is back',
    )
    two.say({ type: 'resize', cols: 90, rows: 28 })
    await one.until(() => one.messages.some(({ type, cols }) => type === 'resized' && cols === 90), 'resized by two')
    assert.equal(
      two.messages.some(({ type, cols }) => type === 'resized' && cols === 90),
      false,
    )
    await two.close()
    await one.until(
      () => one.messages.filter(({ type, cols }) => type === 'resized' && cols === 80).length === 2,
      'alone',
    )
    one.type('stty size\n')
    await one.shows(/^24 80$/)
    await one.close()
  })

  test('a question of a program is answered once, however many pages watch, come back and reload', async () => {
    let heard = ''
    const asking = await SshHost.start({
      script: (channel) => {
        channel.on('data', (bytes: Buffer) => {
          heard += bytes.toString()
          if (bytes.includes('ask')) channel.write('\x1b[c\x1b[6n\x1b]11;?\x07')
        })
      },
    })
    setup.target = async () => asking.target()
    const pages = [setup.page(), setup.page(), setup.page()] as const
    await Promise.all(pages.map((page) => page.ready()))
    pages[0].type('ask')
    await pages[0].until(() => heard.includes('rgb:'), 'answered')
    const reloaded = setup.page({ screen: pages[0].screen, reload: true })
    await reloaded.ready()
    for (const page of [...pages, reloaded]) page.type('.')
    await pages[0].until(() => heard.split('.').length === 5, 'all have spoken')
    assert.equal(heard, 'ask\x1b[?1;2c\x1b[1;1R\x1b]11;rgb:1e1e/1e1e/1e1e\x1b\\....')
    setup.target = async () => host.target()
    await Promise.all([...pages, reloaded].map((page) => page.close()))
    setup.gateway.labGone(setup.claims.labId)
    await asking.close()
  })

  test('a page that may only look changes nothing, and is no activity', async () => {
    const typing = setup.page({ cols: 80, rows: 24 })
    await typing.ready()
    const inputs = setup.inputs
    const looking = setup.page({ cols: 120, rows: 40 }, '?read-only')
    await looking.ready()
    assert.equal(looking.messages[0]?.readOnly, true)
    assert.equal(looking.messages[0]?.cols, 80)
    looking.type('echo for""bidden\n')
    looking.say({ type: 'resize', cols: 60, rows: 20 })
    looking.say({ type: 'ping', id: 1 })
    await looking.until(() => looking.messages.some(({ type }) => type === 'pong'), 'pong')
    assert.equal(setup.inputs, inputs)
    typing.type('stty size; echo do""ne\n')
    await looking.shows('done')
    await looking.shows(/^24 80$/)
    assert.equal(setup.inputs, inputs + 1)
    assert.ok(!looking.screen.lines().some((line) => line.includes('forbidden')))
    await Promise.all([typing.close(), looking.close()])
  })

  test('the end of a shell is told, and another one opens on the same stream below the old output', async () => {
    const page = setup.page()
    const other = setup.page()
    await Promise.all([page.ready(), other.ready()])
    page.type('echo be""fore; printf "\\e[?1049h\\e[?1002h"; exit 7\n')
    await page.until(() => page.messages.some(({ type, code }) => type === 'exited' && code === 7), 'exited')
    await other.until(() => other.messages.some(({ type, code }) => type === 'exited' && code === 7), 'exited')
    const late = setup.page()
    await late.ready()
    assert.equal(late.messages.at(-1)?.running, false)
    page.type('echo nobody\n')
    page.say({ type: 'new-shell' })
    other.say({ type: 'new-shell' })
    await late.until(() => late.messages.some(({ type }) => type === 'opened'), 'opened')
    page.type('echo af""ter\n')
    await page.shows('after')
    await late.shows('after')
    const text = page.screen.lines().join('\n')
    assert.match(text, /before[\s\S]*after/)
    assert.doesNotMatch(text, /nobody/)
    assert.equal(page.screen.terminal.buffer.active.type, 'normal')
    assert.equal(page.screen.terminal.modes.mouseTrackingMode, 'none')
    await assertSamePages(late, page, 'the late page')
    assert.equal(page.messages.filter(({ type }) => type === 'opened').length, 1)
    await Promise.all([page.close(), other.close(), late.close()])
  })

  test('a shell that is killed says by what', async () => {
    const page = setup.page()
    await page.ready()
    page.type('kill -9 $$\n')
    await page.until(() => page.messages.some(({ type }) => type === 'exited'), 'exited')
    assert.deepEqual(page.messages.at(-1), { type: 'exited', signal: 'SIGKILL' })
    await page.close()
  })

  test('ten pages at once open one SSH connection and one shell', async () => {
    const [logins, connections] = [host.logins, host.connections]
    const pages = Array.from({ length: 10 }, () => setup.page())
    await Promise.all(pages.map((page) => page.ready()))
    assert.deepEqual([host.logins - logins, host.connections - connections], [1, 1])
    assert.equal(new Set(pages.map((page) => page.screen.stream)).size, 1)
    await Promise.all(pages.map((page) => page.close()))
  })

  test('two terminals of a lab are two shells, and so are two labs', async () => {
    const pages = [setup.page(), setup.page({}, '?terminal=second')]
    await Promise.all(pages.map((page) => page.ready()))
    setup.claims = claimsOf(`lab-${++lab}`)
    pages.push(setup.page())
    await Promise.all(pages.map((page) => page.ready()))
    assert.equal(new Set(pages.map((page) => page.screen.stream)).size, 3)
    await Promise.all(pages.map((page) => page.close()))
  })

  test('pings are answered before and after the page is on the stream', async () => {
    const page = setup.page({ silent: true })
    await new Promise((resolve) => page.socket.once('open', resolve))
    page.say({ type: 'attach', cols: 80, rows: 24 })
    page.say({ type: 'ping', id: 1 })
    await page.ready()
    page.say({ type: 'ping', id: 2 })
    await page.until(() => page.messages.some(({ type, id }) => type === 'pong' && id === 2), 'pong')
    assert.ok(page.messages.some(({ type, id }) => type === 'pong' && id === 1))
    await page.close()
  })

  const hostile: Record<string, (socket: WebSocket) => void> = {
    'no attach first': (socket) => socket.send('{"type":"ping","id":1}'),
    'input first': (socket) => socket.send(Buffer.from('ls\n')),
    'no JSON': (socket) => socket.send('attach'),
    'an unknown message': (socket) => socket.send('{"type":"exec","command":"id"}'),
    'an impossible size': (socket) => socket.send('{"type":"attach","cols":100000,"rows":1}'),
    'a long message': (socket) => socket.send(`{"type":"attach","cols":80,"rows":24,"x":"${'x'.repeat(2000)}"}`),
    'attach twice': (socket) => {
      socket.send('{"type":"attach","cols":80,"rows":24}')
      socket.send('{"type":"attach","cols":80,"rows":24}')
    },
    'too much input in a frame': (socket) => {
      socket.send('{"type":"attach","cols":80,"rows":24}')
      socket.send(Buffer.alloc(32 * 1024 + 1))
    },
    'an acknowledgement of the future': (socket) => {
      socket.send('{"type":"attach","cols":80,"rows":24}')
      socket.on('message', () => socket.send('{"type":"ack","seq":99999999}'))
    },
  }
  for (const [name, act] of Object.entries(hostile)) {
    test(`hostile page: ${name}: told link/protocol and closed, and nobody else is bothered`, async () => {
      const page = setup.page()
      await page.ready()
      const bad = setup.page({ silent: true })
      await new Promise((resolve) => bad.socket.once('open', resolve))
      act(bad.socket)
      await bad.closed()
      assert.equal(bad.problem, 'link/protocol')
      assert.equal(bad.closeCode, 4400)
      page.type('echo still he""re\n')
      await page.shows('still here')
      await page.close()
    })
  }

  test('each page is opened once and closed once, with the moment it was last seen', async () => {
    const [opened, closed] = [setup.opened.length, setup.closed.length]
    const page = setup.page()
    await page.ready()
    const cut = setup.page()
    await cut.ready()
    cut.cut()
    await page.close()
    const other = setup.page()
    await other.ready()
    await other.close()
    await other.until(() => setup.closed.length === closed + 3, 'closed')
    assert.deepEqual(
      setup.closed
        .slice(closed)
        .map(({ link }) => link)
        .sort(),
      setup.opened.slice(opened).sort(),
    )
    for (const { lastSeen } of setup.closed.slice(closed)) assert.ok(Math.abs(Date.now() - lastSeen.getTime()) < 20_000)
  })

  test('a lab that is removed closes its pages and leaves no connection', async () => {
    const page = setup.page()
    await page.ready()
    const before = host.open
    setup.gateway.labGone(setup.claims.labId)
    await page.closed()
    assert.deepEqual([page.problem, page.closeCode], ['lab/removed', 4411])
    await page.until(() => host.open === before - 1, 'the connection is gone')
    const again = setup.page()
    await again.ready()
    assert.notEqual(again.screen.stream, page.screen.stream)
    await again.close()
  })
})
