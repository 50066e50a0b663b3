/**
 * What a browser may say to guacd: the only way there. guacd reads arguments without counting them, so everything is
 * counted and measured here. Pure but for the streams that it remembers.
 */
import { encode, type Instruction } from './instruction.js'
import type { DeskPolicy } from './ports.js'
import { STATUS } from './status.js'

export type Verdict =
  | { readonly type: 'forward'; readonly active: boolean }
  /** Not for guacd, and nothing to say about it. */
  | { readonly type: 'drop' }
  /** Not for guacd, and this is what the browser hears. */
  | { readonly type: 'answer'; readonly text: string }
  /** Not what a client says. */
  | { readonly type: 'refuse' }

const FORWARD: Verdict = { type: 'forward', active: false }
const INPUT: Verdict = { type: 'forward', active: true }
const DROP: Verdict = { type: 'drop' }
const REFUSE: Verdict = { type: 'refuse' }

/** guacd has this many streams and objects for one user. */
const MAX_STREAMS = 64
/** May be changed while connected; everything else comes from the configuration. */
const CHANGEABLE = new Set(['font-name', 'font-size', 'color-scheme'])
/** Only looking on. */
const PASSIVE = new Set(['sync', 'nop', 'ack', 'disconnect'])

type Check = (value: string) => boolean
const whole =
  (most: number): Check =>
  (value) =>
    /^\d{1,16}$/.test(value) && Number(value) <= most
const between =
  (least: number, most: number): Check =>
  (value) =>
    /^-?\d{1,10}$/.test(value) && Number(value) >= least && Number(value) <= most
const decimal: Check = (value) => /^-?\d{1,9}(?:\.\d{1,20})?(?:e-?\d{1,2})?$/.test(value)
const shorter =
  (most: number): Check =>
  (value) =>
    value.length <= most
const base64: Check = (value) => value.length <= 8064 && /^[A-Za-z0-9+/]*={0,2}$/.test(value)
const mimetype: Check = (value) => /^[A-Za-z0-9!#$&^_.+-]{1,127}\/[ -~]{1,255}$/.test(value)
const fileName: Check = (value) => value.length > 0 && value.length <= 1024 && !/\p{Cc}/u.test(value)

const time = whole(Number.MAX_SAFE_INTEGER)
const stream = whole(MAX_STREAMS - 1)
const position = between(-32_768, 32_768)
/** Output streams: guacd's own, and those that the gateway passes on for another user (see `relay.ts`). */
const anyStream = whole(16_383)

/** Opcode → its arguments, each with its check; opcodes that are not here never reach guacd. */
const SHAPES: Readonly<Record<string, readonly Check[]>> = {
  sync: [time],
  nop: [],
  disconnect: [],
  ack: [anyStream, shorter(256), whole(0xffff)],
  mouse: [position, position, whole(255)],
  key: [whole(0x1fffffff), whole(1)],
  touch: [whole(0xffff), position, position, position, position, decimal, decimal],
  size: [between(1, 8192), between(1, 8192)],
  clipboard: [stream, mimetype],
  blob: [stream, base64],
  end: [stream],
  argv: [stream, mimetype, shorter(64)],
  file: [stream, mimetype, fileName],
  audio: [stream, mimetype],
  get: [stream, shorter(4096)],
  put: [stream, stream, mimetype, shorter(4096)],
}

/** Said once by the gateway, never by a browser. */
const HANDSHAKE = new Set(['select', 'connect', 'args', 'ready', 'image', 'video', 'timezone', 'name', 'required'])

export class BrowserRules {
  readonly #policy: DeskPolicy
  readonly #readOnly: boolean
  /** Streams that the browser opened. */
  readonly #open = new Set<string>()

  constructor(policy: DeskPolicy, readOnly: boolean) {
    this.#policy = policy
    this.#readOnly = readOnly
  }

  judge([opcode, ...args]: Instruction): Verdict {
    if (opcode === '') return internal(args)
    if (HANDSHAKE.has(opcode)) return REFUSE
    const shape = Object.hasOwn(SHAPES, opcode) ? SHAPES[opcode] : undefined
    if (!shape) return DROP
    const [first = '', second = '', third = ''] = args
    if (shape.length !== args.length || !shape.every((check, at) => check(args[at] ?? ''))) return REFUSE
    if (this.#readOnly && !PASSIVE.has(opcode)) return DROP
    const { clipboard, files, microphone, fixed } = this.#policy
    const mayGive = files === 'both' || files === 'to-lab'
    switch (opcode) {
      case 'mouse':
      case 'key':
      case 'touch':
        return INPUT
      case 'clipboard':
        return this.#opening(first, clipboard === 'both' || clipboard === 'to-lab')
      case 'file':
        return this.#opening(first, mayGive)
      case 'put':
        return this.#opening(second, mayGive)
      case 'get':
        return files === 'none' ? DROP : INPUT
      case 'audio':
        return this.#opening(first, microphone)
      case 'argv':
        // The page does it by itself, to be in the learner's colours: nobody need be there.
        return this.#opening(first, CHANGEABLE.has(third) && !fixed?.has(third), FORWARD)
      case 'blob':
        return this.#open.has(first) ? FORWARD : DROP
      case 'end':
        return this.#open.delete(first) ? FORWARD : DROP
      default:
        return FORWARD
    }
  }

  /** The gateway itself has ended a stream that the browser opened. */
  closed(index: string): void {
    this.#open.delete(index)
  }

  #opening(index: string, allowed: boolean, opened = INPUT): Verdict {
    if (!allowed) return { type: 'answer', text: encode('ack', index, 'Not allowed here', String(STATUS.forbidden)) }
    this.#open.add(index)
    return opened
  }
}

/** Ours, between the browser and its tunnel: a ping is echoed, as Guacamole's own server does. */
function internal([name = '', argument = '']: readonly string[]): Verdict {
  return name === 'ping' && argument.length <= 32 ? { type: 'answer', text: encode('', 'ping', argument) } : DROP
}
