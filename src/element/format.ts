import { msg, str } from './words.js'

const DAY = 86_400_000

/** How long something took before: half of the times, and nine times in ten. */
interface Eta {
  readonly typicalSeconds: number
  readonly slowSeconds: number
}

/** Durations and dates of one language. */
export class Format {
  readonly locale: string

  constructor(locale: string) {
    this.locale = locale
  }

  /** "14 seconds", "3 minutes". */
  duration(seconds: number): string {
    const minutes = seconds >= 100
    return new Intl.NumberFormat(this.locale, {
      style: 'unit',
      unit: minutes ? 'minute' : 'second',
      unitDisplay: 'long',
      maximumFractionDigits: 0,
    }).format(Math.max(0, minutes ? seconds / 60 : seconds))
  }

  /** "1:05", for what ticks. */
  countdown(ms: number): string {
    const seconds = Math.max(0, Math.ceil(ms / 1000))
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
  }

  /** "42 minutes ago". */
  ago(ms: number): string {
    const relative = new Intl.RelativeTimeFormat(this.locale)
    if (ms < 3_600_000) return relative.format(-Math.max(1, Math.round(ms / 60_000)), 'minute')
    if (ms < 2 * DAY) return relative.format(-Math.round(ms / 3_600_000), 'hour')
    return relative.format(-Math.round(ms / DAY), 'day')
  }

  /** "3 May", with the time when it is within two days, with the year when it is another one. */
  day(at: number, now: number): string {
    const date = new Date(at)
    const soon = at - now < 2 * DAY
    return date.toLocaleString(this.locale, {
      day: 'numeric',
      month: 'long',
      ...(date.getFullYear() !== new Date(now).getFullYear() && { year: 'numeric' }),
      ...(soon && { hour: 'numeric', minute: '2-digit' }),
    })
  }

  /** "Usually 14 seconds, rarely over 25 seconds." */
  estimate(eta: Eta): string {
    const [typical, slow] = this.#range(eta)
    return typical === slow ? msg(str`Usually ${typical}.`) : msg(str`Usually ${typical}, rarely over ${slow}.`)
  }

  /** "Usually ready after 14 seconds, rarely after more than 25 seconds." */
  readiness(eta: Eta): string {
    const [typical, slow] = this.#range(eta)
    return typical === slow
      ? msg(str`Usually ready after ${typical}.`)
      : msg(str`Usually ready after ${typical}, rarely after more than ${slow}.`)
  }

  #range({ typicalSeconds, slowSeconds }: Eta): [typical: string, slow: string] {
    return [this.duration(typicalSeconds), this.duration(Math.max(slowSeconds, typicalSeconds))]
  }
}
