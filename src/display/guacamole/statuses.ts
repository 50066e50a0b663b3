/** From the status codes of the Guacamole protocol (its manual, appendix "Status codes") to our problems. */
import type { ProblemCode } from '../../wire/problems.js'

const PROBLEM_OF_STATUS: ReadonlyMap<number, ProblemCode> = new Map([
  [0x0100, 'link/protocol'],
  [0x0200, 'server/internal'],
  [0x0201, 'link/desktop-unavailable'],
  [0x0202, 'link/shell-unreachable'],
  [0x0203, 'link/shell-unreachable'],
  [0x0204, 'link/shell-unreachable'],
  [0x0205, 'link/session-ended'],
  [0x0206, 'link/session-ended'],
  [0x0207, 'link/shell-unreachable'],
  [0x0208, 'link/shell-unreachable'],
  // Somebody logged out in the lab, or took the session over.
  [0x0209, 'link/session-ended'],
  [0x020a, 'link/session-ended'],
  [0x020b, 'link/session-ended'],
  [0x0300, 'link/protocol'],
  [0x0301, 'link/login-refused'],
  [0x0303, 'link/login-refused'],
  [0x0308, 'link/lost'],
  [0x030d, 'link/slow'],
  [0x030f, 'link/protocol'],
  [0x031d, 'link/desktop-unavailable'],
])

export function problemCodeOfStatus(status: number): ProblemCode {
  return PROBLEM_OF_STATUS.get(status) ?? 'link/lost'
}

/** The status in the reason of a close frame, as Guacamole's servers put it there; undefined where there is none. */
export function statusOfReason(reason: string): number | undefined {
  return /^[1-9]\d{0,3}$/.test(reason) ? Number(reason) : undefined
}
