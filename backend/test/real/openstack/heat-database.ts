/** What Heat wrote down, to the microsecond: its answers round to the second. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Debian's python3 is there for Heat itself. */
const READ = `
import json, sqlite3, sys
db = sqlite3.connect('file:%s?mode=ro' % sys.argv[1], uri=True, timeout=30)
print(json.dumps(db.execute("""select s.name, e.resource_action, e.created_at from event e join stack s on s.id = e.stack_id
  where e.resource_name = s.name and e.resource_status = 'COMPLETE' order by e.id""").fetchall()))
`

export interface Completed {
  readonly stack: string
  /** As Heat calls it: CREATE, SUSPEND, … */
  readonly action: string
  /** Milliseconds since 1970. */
  readonly at: number
}

/** Each whole stack that said COMPLETE, the oldest first. `state`: the testbed's folder. */
export async function completed(state: string): Promise<readonly Completed[]> {
  const words = ['-c', READ, join(state, 'heat/heat.db')]
  const { stdout } = await run('/usr/bin/python3', words, { maxBuffer: 64 * 1024 * 1024 })
  const rows: [string, string, string][] = JSON.parse(stdout)
  return rows.map(([stack, action, at]) => ({ stack, action, at: Date.parse(`${at.replace(' ', 'T')}Z`) }))
}
