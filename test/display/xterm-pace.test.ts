import { expect } from '@open-wc/testing'
import { Terminal } from '@xterm/xterm'
import { member } from '../../src/display/xterm/internals.js'
import { Pace, pace } from '../../src/display/xterm/pace.js'
import { until } from './fakes/display-page.js'
import { frames, Stage } from './fakes/stage.js'

/** From one frame of a flood to the next, as the person sees it. */
const FLOOD_FRAME_MS = 125
/** Longer than any look at the output, and than a frame. */
const looks = async () => {
  for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setTimeout(resolve, 10))
  await frames(2)
}

describe('the pace of frames', () => {
  const real = performance.now
  let time = 1_000_000
  const flow = { given: 0, isIdle: true, cells: 100, follow: () => undefined }
  beforeEach(() => {
    Object.assign(flow, { given: 0, isIdle: true, cells: 100 })
    // Time moves only when the test says so.
    performance.now = () => time
  })
  afterEach(() => {
    performance.now = real
  })

  /** How many of the frames that were asked for have come. */
  function asked(subject: Pace): { count: number; id: number; ask: () => void } {
    const frame = {
      count: 0,
      id: 0,
      ask: () => {
        frame.id = subject.requestAnimationFrame(() => frame.count++)
      },
    }
    return frame
  }
  /** One has been painted just now. */
  async function painted(): Promise<{ subject: Pace; frame: ReturnType<typeof asked> }> {
    const subject = new Pace(flow)
    const frame = asked(subject)
    flow.given += 1_000_000
    frame.ask()
    await frames(1)
    expect(frame.count).to.equal(1)
    return { subject, frame }
  }

  it('the first frame of a flood, and every frame of what is none, come at once', async () => {
    const { frame } = await painted()
    for (let count = 2; count < 6; count++) {
      flow.given += 400
      flow.isIdle = false
      frame.ask()
      await frames(1)
      expect(frame.count).to.equal(count)
    }
  })

  it('a frame of a flood waits for its time, and no longer', async () => {
    const { frame } = await painted()
    flow.isIdle = false
    flow.given += 401
    frame.ask()
    await looks()
    expect(frame.count).to.equal(1)
    time += FLOOD_FRAME_MS
    await looks()
    expect(frame.count).to.equal(2)
  })

  it('what may answer a key does not wait', async () => {
    const { subject, frame } = await painted()
    flow.isIdle = false
    flow.given += 5_000
    frame.ask()
    await looks()
    expect(frame.count).to.equal(1)
    subject.typed()
    await looks()
    expect(frame.count).to.equal(2)
  })

  it('a frame that waits comes when the output has come to rest', async () => {
    const { frame } = await painted()
    flow.isIdle = false
    flow.given += 5_000
    frame.ask()
    await looks()
    expect(frame.count).to.equal(1)
    flow.isIdle = true
    await looks()
    expect(frame.count).to.equal(2)
  })

  it('output that is parsed as fast as it comes has not come to rest', async () => {
    const { frame } = await painted()
    // Each look finds more than the one before, however slow the machine.
    let count = 2_000_000
    Object.defineProperty(flow, 'given', {
      configurable: true,
      get: () => {
        count += 5_000
        return count
      },
    })
    frame.ask()
    await looks()
    Object.defineProperty(flow, 'given', { configurable: true, writable: true, enumerable: true, value: count })
    expect(frame.count).to.equal(1)
    await looks()
    expect(frame.count).to.equal(2)
  })

  it('output that would not be painted yet is told so', async () => {
    const { subject } = await painted()
    flow.given += 401
    expect(subject.isAhead).to.equal(true)
    subject.typed()
    expect(subject.isAhead).to.equal(false)
    time += FLOOD_FRAME_MS
    flow.given += 401
    expect(subject.isAhead).to.equal(false)
  })

  it('a frame that is called off does not come', async () => {
    const { subject, frame } = await painted()
    flow.isIdle = false
    flow.given += 5_000
    frame.ask()
    subject.cancelAnimationFrame(frame.id)
    frame.ask()
    subject.cancelAnimationFrame(frame.id)
    time += FLOOD_FRAME_MS
    await looks()
    expect(frame.count).to.equal(1)
  })

  /**
   * Output comes before each timer of the page runs, more of it than is no flood: so each look finds more than the one
   * before, and each frame is one of a flood, however slow the machine. Answers what ends it.
   */
  function floodBeforeTimers(flood: () => void): () => void {
    const later = window.setTimeout
    const flooded = (run: TimerHandler, ms?: number, ...values: unknown[]) =>
      later(() => {
        flood()
        if (typeof run === 'function') run(...values)
      }, ms)
    Object.assign(window, { setTimeout: flooded })
    return () => Object.assign(window, { setTimeout: later })
  }

  it('of a flood in the display wait, until the person types', async () => {
    const stage = new Stage()
    const rows = () => stage.find('.xterm-rows').textContent
    const socket = stage.attach()
    socket.bytes('first\r\n')
    // Keys of the bar go out when what comes after the first paint is there, and the pace is of that.
    await until(() => {
      stage.display.press?.(['Escape'])
      return socket.input !== ''
    })
    await until(() => rows().includes('first'))
    // That key is answered.
    time += 1_000
    let line = 0
    const text = 'words '.repeat(2_000)
    const end = floodBeforeTimers(() => socket.bytes(`${text}\r\nline ${++line}\r\n`))
    try {
      // The first frame of a flood comes at once.
      await until(() => rows().includes('words'))
      const shown = rows()
      for (let turn = 0; turn < 5; turn++) {
        const parsed = stage.display.getText()
        await until(() => stage.display.getText() !== parsed)
        await frames(2)
      }
      expect(rows()).to.equal(shown)
      stage.display.send('k')
      await until(() => rows() !== shown)
    } finally {
      end()
      stage.remove()
    }
  })

  describe('of xterm', () => {
    const host = document.createElement('div')
    let terminal: Terminal
    const write = (text: string) => new Promise<void>((resolve) => terminal.write(text, resolve))
    const rows = () => host.querySelector('.xterm-rows')?.textContent ?? ''
    beforeEach(async () => {
      document.body.append(host)
      terminal = new Terminal({ cols: 20, rows: 5, allowProposedApi: true })
      terminal.open(host)
      await write('first\r\n')
      await frames(3)
      pace(terminal, flow)
    })
    afterEach(() => {
      terminal.dispose()
      host.remove()
    })

    it('is what xterm paints by', async () => {
      flow.given += 5_000
      await write('second\r\n')
      await frames(2)
      expect(rows()).to.contain('second')
      flow.isIdle = false
      flow.given += 5_000
      await write('third\r\n')
      await looks()
      expect(rows()).not.to.contain('third')
      time += FLOOD_FRAME_MS
      await looks()
      expect(rows()).to.contain('third')
    })

    it('calls off a frame that xterm had asked for before', async () => {
      const other = new Terminal({ cols: 20, rows: 5, allowProposedApi: true })
      other.open(host)
      await frames(3)
      await new Promise<void>((resolve) => other.write('line\r\n'.repeat(20), resolve))
      const debouncer = member(other, '_core', '_renderService', '_renderDebouncer')
      expect(member(debouncer, '_animationFrame')).to.be.a('number')
      pace(other, flow)
      other.dispose()
      // Its scrollbar would now throw, and a test fails with what nobody catches.
      await frames(3)
    })

    it('rows that scroll are painted again for a selection only, which moves with them until it is gone', async () => {
      const renderer = member(terminal, '_core', '_renderService', '_renderer', 'value')
      const paint = member(renderer, 'handleSelectionChanged')
      let paints = 0
      if (typeof renderer !== 'object' || renderer === null || typeof paint !== 'function')
        throw new Error('no renderer')
      Reflect.set(renderer, 'handleSelectionChanged', (...values: unknown[]) => {
        paints++
        return Reflect.apply(paint, renderer, values)
      })
      const selected = () => host.querySelectorAll('.xterm-selection > div').length > 0
      await write('line\r\n'.repeat(8))
      await frames(3)
      expect(paints).to.equal(0)
      terminal.select(0, terminal.buffer.active.baseY + 3, 4)
      await frames(3)
      expect(selected()).to.equal(true)
      await write('line\r\n'.repeat(8))
      await frames(3)
      expect(selected()).to.equal(false)
      terminal.scrollLines(-8)
      await frames(3)
      expect(selected()).to.equal(true)
      terminal.clearSelection()
      await frames(3)
      expect(selected()).to.equal(false)
    })
  })
})
