/** The browser's end of a tunnel: its WebSocket, what it says, whether it is still there. */
import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import type { RawData, WebSocket } from 'ws'
import { LabError } from '../../../../src/wire/problems.js'
import type { TicketClaims } from '../../auth/ports.js'
import type { Timers } from '../timers.js'
import { type Block, giveBack } from './blocks.js'
import { encode, type Instruction, InstructionError, InstructionReader } from './instruction.js'
import type { DeskLimits } from './limits.js'
import { BrowserRules } from './rules.js'
import type { ScreenInfo } from './screen.js'
import { closeCodeOf, STATUS, statusOf } from './status.js'
import { Transfers } from './transfers.js'

/** Characters of an instruction that is not whole yet: more than a blob, which is the longest. */
const MAX_INSTRUCTION = 16 * 1024
const FIRST_FRAMES = { binary: false, fin: false }
const LAST_FRAME = { binary: false, fin: true }
/** Until a page is on a desk it may say nothing to it, but it may ping. */
const NOTHING_YET = new BrowserRules({ clipboard: 'none', files: 'none', microphone: false, printing: false }, true)

export interface BrowserHandlers {
  /** Allowed by the rules. `active`: a person did something. */
  input(browser: Browser, instruction: Instruction, active: boolean): void
  /** The socket took what it was given. */
  drained(browser: Browser): void
  /** Once; `lastSeen` is the last moment the page answered. */
  closed(browser: Browser, lastSeen: Date): void
}

/** The TCP socket below a WebSocket: what is written while it is corked goes in one piece. */
export type Wire = Pick<Socket, 'cork' | 'uncork'>

export interface BrowserDeps {
  readonly limits: DeskLimits
  readonly timers: Timers
  readonly handlers: BrowserHandlers
  readonly wire: Wire
}

/** A page that is let on no desk: told why, and closed. */
export function refuseBrowser(socket: WebSocket, error: LabError): void {
  const status = statusOf(error.code)
  socket.send(farewell(error))
  socket.close(closeCodeOf(status), String(status))
}

/** Our own word for our page, Guacamole's for any other client. */
function farewell({ code, problem }: LabError): string {
  const last =
    code === 'link/session-ended' ? encode('disconnect') : encode('error', problem.title, String(statusOf(code)))
  return encode('', 'problem', code) + last
}

export class Browser {
  /** Names the tunnel to the page; never guacd's own id. */
  readonly tunnel = randomUUID()
  readonly claims: TicketClaims
  readonly screen: ScreenInfo
  readonly #socket: WebSocket
  readonly #deps: BrowserDeps
  readonly #reader = new InstructionReader(MAX_INSTRUCTION)
  #rules: BrowserRules | undefined
  /** Most pages never have a file. */
  #transfers: Transfers | undefined
  /** What came before there was a desk. */
  #early: Instruction[] = []
  #earlyBytes = 0
  #open = true
  #lastSeen: number
  #pingedAt: number

