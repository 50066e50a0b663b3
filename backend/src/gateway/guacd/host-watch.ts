/**
 * Finds out that a lab host went silent without a word: its packets are dropped, and to guacd the connection stands for a
 * quarter of an hour. Who types and sees nothing move is the sign; then the host itself is asked.
 */
import { connect, isIP, type Socket } from 'node:net'
import type { Instruction } from './instruction.js'
import type { DeskTarget } from './ports.js'

/** Of what guacd sends, nothing moves by less: its clock, and where others have their pointer. Bytes. */
const MOVES_BYTES = 100
/** Somebody did something so long ago and nothing moved: the host is asked, … */
const STILL_MS = 750
/** … and not again so soon after it has answered. */
const ASK_AGAIN_MS = 5_000
/** Its system answers at once, however busy it is. */
const ANSWER_MS = 950
/** A packet may be lost on the way: it is asked twice. */
const SECOND_MS = 350
/** A VNC server shuts out whoever comes five times without to log in. */
const VNC_ASKED = 4
/** Shift, Control and their like move nothing. */
const MODIFIERS = [0xffe1, 0xffee] as const
/** Errors that mean: no way there. Any other one is an answer, or says nothing of the host. */
const AWAY = new Set(['EHOSTUNREACH', 'EHOSTDOWN', 'ENETUNREACH', 'ETIMEDOUT'])

export class HostWatch {
  readonly #silent: () => void
  /** Milliseconds, in checks, since somebody did something that nothing moved by. */
  #still: number | undefined
  /** Until it may be asked again, milliseconds in checks. */
  #rest = 0
  #asked = 0
  #asking = false
  #isSilent = false

  /** @param silent Called when it does not answer. */
  constructor(silent: () => void) {
    this.#silent = silent
  }

  /** A page did something. */
  input(instruction: Instruction): void {
    if (this.#still === undefined && movesSomething(instruction)) this.#still = 0
  }

  /** guacd sent something to a page. */
  output(pieces: readonly Buffer[]): void {
    if (this.#still === undefined) return
    let bytes = 0
    for (const piece of pieces) bytes += piece.length
    if (bytes >= MOVES_BYTES) this.#still = undefined
  }

  /** To be called every `every` ms while pages are there. */
  check(every: number, target: DeskTarget): void {
    this.#rest -= every
    if (this.#still === undefined) return
    this.#still += every
    if (this.#still < STILL_MS || this.#rest > 0 || this.#asking) return
    if (target.protocol === 'vnc' && this.#asked >= VNC_ASKED) return
    this.#asking = true
    this.#ask(target, () => {
      this.#asking = false
      this.#rest = ASK_AGAIN_MS
      // Something may have moved meanwhile.
      const still = this.#still !== undefined
      this.#still = undefined
      return still
    })
  }

  /** guacd has begun to connect to it, which can take minutes where packets are dropped. */
  begun(target: DeskTarget): void {
    this.#ask(target, () => true)
  }

  /** For a page that comes: false where the host was silent, and still is. */
  async back(target: DeskTarget): Promise<boolean> {
    if (this.#isSilent) this.#isSilent = !(await answers(target))
    return !this.#isSilent
  }

  /** `matters`: whether the answer still does, when it is there. */
  #ask(target: DeskTarget, matters: () => boolean): void {
    this.#asked++
    answers(target).then(
      (there) => {
        if (!matters() || there) return
        this.#isSilent = true
        this.#silent()
      },
      () => undefined,
    )
  }
}

function movesSomething([opcode, first, second, third]: Instruction): boolean {
  if (opcode === 'mouse') return third !== '0'
  const key = Number(first)
  return opcode === 'key' && second === '1' && !(key >= MODIFIERS[0] && key <= MODIFIERS[1])
}

/** True also where nothing can be said of it. */
function answers({ parameters }: DeskTarget): Promise<boolean> {
  const { hostname, port, 'dest-host': repeater, 'reverse-connect': reverse } = parameters
  if (!hostname || !port || repeater || reverse === 'true') return Promise.resolve(true)
  return new Promise((resolve) => {
    const sockets: Socket[] = []
    let found = isIP(hostname) !== 0
    const settle = (there: boolean): void => {
      clearTimeout(second)
      clearTimeout(limit)
      for (const socket of sockets) socket.destroy()
      resolve(there)
    }
    const ask = (): void => {
      const socket = connect({ host: hostname, port: Number(port) })
      sockets.push(socket)
      socket.on('lookup', () => {
        found = true
      })
      socket.on('connect', () => settle(true))
      socket.on('error', ({ code = '' }: NodeJS.ErrnoException) => AWAY.has(code) || settle(true))
    }
    const second = setTimeout(ask, SECOND_MS)
    // After what may have come while this process itself stood still.
    const limit = setTimeout(() => setImmediate(() => settle(!found)), ANSWER_MS)
    ask()
  })
}
