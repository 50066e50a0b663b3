import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { deaf, flood, sink } from './fixtures/flood.js'
import { type Page, PageScreen } from './fixtures/page.js'
import { Random } from './fixtures/random.js'
import { Setup } from './fixtures/setup.js'
import { type Script, SshHost } from './fixtures/ssh-host.js'
import { assertSamePages } from './fixtures/state.js'

const MB = 1024 * 1024
setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')
/** The long form of the measurements; the short one is for every run. */
const FULL = process.env['LAB_FULL'] === '1'

async function withHost(
  script: Script | undefined,
  run: (setup: Setup, host: SshHost) => Promise<void>,
): Promise<void> {
  const host = await SshHost.start(script ? { script } : {})
  const setup = await Setup.start(() => host.target())
  try {
    await run(setup, host)
  } finally {
    await setup.close()
    await host.close()
  }
}

/**
 * `seq` in bursts, until Enter is pressed: it is still running when the last link is cut, however slow the machine. With
 * another limit than 0 bash may read the Enter and lose it to the alarm of the same moment.
 */
const SEQ = `stty -echo; n=0; until read -t 0; do seq $((n + 1)) $((n += 2000)); sleep 0.01; done; read; stty echo; echo th""e end $n\n`

/** A page whose link is cut 100 times at random moments while output comes; then the output is told to end. */
async function cutAgainAndAgain(setup: Setup, screen: PageScreen, reload: boolean): Promise<Page> {
  const random = new Random(3)
  let page = setup.page({ screen, reload })
  for (let cut = 0; cut < 100; cut++) {
    await page.ready()
    const goal = screen.received + random.below(3) * random.below(6_000)
    await page.until(() => screen.received >= goal, 'some output')
    page.cut()
    page = setup.page({ screen, reload })
  }
  await page.ready()
  page.type('\n')
  await page.shows('the end', 60_000)
  return page
}

test('100 cut links while seq runs lose or double no line', async () => {
  await withHost(undefined, async (setup) => {
    const screen = new PageScreen({ cols: 80, rows: 24 })
    screen.text = []
    const first = setup.page({ screen })
    await first.ready()
    first.type(SEQ)
    await first.until(() => screen.received > 1000, 'output')
    first.cut()
    const page = await cutAgainAndAgain(setup, screen, false)
    const lines = Buffer.concat(screen.text).toString().replaceAll('\x1b[?2004l\r', '').split('\r\n')
    const numbers = lines.filter((line) => /^\d+$/.test(line))
    assert.equal(numbers.length, Number(lines.find((line) => line.startsWith('the end'))?.slice(8)))
    numbers.forEach((number, at) => {
      assert.equal(number, String(at + 1))
    })
    assert.equal(screen.snapshots, 1, 'no screen was needed: everything was continued')
    assert.equal(page.splitFrames, 0)
    await page.close()
  })
})

test('100 reloads while seq runs: the screen is the same as that of a page that stayed', async () => {
  await withHost(undefined, async (setup) => {
    const stays = setup.page()
    await stays.ready()
    stays.type(SEQ)
    const page = await cutAgainAndAgain(setup, new PageScreen({ cols: 80, rows: 24 }), true)
    await assertSamePages(page, stays, 'after 100 reloads')
    await Promise.all([page.close(), stays.close()])
  })
})

test('input is never lost by the server and never doubled, over 100 cut links', async () => {
  await withHost(sink, async (setup) => {
    const screen = new PageScreen({ cols: 80, rows: 24 })
    const hash = createHash('sha256')
    let count = 0
    for (let cut = 0; cut < 100; cut++) {
      const page = setup.page({ screen })
      await page.ready()
      const text = Buffer.from(`input ${cut} `.repeat(1 + (cut % 40)))
      page.type(text)
      hash.update(text)
      count += text.length
      // What was answered behind the input has arrived.
      page.say({ type: 'ping', id: cut })
      await page.until(() => page.messages.some(({ type, id }) => type === 'pong' && id === cut), 'pong')
      page.cut()
    }
    const page = setup.page({ screen })
    await page.ready()
    page.type('.')
    await page.shows(`got ${count} ${hash.digest('hex').slice(0, 16)}`)
    await page.close()
  })
})

test('a paste of a megabyte arrives whole', async () => {
  await withHost(sink, async (setup) => {
    const page = setup.page()
    await page.ready()
    const text = Buffer.alloc(MB - 100, 'pasted text, ')
    page.type(text)
    page.type('.')
    await page.shows(`got ${text.length} ${createHash('sha256').update(text).digest('hex').slice(0, 16)}`)
    await page.close()
  })
})

test('a host that does not read its input: the page is told link/slow, the shell is kept', async () => {
  await withHost(
    (channel) => {
      deaf(channel, undefined)
      channel.pause()
    },
    async (setup, host) => {
      const page = setup.page()
      await page.shows('ready')
      for (let sent = 0; sent < 8 * MB && page.closeCode === undefined; sent += MB) {
        page.type(Buffer.alloc(MB, 'x'))
        await delay(20)
      }
      await page.closed()
      assert.deepEqual([page.problem, page.closeCode], ['link/slow', 4507])
      const again = setup.page()
      await again.shows('ready')
      assert.equal(host.logins, 1)
      await again.close()
    },
  )
})

