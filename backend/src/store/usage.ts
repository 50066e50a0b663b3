/** What the ledger says of how long labs ran and slept. */
import type { Pool } from 'pg'
import type { Usage, UsageFilter } from '../labs/usage.js'

/**
 * Each entry of the ledger begins a span that the lab's next one ends. While a cloud works on a lab its servers are
 * there, and it counts as running; so does one that could not be suspended. In line or gone it counts as nothing.
 */
const SQL = `
  with step as (
    select id, issuer, subject, name, course, phase_to, cause, at, lead(at) over (partition by lab order by id) as until
    from lab_terminal.ledger
    where at < $2 and ($3::text is null or issuer = $3) and ($4::text is null or subject = $4)
  ), span as (
    select *,
      greatest(extract(epoch from least(coalesce(until, $2), $2) - greatest(at, $1)), 0) as seconds,
      case
        when phase_to in ('launching', 'running', 'suspending', 'resuming', 'resetting', 'deleting') then 'running'
        when phase_to = 'suspended' then 'suspended'
        when phase_to = 'failed' and cause = 'lab/suspend-failed' then 'running'
        when phase_to = 'failed' and cause in ('lab/resume-failed', 'lab/delete-failed') then 'suspended'
      end as kind
    from step where coalesce(until, $2) > $1
  )
  select issuer, subject, name, course,
    coalesce(sum(seconds) filter (where kind = 'running'), 0)::double precision as running,
    coalesce(sum(seconds) filter (where kind = 'suspended'), 0)::double precision as suspended,
    (count(*) filter (where phase_to = 'launching' and at >= $1))::integer as launches,
    (count(*) filter (where phase_to = 'resuming' and at >= $1))::integer as resumes
  from span where kind is not null group by issuer, subject, name, course
  order by course nulls last, name, subject, issuer`

export async function readUsage(pool: Pool, { from, to, learner }: UsageFilter): Promise<Usage[]> {
  const { rows } = await pool.query<Usage>(SQL, [from, to, learner?.issuer ?? null, learner?.subject ?? null])
  return rows
}
