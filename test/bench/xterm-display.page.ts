/** The page of the bench: the output of `seq 1 200000` from a socket without a network until its last line is painted. */
import { Terminal } from '@xterm/xterm'
import { createXtermDisplay } from '../../src/display/xterm/display.js'
import { browserPorts } from '../../src/display/xterm/ports.js'
import { SSH_WINDOW_BYTES } from '../../src/wire/ssh.js'
import { FakeSocket } from '../display/fakes/fake-socket.js'
import { TICKET } from '../display/fakes/stage.js'

const LAST = 200_000
const FRAME_BYTES = 16 * 1024
const OUTPUT = new TextEncoder().encode(Array.from({ length: LAST }, (_, index) => `${index + 1}\r\n`).join(''))

interface Run {
  /** Until the browser painted the last line. */
  readonly ms: number
  /** The longest time in which the page could not answer. */
  readonly longestBlockMs: number
}

async function ours(): Promise<Run> {
  const container = makeContainer()
  const socket = new FakeSocket(TICKET.url, [])
  const display = createXtermDisplay(
    {
      container,
      appearance: { fontSize: 14, fontFamily: 'monospace', theme: 'dark', label: 'bench', screenReader: false },
      readOnly: false,
      notify: () => {},
    },
    { ...browserPorts(), openSocket: () => socket },
  )
  display.connect(TICKET, new AbortController().signal)
  socket.attach()
  let sent = 0
  let acked = 0
  const pump = () => {
    for (; sent < OUTPUT.length && sent - acked < SSH_WINDOW_BYTES; sent += FRAME_BYTES) {
      socket.bytes(OUTPUT.subarray(sent, sent + FRAME_BYTES))
    }
  }
  socket.onSend = (data) => {
    const message: unknown = typeof data === 'string' ? JSON.parse(data) : undefined
    if (typeof message !== 'object' || !message || !('seq' in message)) return
    acked = Number(message.seq)
    setTimeout(pump)
  }
  const run = await painted(container, pump)
  display.dispose()
  container.remove()
  return run
}

/** xterm.js as the usual attach code uses it: every frame is written as it comes, nothing holds the server back. */
async function plain(): Promise<Run> {
  const container = makeContainer()
  const terminal = new Terminal({ cols: 91, rows: 25, scrollback: 5_000, fontSize: 14, fontFamily: 'monospace' })
  terminal.open(container)
  const run = await painted(container, () => {
    for (let start = 0; start < OUTPUT.length; start += FRAME_BYTES) {
      terminal.write(OUTPUT.subarray(start, start + FRAME_BYTES))
    }
  })
  terminal.dispose()
  container.remove()
  return run
}

function makeContainer(): HTMLElement {
  const container = document.createElement('div')
  container.style.cssText = 'position: relative; width: 780px; height: 400px'
  document.body.append(container)
  return container
}

async function painted(container: HTMLElement, start: () => void): Promise<Run> {
  await nextFrame()
  let longest = 0
  let last = performance.now()
  const beat = setInterval(() => {
    longest = Math.max(longest, performance.now() - last)
    last = performance.now()
  })
  const from = performance.now()
  start()
  while (!container.querySelector('.xterm-rows')?.textContent?.includes(String(LAST))) await nextFrame()
  await nextFrame()
  clearInterval(beat)
  return { ms: performance.now() - from, longestBlockMs: longest }
}

const nextFrame = () => new Promise((resolve) => requestAnimationFrame(resolve))

Object.assign(globalThis, { bench: { ours, plain, bytes: OUTPUT.length } })
