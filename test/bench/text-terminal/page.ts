/** The page of the benchmark: our display, plain xterm.js, or Guacamole's client, as its user sees them. */
import { Unicode11Addon } from '@xterm/addon-unicode11'
import { Terminal } from '@xterm/xterm'
import { Client, WebSocketTunnel } from 'guacamole-common-js'
import { createXtermDisplay } from '../../../src/display/xterm/display.js'
import { browserPorts } from '../../../src/display/xterm/ports.js'
import { SUBPROTOCOL } from '../../../src/wire/protocol.js'

interface Subject {
  type(text: string): void
  /** Whether this text stands on the screen now. */
  shows(text: string): boolean
  dispose(): void
}

const SIZE = { width: 780, height: 400 }

const container = document.createElement('div')
container.style.cssText = `position: relative; width: ${SIZE.width}px; height: ${SIZE.height}px`

const SUBJECTS = { ours, plain, guacd }

const rowsShow = (text: string) => container.querySelector('.xterm-rows')?.textContent.includes(text) ?? false

async function ours(url: string): Promise<Subject> {
  const appearance = { fontSize: 14, fontFamily: 'monospace', theme: 'dark', label: 'bench', screenReader: false }
  const notify = () => undefined
  // Both draw by DOM: WebGL in software, which is what a machine for tests has, is slower.
  const ports = { ...browserPorts(), hasGpu: () => false }
  const display = createXtermDisplay(
    { container, appearance, readOnly: false, notify },
    ports,
    () => new Unicode11Addon(),
  )
  const ticket = { ticket: 'bench', url, subprotocol: SUBPROTOCOL.ssh, expiresAt: '2100-01-01T00:00:00Z' }
  display.connect(ticket, new AbortController().signal)
  display.focus()
  return { type: (text) => display.send(text), shows: rowsShow, dispose: () => display.dispose() }
}

/** As the usual attach code has it: every frame is written as it comes, nothing holds the server back. */
async function plain(url: string): Promise<Subject> {
  const size = { cols: 91, rows: 25 }
  const looks = { fontSize: 14, fontFamily: 'monospace', minimumContrastRatio: 4.5 }
  const terminal = new Terminal({ ...size, ...looks, scrollback: 5_000 })
  terminal.open(container)
  const socket = new WebSocket(`${url}/?cols=${size.cols}&rows=${size.rows}`)
  socket.binaryType = 'arraybuffer'
  socket.addEventListener('message', ({ data }) => data instanceof ArrayBuffer && terminal.write(new Uint8Array(data)))
  const encoder = new TextEncoder()
  const send = (text: string) => socket.send(encoder.encode(text))
  terminal.onData(send)
  terminal.focus()
  return {
    type: send,
    shows: rowsShow,
    dispose: () => {
      socket.close()
      terminal.dispose()
    },
  }
}

/** A picture has no text: what is waited for is told by the colour of the screen's middle. */
async function guacd(url: string): Promise<Subject> {
  const client = new Client(new WebSocketTunnel(url.replace(/\/\?.*/, '/')))
  const display = client.getDisplay()
  const drawn = new Promise<void>((resolve) => {
    client.onsync = () => resolve()
  })
  container.replaceChildren(display.getElement())
  client.connect(`width=${SIZE.width}&height=${SIZE.height}&dpi=96&image=image/png`)
  await drawn
  // The prompt, which no colour tells.
  await new Promise((resolve) => setTimeout(resolve, 2_000))
  const isGreen = () => {
    const [red = 0, green = 0] =
      display
        .flatten()
        .getContext('2d')
        ?.getImageData(SIZE.width / 2, SIZE.height / 2, 1, 1).data ?? []
    return green > 100 && red < 100
  }
  const type = (text: string) => {
    for (const letter of text) {
      const keysym = letter === '\n' ? 0xff0d : (letter.codePointAt(0) ?? 0)
      client.sendKeyEvent(1, keysym)
      client.sendKeyEvent(0, keysym)
    }
  }
  return { type, shows: (text) => text === '$ ' || isGreen() === (text === 'done'), dispose: () => client.disconnect() }
}

let subject: Subject | undefined
/** When the last key went down, as the page's clock has it. */
let pressed = 0
document.addEventListener('keydown', () => (pressed = performance.now()), { capture: true })

/** How often (ms) it is looked whether a picture has changed. */
const LOOK_MS = 100

/** The time when a frame with this text was painted: xterm writes its rows in a frame, and what is posted there comes after. */
function painted(text: string): Promise<number> {
  return new Promise((resolve) => {
    const look = () => {
      if (!subject?.shows(text)) return
      observer.disconnect()
      clearInterval(pictures)
      const { port1, port2 } = new MessageChannel()
      port1.onmessage = () => resolve(performance.now())
      port2.postMessage('')
    }
    const observer = new MutationObserver(look)
    observer.observe(container, { childList: true, characterData: true, subtree: true })
    const pictures = setInterval(() => container.querySelector('canvas') && look(), LOOK_MS)
    look()
  })
}

Object.assign(globalThis, {
  bench: {
    async open(name: keyof typeof SUBJECTS, url: string) {
      document.body.append(container)
      subject = await SUBJECTS[name](url)
      await painted('$ ')
    },
    /** Milliseconds from a typed line to the painted end of what it prints. */
    async run(line: string, end: string) {
      const from = performance.now()
      subject?.type(line)
      return (await painted(end)) - from
    },
    type: (text: string) => subject?.type(text),
    painted,
    /** Milliseconds from the last pressed key to the frame with this text; asked for before the key is pressed. */
    sinceKey: async (text: string) => (await painted(text)) - pressed,
    close() {
      subject?.dispose()
      container.replaceChildren()
      container.remove()
    },
  },
})
