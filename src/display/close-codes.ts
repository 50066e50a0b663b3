/** From the close code of a WebSocket back to the problem that ended it. */
import { isProblemCode, PROBLEMS, type ProblemCode } from '../wire/problems.js'

/** Where several problems share a code, the one that a page can say without knowing more. */
const SHARED: ReadonlyMap<number, ProblemCode> = new Map([
  [4006, 'link/lost'],
  [4400, 'link/protocol'],
  [4401, 'auth/no-session'],
  [4403, 'auth/forbidden'],
  [4404, 'lab/unknown'],
  [4409, 'lab/not-running'],
  [4500, 'server/internal'],
  [4503, 'cloud/unreachable'],
])

/** Codes of the protocol itself (RFC 6455 section 7.4.1) that mean a misunderstanding, not a cut line. */
const MISUNDERSTOOD: ReadonlySet<number> = new Set([1002, 1003, 1007, 1008, 1009, 1010])

const OURS: ReadonlyMap<number, ProblemCode> = readTable()

function readTable(): Map<number, ProblemCode> {
  const table = new Map(SHARED)
  for (const code of Object.keys(PROBLEMS).filter(isProblemCode)) {
    const { close } = PROBLEMS[code]
    if (!table.has(close)) table.set(close, code)
  }
  return table
}

/** Everything unknown is a lost link, which is tried again: a proxy or a network may end a socket with any code. */
export function problemCodeOfClose(close: number): ProblemCode {
  if (MISUNDERSTOOD.has(close)) return 'link/protocol'
  if (close === 1011) return 'server/internal'
  return OURS.get(close) ?? 'link/lost'
}
