import { query } from '../store/support/servers.js'

/** Where the ledger of all labs does not add up: a step that begins elsewhere than the one before ended, or a last one
 * that is not the lab's phase. */
export async function brokenSteps(database: string): Promise<unknown[]> {
  return await query(
    database,
    `select * from (
      select lab, phase_from, lag(phase_to, 1, 'absent') over (partition by lab order by id) as before
      from lab_terminal.ledger
    ) as step where phase_from <> before
    union all select l.id, l.phase, last.phase_to from lab_terminal.lab l, lateral (
      select phase_to from lab_terminal.ledger g where g.lab = l.id order by id desc limit 1
    ) as last where l.phase <> last.phase_to`,
  )
}
