/** One user of a connection that guacd holds: a socket to guacd, from the handshake to the end. */
import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { LabError } from '../../../../src/wire/problems.js'
import type { Timers } from '../timers.js'
import { Cutter, type Watch, watchTable } from './cutter.js'
import { answerArgs, type Greeting } from './handshake.js'
import { decode, encode, type Instruction } from './instruction.js'
import type { GuacdAddress } from './ports.js'
import { problemOfStatus, STATUS } from './status.js'

const NOP = encode('nop')
/** All that `UserHandlers.wants` may ever answer yes to. */
const WATCHED = watchTable('error disconnect required sync file body blob ack end filesystem undefine'.split(' '))
/** The part of the time for a first word after which guacd is asked in another way whether it lives. */
const SHARE = 0.4
/** No connection has this id: guacd says so, or hangs up, at once. */
const NO_CONNECTION = encode('select', '$00000000-0000-0000-0000-000000000000')

export interface JoinOptions extends Greeting {
  readonly address: GuacdAddress
  /** A protocol for a new connection, or the id of one to join. */
  readonly select: string
  /** Milliseconds until a sign of life, and until `ready`. */
  readonly limits: { readonly firstWord: number; readonly handshake: number }
  readonly timers: Timers
}

/** What guacd could not do for us: this guacd is not there, or it knows no such connection. */
export class GuacdError extends Error {
  override readonly name = 'GuacdError'
  constructor(reason: 'unreachable' | 'refused') {
    super(`guacd: ${reason}`)
  }
}

export interface UserHandlers {
  /** Whole instructions, as guacd sent them. */
  output(pieces: readonly Buffer[]): void
  wants(bytes: Buffer, at: number): boolean
  /** True takes the instruction out of the output. */
  take(instruction: Instruction): boolean
  /** guacd takes input again. */
  drained(): void
  /** Once; not after `leave`. `error` is what guacd said, or that the connection broke. */
  ended(error: LabError): void
}

export class GuacdUser implements Watch {
  /** By which others join the connection. */
  readonly connection: string
  readonly address: GuacdAddress
  readonly #socket: Socket
  readonly #cutter: Cutter
  readonly #timers: Timers
  #handlers: UserHandlers | undefined
  #early: Buffer[]
  #heardAt: number
  #paused = false

  private constructor(socket: Socket, connection: string, early: Buffer[], options: JoinOptions) {
    this.#socket = socket
    this.connection = connection
    this.address = options.address
    this.#early = early
    this.#timers = options.timers
    this.#heardAt = options.timers.now()
    this.#cutter = new Cutter(this, WATCHED)
  }

  /**
   * Resolves when guacd says `ready`. Rejects with `GuacdError`, or `LabError` where the parameters do not do, or guacd
   * says what is wrong. No error holds an address or a parameter.
   */
  static join(options: JoinOptions): Promise<GuacdUser> {
    return new Promise((resolve, reject) => {
      const { address, select, limits, timers } = options
      const socket = open(address)
      socket.setNoDelay(true)
      const unreachable = (): void => fail(new GuacdError('unreachable'))
      let cancel = timers.after(limits.firstWord * SHARE, () => {
        const enough = timers.after(limits.firstWord * (1 - SHARE), unreachable)
        cancel = enough
        isAlive(address).then((alive) => {
          if (!alive || answered || stage === 'done') return
          enough()
          cancel = timers.after(limits.handshake - limits.firstWord, unreachable)
        }, unreachable)
      })
      let answered = false
      let stage: 'args' | 'ready' | 'done' = 'args'
      const fail = (error: Error): void => {
        if (stage === 'done') return
        stage = 'done'
        cancel()
        socket.destroy()
        reject(error)
      }
      const greeted = (instruction: Instruction): void => {
        const [opcode, first = ''] = instruction
        answered = true
        cancel()
        cancel = timers.after(limits.handshake, unreachable)
        if (opcode === 'error') fail(errorOf(instruction, select))
        else if (opcode === 'args' && stage === 'args') {
          stage = 'ready'
          socket.write(answerArgs(instruction, options))
        } else if (opcode === 'ready' && stage === 'ready' && first !== '') {
          stage = 'done'
          cancel()
          connection = first
        }
      }
      let connection: string | undefined
      const rest: Buffer[] = []
      const cutter = new Cutter({
        wants: () => connection === undefined && stage !== 'done',
        take: (bytes) => {
          greeted(decode(bytes))
          return true
        },
      })
      const heard = (chunk: Buffer): void => {
        try {
          rest.push(...cutter.push(chunk))
        } catch (error) {
          fail(error instanceof LabError ? error : new GuacdError('refused'))
        }
        if (connection === undefined) return
        // Nothing of the handshake stays in memory.
        for (const event of ['data', 'error', 'close', 'connect', 'secureConnect']) socket.removeAllListeners(event)
        socket.on('error', ignore)
        socket.pause()
        const carried = cutter.carried
        resolve(new GuacdUser(socket, connection, carried.length > 0 ? [...rest, carried] : rest, options))
      }
      socket.on('data', heard)
      socket.on('error', unreachable)
      socket.on('close', () => fail(new GuacdError(answered || select.startsWith('$') ? 'refused' : 'unreachable')))
      socket.once(address.tls ? 'secureConnect' : 'connect', () => socket.write(encode('select', select)))
    })
  }

