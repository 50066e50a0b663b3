/** Durations as they are written: `90s`, `10m`, `2h`, `14d`, `500ms`. Pure. */

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const DURATION = /^(\d{1,9}(?:\.\d{1,3})?)\s?(ms|s|m|h|d)$/

/** Milliseconds; undefined when it is no duration. */
export function parseDuration(text: string): number | undefined {
  const match = DURATION.exec(text.trim())
  const unit = match?.[2]
  if (match === null || !isUnit(unit)) return undefined
  return Math.round(Number(match[1]) * UNITS[unit])
}

/** The shortest way to write it: 90000 is `90s`, 0 is `never`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds === 0) return 'never'
  const units = (['d', 'h', 'm', 's'] as const).filter((unit) => milliseconds % UNITS[unit] === 0)
  const unit = units[0] ?? 'ms'
  return `${milliseconds / UNITS[unit]}${unit}`
}

function isUnit(unit: string | undefined): unit is keyof typeof UNITS {
  return unit !== undefined && Object.hasOwn(UNITS, unit)
}
