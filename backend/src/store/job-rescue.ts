/** Jobs that died with their worker. graphile-worker itself would leave them locked for four hours. */
import type { Pool } from 'pg'
import { ALIVE } from './presence.js'

/** A pool of workers that no replica has put down (yet) is believed dead after this. */
const UNKNOWN_POOL = "interval '30 seconds'"
const OVERDUE_AT_ONCE = 1_000

/**
 * Unlocks the jobs of workers whose replica is dead, of one pool of workers, or of all, and removes those that were
 * replaced while they ran.
 */
export async function freeDeadJobs(
  pool: Pool,
  which: { readonly all?: boolean; readonly pool?: string },
): Promise<void> {
  const { rows } = await pool.query<{ locked_by: string }>(
    `select distinct j.locked_by from graphile_worker.jobs j
      left join lab_terminal.worker w on w.pool = j.locked_by
      left join lab_terminal.replica r on r.id = w.replica
      where j.locked_by is not null and (
        $1 or j.locked_by = $2
        or (r.id is not null and not ${ALIVE})
        or (r.id is null and j.locked_at < now() - ${UNKNOWN_POOL})
      )`,
    [which.all ?? false, which.pool ?? null],
  )
  if (rows.length > 0)
    await pool.query('select graphile_worker.force_unlock_workers($1)', [rows.map((row) => row.locked_by)])
  await pool.query(
    'delete from graphile_worker._private_jobs where key is null and locked_at is null and attempts >= max_attempts',
  )
}

/** Makes the job of each lab that is overdue and has none. */
export async function scheduleOverdue(pool: Pool, now: Date): Promise<void> {
  await pool.query(
    `select lab_terminal.wake(id, $1) from (
      select id from lab_terminal.lab l where l.look_at < $1 and not exists (
        select 1 from graphile_worker.jobs j
        where j.key = 'lab:' || l.id and (j.locked_at is not null or j.attempts < j.max_attempts)
      ) order by l.look_at limit $2
    ) as lost`,
    [now, OVERDUE_AT_ONCE],
  )
}
