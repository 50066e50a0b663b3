/** Remembers for a minute what an LMS said, so that a class that comes at once does not ask it a thousand times. */
import { LabError } from '../../../../src/wire/problems.js'
import type { Clock } from '../secret.js'
import type { AskLms, LmsQuestion, Membership } from './lms.js'

export const MEMBERSHIP_LIMITS = {
  /** Milliseconds that an answer serves, at most. */
  keep: 60_000,
  /** … and one that lets nobody in: who has just enrolled should not wait. */
  keepRefusal: 10_000,
  /** Answers kept. */
  entries: 20_000,
  /** Questions under way at once, over all learners. */
  atOnce: 64,
  /** Questions for one learner in a minute; Open edX allows 40 calls, and a question is two at most. */
  perMinute: 15,
} as const

const MINUTE = 60_000

interface Kept {
  readonly until: number
  readonly answer: Promise<Membership>
}

export class Memberships {
  readonly #ask: AskLms
  readonly #now: Clock
  /** In the order of their making: the first is the oldest. */
  readonly #kept = new Map<string, Kept>()
  readonly #asked = new Map<string, { since: number; count: number }>()
  #underWay = 0

  constructor(deps: { ask: AskLms; now: Clock }) {
    this.#ask = deps.ask
    this.#now = deps.now
  }

  /**
   * What the LMS says, now or within the last minute. One question at a time for the same learner and course.
   * @param learner The learner's id at the LMS; a user name may change its owner.
   * @param longest Milliseconds that the answer may serve.
   * @throws LabError as `AskLms`; `request/too-many` for a learner who asks about many courses.
   */
  async of(learner: number, question: LmsQuestion, longest: number): Promise<Membership> {
    const now = this.#now().getTime()
    const key = JSON.stringify([question.lms, learner, question.username, question.course])
    const kept = this.#kept.get(key)
    if (kept !== undefined && now < kept.until) return kept.answer
    this.#count(JSON.stringify([question.lms, learner]), now)
    if (this.#underWay >= MEMBERSHIP_LIMITS.atOnce) {
      throw new LabError('auth/issuer-unreachable', { message: 'too many questions to the LMS under way' })
    }
    const answer = this.#put(question)
    this.#keep(key, { until: Number.POSITIVE_INFINITY, answer })
    try {
      const membership = await answer
      const welcome = membership.enrolled || membership.staff
      const keep = Math.min(longest, welcome ? MEMBERSHIP_LIMITS.keep : MEMBERSHIP_LIMITS.keepRefusal)
      this.#keep(key, { until: this.#now().getTime() + keep, answer })
      return membership
    } catch (error) {
      this.#kept.delete(key)
      throw error
    }
  }

  async #put(question: LmsQuestion): Promise<Membership> {
    this.#underWay += 1
    try {
      return await this.#ask(question)
    } finally {
      this.#underWay -= 1
    }
  }

  #keep(key: string, kept: Kept): void {
    this.#kept.delete(key)
    this.#kept.set(key, kept)
    bound(this.#kept)
  }

  #count(learner: string, now: number): void {
    const before = this.#asked.get(learner)
    const fresh = before === undefined || now - before.since >= MINUTE
    const asked = fresh ? { since: now, count: 1 } : { since: before.since, count: before.count + 1 }
    if (asked.count > MEMBERSHIP_LIMITS.perMinute) throw new LabError('request/too-many')
    if (fresh) this.#asked.delete(learner)
    this.#asked.set(learner, asked)
    bound(this.#asked)
  }
}

function bound(map: Map<string, unknown>): void {
  const [oldest] = map.keys()
  if (map.size > MEMBERSHIP_LIMITS.entries && oldest !== undefined) map.delete(oldest)
}
