/** How full the clouds are, as the rows of the labs tell. */
import type { Pool, PoolClient } from 'pg'
import type { Lab, LabId } from '../labs/lab.js'
import type { House } from '../labs/ports.js'

interface LineRow {
  id: LabId
  name: string
  phase: Lab['phase']
  cloud: string | null
  tried: Lab['tried']
  queued_at: Date
}

/** `without`: a lab whose own place does not count. */
export async function readHouse(client: Pool | PoolClient, without: LabId = ''): Promise<House> {
  const places = await client.query<{ cloud: string; name: string; count: number }>(
    `select cloud, name, count(*)::integer as count from lab_terminal.lab
      where cloud is not null and id <> $1 group by cloud, name`,
    [without],
  )
  const line = await client.query<LineRow>(
    `select id, name, phase, cloud, tried, queued_at from lab_terminal.lab
      where queued_at is not null order by queued_at, id`,
  )
  return {
    places: places.rows,
    line: line.rows.map(({ queued_at, ...row }) => ({ ...row, queuedAt: queued_at })),
  }
}
