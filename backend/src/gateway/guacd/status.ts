/** Guacamole's status codes, and which of our problems they are. Pure. */
import type { ProblemCode } from '../../../../src/wire/problems.js'

/** The codes of the Guacamole protocol that we say or understand. */
export const STATUS = {
  success: 0x0000,
  unsupported: 0x0100,
  serverError: 0x0200,
  serverBusy: 0x0201,
  upstreamTimeout: 0x0202,
  upstreamError: 0x0203,
  notFound: 0x0204,
  conflict: 0x0205,
  closed: 0x0206,
  upstreamNotFound: 0x0207,
  upstreamUnavailable: 0x0208,
  sessionConflict: 0x0209,
  sessionTimeout: 0x020a,
  sessionClosed: 0x020b,
  badRequest: 0x0300,
  unauthorized: 0x0301,
  forbidden: 0x0303,
  clientTimeout: 0x0308,
  overrun: 0x030d,
  badType: 0x030f,
  tooMany: 0x031d,
} as const
export type Status = (typeof STATUS)[keyof typeof STATUS]

/** The WebSocket close code that Guacamole's own server gives with a status. */
export function closeCodeOf(status: number): number {
  switch (status) {
    case STATUS.success:
      return 1000
    case STATUS.notFound:
    case STATUS.closed:
    case STATUS.sessionTimeout:
    case STATUS.sessionClosed:
    case STATUS.badRequest:
    case STATUS.clientTimeout:
      return 1002
    case STATUS.badType:
      return 1003
    case STATUS.serverBusy:
    case STATUS.conflict:
    case STATUS.sessionConflict:
    case STATUS.unauthorized:
    case STATUS.forbidden:
    case STATUS.tooMany:
      return 1008
    case STATUS.overrun:
      return 1009
    default:
      return 1011
  }
}

/** What a client that knows only Guacamole's codes is told. */
export function statusOf(code: ProblemCode): Status {
  switch (code) {
    case 'auth/forbidden':
    case 'auth/origin-refused':
    case 'auth/host-refused':
      return STATUS.forbidden
    case 'lab/unknown':
    case 'lab/terminal-unknown':
    case 'lab/not-running':
      return STATUS.notFound
    case 'lab/paused':
    case 'lab/removed':
    case 'link/session-ended':
      return STATUS.sessionClosed
    case 'link/login-refused':
      return STATUS.unauthorized
    case 'link/host-key-changed':
    case 'cloud/refused':
      return STATUS.upstreamError
    case 'link/shell-unreachable':
      return STATUS.upstreamNotFound
    case 'link/desktop-unavailable':
    case 'cloud/unreachable':
    case 'server/stopping':
    case 'server/unreachable':
      return STATUS.upstreamUnavailable
    case 'link/lost':
      return STATUS.clientTimeout
    case 'link/slow':
      return STATUS.overrun
    case 'link/protocol':
    case 'request/invalid':
      return STATUS.badRequest
    case 'request/too-many':
      return STATUS.tooMany
    default:
      return code.startsWith('auth/') ? STATUS.unauthorized : STATUS.serverError
  }
}

/** What guacd's word for the end of a connection means to a learner. */
export function problemOfStatus(status: number): ProblemCode {
  switch (status) {
    case STATUS.unauthorized:
    case STATUS.forbidden:
      return 'link/login-refused'
    case STATUS.sessionClosed:
    case STATUS.sessionConflict:
    case STATUS.sessionTimeout:
      return 'link/session-ended'
    case STATUS.clientTimeout:
    case STATUS.overrun:
      return 'link/slow'
    case STATUS.badRequest:
    case STATUS.badType:
    case STATUS.unsupported:
      return 'link/protocol'
    case STATUS.serverBusy:
    case STATUS.tooMany:
      return 'link/desktop-unavailable'
    default:
      return 'link/shell-unreachable'
  }
}
