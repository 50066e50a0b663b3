/** Reads what a page says in text frames: hostile until every member is checked. Pure. */
import type { SshClientMessage, TerminalSize } from '../../../src/wire/ssh.js'

/** Longest control message, in bytes. */
export const MAX_CONTROL_BYTES = 1024
const MAX_CELLS = 1000
const MAX_STREAM_NAME = 64

type Members = Readonly<Record<string, unknown>>

/** Undefined for what is no message of `lab-ssh.v1`. Members that it does not know are left out. */
export function parseClientMessage(text: string): SshClientMessage | undefined {
  const value = parseJson(text)
  if (!isMembers(value)) return undefined
  switch (value['type']) {
    case 'attach':
      return attachOf(value)
    case 'resize': {
      const size = sizeOf(value)
      return size && { type: 'resize', ...size }
    }
    case 'ack':
      return isCount(value['seq']) ? { type: 'ack', seq: value['seq'] } : undefined
    case 'ping':
      return isCount(value['id']) ? { type: 'ping', id: value['id'] } : undefined
    case 'new-shell':
      return { type: 'new-shell' }
    default:
      return undefined
  }
}

function attachOf(members: Members): SshClientMessage | undefined {
  const size = sizeOf(members)
  const have = members['have']
  if (!size) return undefined
  const keep = members['keep'] === true ? { keep: true as const } : {}
  if (have === undefined) return { type: 'attach', ...size, ...keep }
  if (!isMembers(have)) return undefined
  const { stream, seq } = have
  if (typeof stream !== 'string' || stream.length > MAX_STREAM_NAME || !isCount(seq)) return undefined
  return { type: 'attach', ...size, have: { stream, seq }, ...keep }
}

function sizeOf({ cols, rows }: Members): TerminalSize | undefined {
  return isCells(cols) && isCells(rows) ? { cols, rows } : undefined
}

function isCells(value: unknown): value is number {
  return isCount(value) && value >= 1 && value <= MAX_CELLS
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
