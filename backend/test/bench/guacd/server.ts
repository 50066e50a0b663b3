/** A server under test in a process of its own, built as the product is built, and a client's way to it. */
import { type ChildProcess, fork } from 'node:child_process'
import { createCipheriv, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { WebSocket } from 'ws'
import { LITE_KEY, type Role } from './roles.js'

const BUNDLE = new URL('../../../node_modules/.cache/guacd-bench.mjs', import.meta.url)
const RECORDINGS = new URL('../recordings', import.meta.url)
const LAUNCHER = new URL('../../../bin/lab-backend.js', import.meta.url)

/** With which Node runs the product. */
function productFlags(): string[] {
  const [, flags = ''] = /exec node (.*) "\$0"/.exec(readFileSync(LAUNCHER, 'utf8')) ?? []
  return flags.split(' ')
}

/** As `npm run build` does: what a test runner adds to functions and classes is no part of the product. */
export async function buildRoles(): Promise<void> {
  await build({
    stdin: {
      contents: "import { serveAs } from './roles.ts'\nawait serveAs(process.argv[2] ?? '', Number(process.argv[3]))",
      resolveDir: fileURLToPath(new URL('.', import.meta.url)),
      loader: 'ts',
    },
    outfile: fileURLToPath(BUNDLE),
    ...{ bundle: true, packages: 'external', platform: 'node', format: 'esm', target: 'node20', logLevel: 'warning' },
  })
}

export async function startRole(role: string, guacd = ''): Promise<{ child: ChildProcess; said: string }> {
  const child = fork(fileURLToPath(BUNDLE), [role, guacd], {
    execArgv: ['--expose-gc', ...(role === 'gateway' ? productFlags() : [])],
    env: { ...process.env, RECORDINGS: fileURLToPath(RECORDINGS) },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const [said] = await once(child, 'message')
  return { child, said: String(said) }
}

let count = 0

export class Server {
  readonly role: Role
  readonly #process: ChildProcess
  readonly #url: string

  private constructor(role: Role, child: ChildProcess, url: string) {
    this.role = role
    this.#process = child
    this.#url = url
  }

  static async start(role: Role, guacd: string): Promise<Server> {
    const { child, said } = await startRole(role, guacd)
    return new Server(role, child, said)
  }

  /** A tunnel to a connection of its own that does `what`. */
  async open(what: string): Promise<WebSocket> {
    // A browser looks at the text itself, and not in this process.
    const socket = new WebSocket(this.#addressOf(what), 'guacamole', {
      perMessageDeflate: false,
      skipUTF8Validation: true,
    })
    socket.on('error', () => undefined)
    await once(socket, 'open')
    return socket
  }

  /** CPU milliseconds so far, megabytes resident and of live objects. */
  async used(): Promise<{ cpu: number; rss: number; heap: number }> {
    this.#process.send('used')
    const [used] = await once(this.#process, 'message')
    return used
  }

  kill(): void {
    this.#process.kill('SIGKILL')
  }

  #addressOf(what: string): string {
    if (this.role !== 'lite') return `${this.#url}?lab=${encodeURIComponent(`${what}/${++count}`)}`
    const iv = randomBytes(16)
    const cipher = createCipheriv('aes-256-cbc', LITE_KEY, iv)
    const settings = { connection: { type: 'ssh', settings: { username: what } } }
    const value = cipher.update(JSON.stringify(settings), 'utf8', 'base64') + cipher.final('base64')
    const token = Buffer.from(JSON.stringify({ iv: iv.toString('base64'), value })).toString('base64')
    return `${this.#url}?token=${encodeURIComponent(token)}`
  }
}

/** Resolves when `text` came. */
export function until(socket: WebSocket, text: string): Promise<void> {
  return new Promise((resolve) => {
    let tail = ''
    const heard = (data: Buffer): void => {
      tail = (tail + data.subarray(-64).toString('latin1')).slice(-96)
      if (!tail.includes(text)) return
      socket.off('message', heard)
      resolve()
    }
    socket.on('message', heard)
  })
}

/** Resolves with the number of bytes of the stream, which must be `piece` over and over, byte by byte. */
export function verified(socket: WebSocket, piece: Buffer, begin: string, end: string): Promise<number> {
  return new Promise((resolve, reject) => {
    let head: string | undefined = ''
    let at = 0
    let bytes = 0
    socket.on('message', (data: Buffer) => {
      let from = 0
      if (head !== undefined) {
        const seen: string = head + data.toString('latin1')
        const found = seen.indexOf(begin)
        if (found === -1) {
          head = seen
          return
        }
        from = found + begin.length - head.length
        head = undefined
      }
      while (from < data.length) {
        const length = Math.min(piece.length - at, data.length - from)
        if (piece.compare(data, from, from + length, at, at + length) !== 0) {
          const tail = data.indexOf(end, Math.max(from, data.length - end.length))
          const rest = tail - from
          const whole = tail !== -1 && (rest === 0 || piece.compare(data, from, tail, at, at + rest) === 0)
          if (whole && (at + rest) % piece.length === 0) resolve(bytes + rest)
          else reject(new Error(`byte ${bytes} and what follows is not what guacd sent`))
          return
        }
        from += length
        bytes += length
        at = (at + length) % piece.length
      }
    })
  })
}