  /** Bytes that guacd did not take yet. */
  get queued(): number {
    return this.#socket.writableLength
  }

  /** When guacd last said something (ms since the epoch); a user that is made to wait cannot tell. */
  get heardAt(): number {
    return this.#paused ? this.#timers.now() : this.#heardAt
  }

  wants(bytes: Buffer, at: number): boolean {
    return this.#handlers?.wants(bytes, at) ?? false
  }

  take(instruction: Buffer): boolean {
    return this.#handlers?.take(decode(instruction)) ?? false
  }

  /** Begins to read. */
  start(handlers: UserHandlers): void {
    this.#handlers = handlers
    const socket = this.#socket
    socket.on('data', (chunk: Buffer) => this.#heard(chunk))
    socket.on('drain', () => this.#handlers?.drained())
    socket.on('close', () => this.#end(new LabError('link/desktop-unavailable', { message: 'guacd: connection lost' })))
    const early = this.#early
    this.#early = []
    for (const chunk of early) this.#heard(chunk)
    if (socket.destroyed) queueMicrotask(() => this.#end(new LabError('link/desktop-unavailable')))
    else socket.resume()
  }

  write(text: string): void {
    if (this.#socket.writable) this.#socket.write(text)
  }

  nop(): void {
    this.write(NOP)
  }

  pause(): void {
    this.#paused = true
    this.#socket.pause()
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#heardAt = this.#timers.now()
    this.#socket.resume()
  }

  /** Leaves the connection, which ends when nobody is left; without a word guacd would keep a ghost for 15 seconds. */
  leave(): void {
    this.#handlers = undefined
    const socket = this.#socket
    socket.removeAllListeners('data')
    socket.on('data', () => undefined)
    socket.resume()
    if (socket.writable) socket.end(encode('disconnect'))
    const cancel = this.#timers.after(2_000, () => socket.destroy())
    socket.once('close', cancel)
  }

  #heard(chunk: Buffer): void {
    if (!this.#handlers) return
    this.#heardAt = this.#timers.now()
    try {
      const pieces = this.#cutter.push(chunk)
      if (pieces.length > 0) this.#handlers?.output(pieces)
    } catch (cause) {
      this.#end(new LabError('link/protocol', { message: 'guacd broke the protocol', cause }))
    }
  }

  #end(error: LabError): void {
    const handlers = this.#handlers
    this.#handlers = undefined
    this.#socket.destroy()
    handlers?.ended(error)
  }
}

function ignore(): void {
  // The close that follows says enough.
}

/** guacd's `error`: its words are not for learners, its status says enough. */
export function errorOf([, text = '', status = '']: Instruction, select = ''): Error {
  const code = Number(status)
  if (select.startsWith('$') && (code === STATUS.notFound || code === STATUS.closed)) return new GuacdError('refused')
  return new LabError(problemOfStatus(code), { message: `guacd: ${text.slice(0, 200)} (${code})` })
}

/** A guacd that loads a protocol is slow to answer the one who asked for it, and quick to answer everybody else. */
function isAlive(address: GuacdAddress): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = open(address)
    const settle = (alive: boolean): void => {
      resolve(alive)
      socket.destroy()
    }
    socket.once(address.tls ? 'secureConnect' : 'connect', () => socket.write(NO_CONNECTION))
    socket.once('data', () => settle(true))
    socket.once('end', () => settle(true))
    socket.once('error', () => settle(false))
    socket.setTimeout(10_000, () => settle(false))
  })
}

function open({ host, port, tls }: GuacdAddress): Socket {
  if (!tls) return connect({ host, port })
  // A name for an address is none (RFC 6066): then the certificate must name the address.
  return connectTls({
    host,
    port,
    ...(isIP(host) === 0 && { servername: host }),
    ...(tls.ca !== undefined && { ca: tls.ca }),
  })
}