  /** Listens at once, and tells the page the name of its tunnel. */
  constructor(socket: WebSocket, claims: TicketClaims, screen: ScreenInfo, deps: BrowserDeps) {
    this.claims = claims
    this.screen = screen
    this.#socket = socket
    this.#deps = deps
    this.#lastSeen = this.#pingedAt = deps.timers.now()
    socket.on('message', (data) => this.#heard(data))
    socket.on('pong', () => this.#seen())
    socket.on('error', () => socket.terminate())
    socket.on('close', () => this.#finish())
    this.say(encode('', this.tunnel))
    if (claims.readOnly) this.say(encode('', 'read-only', '1'))
    if (socket.readyState !== socket.OPEN) queueMicrotask(() => this.#finish())
  }

  get open(): boolean {
    return this.#open
  }

  /** Bytes given to the socket and not yet to its peer. */
  get buffered(): number {
    return this.#socket.bufferedAmount
  }

  /** Its files. */
  get transfers(): Transfers {
    this.#transfers ??= new Transfers((instruction) => this.#transferred(instruction))
    if (!this.#open) this.#transfers.end()
    return this.#transfers
  }

  /** Something of guacd may be for a transfer. */
  get transferring(): boolean {
    return this.#transfers?.busy ?? false
  }

  get rules(): BrowserRules | undefined {
    return this.#rules
  }

  /** On a desk from now on: what it said before is heard now. */
  begin(rules: BrowserRules): void {
    this.#rules = rules
    const early = this.#early
    this.#early = []
    for (const instruction of early) this.#judge(instruction)
  }

  /** Output: whole instructions; one message, in as many frames as there are pieces. Their block is given back. */
  send(pieces: readonly Buffer[], block: Block): void {
    if (!this.#open) return
    const { wire } = this.#deps
    const last = pieces.length - 1
    if (last > 0) wire.cork()
    for (let at = 0; at < last; at++) this.#socket.send(pieces[at] ?? '', FIRST_FRAMES)
    this.#socket.send(pieces[last] ?? '', LAST_FRAME, (error) => {
      // Of a socket that broke nobody knows what it still looks at.
      if (!error) giveBack(block)
      if (this.#open) this.#deps.handlers.drained(this)
    })
    if (last > 0) wire.uncork()
  }

  /** Whole instructions of our own, between those of guacd. */
  say(text: string): void {
    if (this.#open) this.#socket.send(text)
  }

  /** Nothing is read from the page for now. */
  wait(waiting: boolean): void {
    if (waiting) this.#socket.pause()
    else this.#socket.resume()
  }

  /** Says why, in our words and in Guacamole's, closes, and is done with the page. */
  fail(error: LabError): void {
    this.say(farewell(error))
    this.#close(statusOf(error.code))
  }

  /** Once in a while: a page that does not answer is gone. */
  check(now: number): void {
    const { pingEvery, silence } = this.#deps.limits
    if (now - this.#lastSeen >= silence) {
      this.#finish()
      this.#socket.terminate()
    } else if (now - this.#pingedAt >= pingEvery && this.#socket.readyState === this.#socket.OPEN) {
      this.#pingedAt = now
      this.#socket.ping()
    }
  }

  /** @param status Guacamole clients read it from the reason. */
  #close(status: number): void {
    if (!this.#open) return
    const socket = this.#socket
    socket.resume()
    socket.close(closeCodeOf(status), String(status))
    const cancel = this.#deps.timers.after(this.#deps.limits.closeTimeout, () => socket.terminate())
    socket.once('close', cancel)
    this.#finish()
  }

  #heard(data: RawData): void {
    if (!this.#open) return
    this.#seen()
    const bytes = Buffer.isBuffer(data) ? data : Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data)
    if (!this.#rules) this.#earlyBytes += bytes.length
    try {
      for (const instruction of this.#reader.read(bytes)) this.#judge(instruction)
    } catch (error) {
      if (!(error instanceof InstructionError)) throw error
      this.fail(new LabError('link/protocol', { message: 'the page broke the protocol' }))
    }
    if (!this.#rules && this.#earlyBytes > this.#deps.limits.earlyInput) {
      this.fail(new LabError('link/protocol', { message: 'too much before the first frame' }))
    }
  }

  #judge(instruction: Instruction): void {
    if (!this.#open) return
    const [opcode] = instruction
    if (!this.#rules && opcode !== '' && opcode !== 'disconnect') {
      this.#early.push(instruction)
      return
    }
    const verdict = (this.#rules ?? NOTHING_YET).judge(instruction)
    switch (verdict.type) {
      case 'forward':
        if (opcode === 'disconnect') this.#close(STATUS.success)
        else this.#forward(instruction, verdict.active)
        return
      case 'answer':
        this.say(verdict.text)
        return
      case 'drop':
        return
      case 'refuse':
        this.fail(new LabError('link/protocol', { message: `the page may not say ${opcode.slice(0, 32)} so` }))
        return
      default:
        verdict satisfies never
    }
  }

  #forward(instruction: Instruction, active: boolean): void {
    const [opcode, first = '', second = ''] = instruction
    if (opcode === 'file') this.transfers.opening(first)
    if (opcode === 'put') this.transfers.opening(second)
    if (opcode === 'end') this.#transfers?.closing(first)
    this.#deps.handlers.input(this, instruction, active)
  }

  /** A transfer goes to guacd as if the page had said it. */
  #transferred(instruction: Instruction): void {
    const [opcode, index = ''] = instruction
    if (opcode === 'end') this.#rules?.closed(index)
    this.#deps.handlers.input(this, instruction, true)
  }

  #seen(): void {
    this.#lastSeen = this.#deps.timers.now()
  }

  #finish(): void {
    if (!this.#open) return
    this.#open = false
    this.#early = []
    this.#transfers?.end()
    this.#deps.handlers.closed(this, new Date(this.#lastSeen))
  }
}
