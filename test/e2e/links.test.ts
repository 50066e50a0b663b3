import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Course } from './support/course.js'

const LINES = 200_000

/** What came over each link of the page, as the browser saw it. */
interface Seen {
  attached: { seq: number; snapshot?: number }
  bytes: string
}

/** Records every frame of every tunnel; the page's own code is untouched. */
function recordTunnels(): void {
  const links: { attached: unknown; bytes: string }[] = []
  Reflect.set(window, 'links', links)
  const Native = window.WebSocket
  window.WebSocket = class extends Native {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols)
      const link = { attached: undefined as unknown, bytes: '' }
      links.push(link)
      this.addEventListener('message', ({ data }) => {
        if (typeof data === 'string') {
          const message = JSON.parse(data)
          if (message.type === 'attached') link.attached = message
        } else {
          link.bytes += String.fromCharCode(...new Uint8Array(data))
        }
      })
    }
  }
}

describe('a network that cuts the tunnel', () => {
  let course: Course
  before(async () => {
    course = await Course.start({ cuts: true })
  })
  after(() => course?.stop())

  it(`100 cuts while seq 1 ${LINES} runs: no line lost, none doubled`, async (t) => {
    const { proxy } = course
    const lab = await course.open({ bypassCSP: true, watch: recordTunnels })
    await lab.type(`sleep 3; seq 1 ${LINES}; echo all-$((1 + 1))-done`)
    proxy.cutAfter = () => 4_000 + Math.floor(Math.random() * 12_000)
    await lab.ask('reconnect')
    const end = performance.now() + 120_000
    while (!/all-2-done/.test(await lab.text) && performance.now() < end) {
      if (proxy.cuts >= 130) proxy.cutAfter = undefined
      // The back-off is not what is tried here.
      if ((await lab.status) === 'reconnecting') await lab.ask('reconnect')
      await sleep(20)
    }
    await lab.shows(/all-2-done/)
    t.diagnostic(`${proxy.cuts} cuts`)
    assert.ok(proxy.cuts >= 100, `${proxy.cuts} cuts`)

    const links = await lab.page.evaluate((): Seen[] => Reflect.get(window, 'links'))
    let stream = ''
    let from: number | undefined
    for (const { attached, bytes } of links.slice(1)) {
      if (!attached) continue
      if (from === undefined) {
        from = attached.seq
        stream += bytes.slice(attached.snapshot ?? 0)
        continue
      }
      assert.equal(attached.snapshot, undefined)
      assert.equal(attached.seq, from + stream.length)
      stream += bytes
    }
    // bash ends its prompt with a sequence that has no line of its own.
    const numbers = stream
      .replaceAll('\x1b[?2004l\r', '')
      .split('\r\n')
      .filter((line) => /^\d+$/.test(line))
    const wrong = numbers.findIndex((line, i) => Number(line) !== i + 1)
    assert.equal(wrong, -1, `line ${wrong + 1} is ${JSON.stringify(numbers.slice(Math.max(0, wrong - 1), wrong + 2))}`)
    assert.equal(numbers.length, LINES)
    const shown = (await lab.text).split('\n').filter((line) => /^\d+$/.test(line))
    assert.deepEqual(
      shown,
      shown.map((_, i) => String(LINES - shown.length + 1 + i)),
    )
    assert.deepEqual(lab.errors, [])
  })
})
