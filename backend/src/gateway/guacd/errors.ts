/** What goes wrong with guacd itself, and what guacd says is wrong. */
import { LabError } from '../../../../src/wire/problems.js'
import type { Instruction } from './instruction.js'
import { problemOfStatus, STATUS } from './status.js'

/** What guacd could not do for us: this guacd is not there, or it knows no such connection. */
export class GuacdError extends Error {
  override readonly name = 'GuacdError'
  /** @param code What Node calls it: of the socket, or of a certificate. No address is in it. */
  constructor(reason: 'unreachable' | 'refused', code?: string) {
    super(code === undefined ? `guacd: ${reason}` : `guacd: ${reason} (${code})`)
  }
}

/** guacd's `error`: its words are not for learners, its status says enough. */
export function errorOf([, text = '', status = '']: Instruction, select = ''): Error {
  const code = Number(status)
  if (select.startsWith('$') && (code === STATUS.notFound || code === STATUS.closed)) return new GuacdError('refused')
  return new LabError(problemOfStatus(code), { message: `guacd: ${text.slice(0, 200)} (${code})` })
}

/** Another guacd may do better. */
export function isTrouble(error: unknown): boolean {
  return error instanceof GuacdError || (error instanceof LabError && error.code === 'link/desktop-unavailable')
}
