/** Reads the control messages of `lab-ssh.v1`. The server is not trusted more than anything else on the network. */
import type { SshServerMessage, TerminalSize } from '../../wire/ssh.js'

/** Longest control message, in UTF-16 units. */
const MAX_MESSAGE = 64 * 1024
/** Largest serialised screen, in bytes. */
export const MAX_SNAPSHOT_BYTES = 24 * 1024 * 1024
const MAX_CELLS = 1000
const MAX_NAME = 200
const MAX_DETAIL = 500

type Fields = Readonly<Record<string, unknown>>

/** `unknown` is a well-formed message of a later revision, to be passed over; undefined is a malformed one. */
export function parseServerMessage(text: string): SshServerMessage | 'unknown' | undefined {
  if (text.length > MAX_MESSAGE) return undefined
  const fields = parseObject(text)
  if (!fields) return undefined
  switch (fields['type']) {
    case 'attached':
      return attached(fields)
    case 'resized': {
      const size = sizeOf(fields)
      return size && { type: 'resized', ...size }
    }
    case 'pong':
      return isCount(fields['id']) ? { type: 'pong', id: fields['id'] } : undefined
    case 'exited':
      return exited(fields)
    case 'opened':
      return { type: 'opened' }
    case 'problem':
      return problem(fields)
    default:
      return typeof fields['type'] === 'string' ? 'unknown' : undefined
  }
}

function parseObject(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}

function attached(fields: Fields): SshServerMessage | undefined {
  const { stream, seq, snapshot, lost, readOnly, running } = fields
  const size = sizeOf(fields)
  if (!size || typeof readOnly !== 'boolean' || typeof running !== 'boolean') return undefined
  if (typeof stream !== 'string' || stream === '' || stream.length > MAX_NAME || !isCount(seq)) return undefined
  const message = {
    type: 'attached' as const,
    stream,
    seq,
    readOnly,
    running,
    ...size,
    ...(lost === true && { lost: true as const }),
  }
  if (snapshot === undefined) return message
  return isCount(snapshot) && snapshot <= MAX_SNAPSHOT_BYTES ? { ...message, snapshot } : undefined
}

function exited(fields: Fields): SshServerMessage {
  const { code, signal } = fields
  return {
    type: 'exited',
    ...(isCount(code) ? { code } : {}),
    ...(typeof signal === 'string' ? { signal: signal.slice(0, MAX_NAME) } : {}),
  }
}

function problem(fields: Fields): SshServerMessage | undefined {
  const { code, detail } = fields
  if (typeof code !== 'string') return undefined
  return typeof detail === 'string'
    ? { type: 'problem', code, detail: detail.slice(0, MAX_DETAIL) }
    : { type: 'problem', code }
}

function sizeOf({ cols, rows }: Fields): TerminalSize | undefined {
  return isCells(cols) && isCells(rows) ? { cols, rows } : undefined
}

function isCells(value: unknown): value is number {
  return isCount(value) && value >= 1 && value <= MAX_CELLS
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