test('a slow page beside a fast one: the fast one is not held up, the slow one gets a screen', async () => {
  const script = flood(12 * MB)
  await withHost(script, async (setup) => {
    const slow = setup.page({ stopped: true })
    const fast = setup.page()
    await Promise.all([slow.ready(), fast.ready()])
    await fast.shows('the end', 120_000)
    assert.ok(script.written >= 12 * MB)
    await slow.screen.settled()
    assert.ok(slow.screen.received < 2 * MB, 'the slow page was not sent everything')
    // Now it paints what it had.
    slow.say({ type: 'ack', seq: slow.screen.received })
    await slow.shows('the end')
    assert.equal(slow.messages.filter(({ type }) => type === 'attached').length, 2)
    await assertSamePages(slow, fast, 'both show the same')
    await Promise.all([slow.close(), fast.close()])
  })
})

test('output stops for a page that is gone for a moment, and flows on without it after a while', async () => {
  const script = flood(30 * MB)
  const host = await SshHost.start({ script })
  const setup = await Setup.start(() => host.target(), { limits: { holdGrace: 1_000 } })
  const page = setup.page()
  await page.until(() => page.screen.received > 100_000, 'output')
  page.cut()
  await delay(300)
  const held = script.written
  await delay(200)
  assert.equal(script.written, held, 'it waits')
  assert.ok(held < 10 * MB, `${held}`)
  const watcher = setup.page({ silent: true })
  await watcher.until(() => script.written >= 30 * MB, 'it flows on', 120_000).catch(() => undefined)
  for (let wait = 0; wait < 600 && script.written < 30 * MB; wait++) await delay(100)
  assert.ok(script.written >= 30 * MB)
  const back = setup.page({ screen: page.screen })
  await back.shows('the end')
  assert.equal(back.screen.snapshots, 2, 'what was missed is a screen now')
  await Promise.all([back.close(), watcher.close()])
  await setup.close()
  await host.close()
})

const FLOOD = (FULL ? 1000 : 200) * MB

test(`memory is bounded: ${FLOOD / MB} MB, with a page that acknowledges nothing and one that reads nothing`, async () => {
  await withHost(flood(FLOOD), async (setup) => {
    const fast = setup.page({ blind: true })
    const [silent, deafened] = [setup.page({ stopped: true }), setup.page({ stopped: true })]
    await Promise.all([fast.ready(), silent.ready(), deafened.ready()])
    deafened.socket.pause()
    await fast.until(() => fast.screen.received > 12 * MB, 'warm', 120_000)
    // Twice: what a buffer held outside of the heap is freed after the buffer.
    const used = () => {
      collect()
      collect()
      const { heapUsed, external } = process.memoryUsage()
      return heapUsed + external
    }
    const before = used()
    let most = 0
    for (let next = 20 * MB; next <= FLOOD; next += 20 * MB) {
      await fast.until(() => fast.screen.received >= next, `${next} bytes`, 120_000)
      most = Math.max(most, used() - before)
    }
    assert.ok(most < 20 * MB, `${(most / MB).toFixed(1)} MB more`)
    silent.cut()
    deafened.cut()
    await fast.close()
  })
})

test('memory is bounded with nobody but a stopped page: the host is held', async () => {
  const script = flood(FLOOD)
  await withHost(script, async (setup) => {
    const page = setup.page({ stopped: true })
    await page.until(() => page.screen.received >= 96 * 1024, 'a window full')
    await delay(500)
    const held = script.written
    await delay(500)
    assert.equal(script.written, held)
    assert.ok(held < 10 * MB, `${held} bytes left the host`)
    assert.ok(page.screen.received <= 600 * 1024)
    await page.close()
  })
})

test('Ctrl+C under a flood is answered within half a second', async () => {
  await withHost(undefined, async (setup) => {
    const page = setup.page()
    await page.ready()
    const delays: number[] = []
    for (let round = 0; round < 5; round++) {
      page.type('yes flood flood flood\n')
      const from = page.screen.received
      await page.until(() => page.screen.received > from + 500_000, 'flood')
      const begun = performance.now()
      page.type('\x03')
      await page.until(
        () => page.screen.lines(24).some((line) => line.includes('^C')) && /^\$ $/.test(prompt(page)),
        'prompt',
      )
      delays.push(performance.now() - begun)
      page.type('clear\n')
      await page.until(() => !page.screen.lines(24).some((line) => line.includes('^C')), 'clear')
    }
    assert.ok(Math.min(...delays) < 500, `${delays.map(Math.round)} ms`)
    await page.close()
  })
})

function prompt(page: Page): string {
  const { active } = page.screen.terminal.buffer
  return active.getLine(active.baseY + active.cursorY)?.translateToString(false, 0, active.cursorX) ?? ''
}
