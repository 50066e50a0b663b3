/** What the server says, checked: unknown fields are ignored, anything malformed is refused as a whole. */
import { isProblemCode, LabError, type ProblemCode } from '../wire/problems.js'
import type { LabPhase, LabStatus, Session, TerminalInfo, Ticket } from '../wire/schema.js'

type Fields = Readonly<Record<string, unknown>>

const PHASES: Readonly<Record<LabPhase, true>> = {
  absent: true,
  queued: true,
  launching: true,
  running: true,
  suspending: true,
  suspended: true,
  resuming: true,
  resetting: true,
  deleting: true,
  failed: true,
}
const MAX_TERMINALS = 100

function malformed(what: string): LabError {
  return new LabError('server/internal', { message: `malformed answer: ${what}` })
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isPhase(value: unknown): value is LabPhase {
  return typeof value === 'string' && Object.hasOwn(PHASES, value)
}

function oneOf<const T extends string>(fields: Fields, name: string, ...allowed: T[]): T {
  const found = allowed.find((value) => value === fields[name])
  if (found === undefined) throw malformed(name)
  return found
}

function text(fields: Fields, name: string): string {
  const value = fields[name]
  if (typeof value !== 'string') throw malformed(name)
  return value
}

function number(fields: Fields, name: string): number {
  const value = fields[name]
  if (typeof value !== 'number' || !Number.isFinite(value)) throw malformed(name)
  return value
}

function instant(fields: Fields, name: string): string {
  const value = text(fields, name)
  if (Number.isNaN(Date.parse(value))) throw malformed(name)
  return value
}

function object(value: unknown, what: string): Fields {
  if (!isFields(value)) throw malformed(what)
  return value
}

/** `{ [name]: decode(field) }`, or nothing where the field is absent. */
function optional<K extends string, T>(fields: Fields, name: K, decode: (value: unknown) => T): { [name in K]?: T } {
  const value = fields[name]
  if (value === undefined || value === null) return {}
  const decoded: { [name in K]?: T } = {}
  decoded[name] = decode(value)
  return decoded
}

function flag(fields: Fields, name: string): boolean {
  const value = fields[name]
  if (typeof value !== 'boolean') throw malformed(name)
  return value
}

function files(value: unknown): NonNullable<TerminalInfo['files']> {
  const fields = object(value, 'files')
  return { upload: flag(fields, 'upload'), download: flag(fields, 'download'), largest: number(fields, 'largest') }
}

function terminal(value: unknown): TerminalInfo {
  const fields = object(value, 'terminals')
  return {
    name: text(fields, 'name'),
    title: text(fields, 'title'),
    protocol: oneOf(fields, 'protocol', 'ssh', 'rdp', 'vnc', 'telnet', 'kubernetes'),
    display: oneOf(fields, 'display', 'xterm', 'guacamole'),
    ...optional(fields, 'files', files),
  }
}

function terminals(value: unknown): TerminalInfo[] {
  if (!Array.isArray(value) || value.length > MAX_TERMINALS) throw malformed('terminals')
  return value.map(terminal)
}

function problem(value: unknown): NonNullable<LabStatus['problem']> {
  const fields = object(value, 'problem')
  return {
    code: text(fields, 'code'),
    title: text(fields, 'title'),
    ...optional(fields, 'detail', () => text(fields, 'detail')),
    retry: oneOf(fields, 'retry', 'never', 'user', 'auto', 'sign-in'),
  }
}

/** @throws LabError `server/internal` for anything that is no status. */
export function decodeStatus(value: unknown): LabStatus {
  const fields = object(value, 'status')
  const { phase } = fields
  if (!isPhase(phase)) throw malformed('phase')
  return {
    lab: text(fields, 'lab'),
    title: text(fields, 'title'),
    phase,
    desired: oneOf(fields, 'desired', 'absent', 'suspended', 'running'),
    rev: number(fields, 'rev'),
    since: instant(fields, 'since'),
    now: instant(fields, 'now'),
    ...optional(fields, 'warnAt', () => instant(fields, 'warnAt')),
    ...optional(fields, 'suspendAt', () => instant(fields, 'suspendAt')),
    ...optional(fields, 'deleteAt', () => instant(fields, 'deleteAt')),
    ...optional(fields, 'progress', (inner) => {
      const progress = object(inner, 'progress')
      return { done: number(progress, 'done'), total: number(progress, 'total') }
    }),
    ...optional(fields, 'eta', (inner) => {
      const eta = object(inner, 'eta')
      return { typicalSeconds: number(eta, 'typicalSeconds'), slowSeconds: number(eta, 'slowSeconds') }
    }),
    ...optional(fields, 'queue', (inner) => ({ position: number(object(inner, 'queue'), 'position') })),
    terminals: terminals(fields['terminals']),
    ...optional(fields, 'problem', problem),
  }
}

/** @throws LabError `server/internal` for anything that is no session. */
export function decodeSession(value: unknown): Pick<Session, 'session' | 'expiresAt' | 'endsAt' | 'now'> {
  const fields = object(value, 'session')
  return {
    session: text(fields, 'session'),
    expiresAt: instant(fields, 'expiresAt'),
    endsAt: instant(fields, 'endsAt'),
    now: instant(fields, 'now'),
  }
}

/** @throws LabError `server/internal` for anything that is no ticket. */
export function decodeTicket(value: unknown): Ticket {
  const fields = object(value, 'ticket')
  const url = text(fields, 'url')
  if (!/^wss?:\/\//i.test(url) || !URL.canParse(url)) throw malformed('url')
  const subprotocol = oneOf(fields, 'subprotocol', 'guacamole', 'lab-ssh.v1')
  return { ticket: text(fields, 'ticket'), url, subprotocol, expiresAt: instant(fields, 'expiresAt') }
}

export function decodeCapability(value: unknown): string {
  return text(object(value, 'capability'), 'capability')
}

/** The failure of an answer that is not ok: its RFC 9457 body, or its status where the body says nothing known. */
export function decodeFailure(status: number, body: unknown): LabError {
  const fields: Fields = isFields(body) ? body : {}
  const { code, detail, title } = fields
  if (isProblemCode(code)) return new LabError(code, typeof detail === 'string' ? { detail } : {})
  const words = [detail, title].find((value) => typeof value === 'string')
  return new LabError(codeOfStatus(status), {
    message: `HTTP ${status}`,
    ...(typeof words === 'string' && { detail: words }),
  })
}

function codeOfStatus(status: number): ProblemCode {
  if (status >= 502 && status <= 504) return 'server/unreachable'
  if (status >= 500) return 'server/internal'
  switch (status) {
    case 401:
      return 'auth/no-session'
    case 403:
      return 'auth/forbidden'
    case 404:
      return 'lab/unknown'
    case 409:
      return 'lab/not-running'
    case 421:
      return 'auth/host-refused'
    case 429:
      return 'request/too-many'
    default:
      return status >= 400 ? 'request/invalid' : 'server/internal'
  }
}
