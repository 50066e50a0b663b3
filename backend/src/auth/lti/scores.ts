/** Scores into the gradebook of the platform (LTI Assignment and Grade Services 2.0, section 3.4). */
import type { BaseLogger } from 'pino'
import type { Clock } from '../secret.js'
import { SCORE_SCOPE } from './claims.js'
import { callPlatform, PlatformRefused } from './platform-http.js'
import type { GradeKey, LtiStore, Registration } from './ports.js'
import type { Registrations } from './registrations.js'
import type { ServiceTokens } from './service-tokens.js'

/** Milliseconds before each further try. */
const PAUSES = [1_000, 5_000, 30_000]

export interface Score {
  /** 0 to `maximum`. */
  readonly given: number
  readonly maximum: number
  /** Still under way: the platform is told, and shows no final grade. */
  readonly finished?: boolean
  readonly comment?: string
}

/** What became of it: `nowhere` when the learner's activity has no column in the gradebook. */
export type Posted = 'posted' | 'nowhere'

export interface ScoreDeps {
  readonly store: Pick<LtiStore, 'gradeLine' | 'scoreTime'>
  readonly registrations: Registrations
  readonly tokens: ServiceTokens
  readonly fetch: typeof fetch
  readonly now: Clock
  readonly log: Pick<BaseLogger, 'warn'>
  readonly sleep: (ms: number) => Promise<void>
}

export class Scores {
  readonly #deps: ScoreDeps

  constructor(deps: ScoreDeps) {
    this.#deps = deps
  }

  /**
   * Sends the score of one learner in one lab to where their last launch said. A later score replaces it.
   * @throws RangeError for a score out of its range; PlatformRefused or the error of the network after the last try.
   */
  async post(whose: GradeKey, score: Score): Promise<Posted> {
    if (!(score.maximum > 0 && score.given >= 0 && score.given <= score.maximum)) {
      throw new RangeError('a score is from 0 to its maximum')
    }
    const line = await this.#deps.store.gradeLine(whose)
    if (line === undefined) return 'nowhere'
    const registration = await this.#deps.registrations.find(whose.issuer, line.clientId)
    if (registration === undefined) return 'nowhere'
    const body = JSON.stringify({
      userId: whose.subject,
      scoreGiven: score.given,
      scoreMaximum: score.maximum,
      activityProgress: score.finished === false ? 'InProgress' : 'Completed',
      // Open edX shows nothing that is not FullyGraded.
      gradingProgress: score.finished === false ? 'Pending' : 'FullyGraded',
      ...(score.comment !== undefined && { comment: score.comment }),
      timestamp: (await this.#deps.store.scoreTime(whose, this.#deps.now())).toISOString(),
    })
    await this.#send(registration, scoresUrl(line.lineItem), body)
    return 'posted'
  }

  async #send(registration: Registration, url: string, body: string): Promise<void> {
    for (const [attempt, pause] of [...PAUSES, undefined].entries()) {
      try {
        const token = await this.#deps.tokens.get(registration, SCORE_SCOPE)
        await callPlatform(this.#deps.fetch, {
          what: 'score',
          url,
          method: 'POST',
          headers: {
            'content-type': 'application/vnd.ims.lis.v1.score+json',
            accept: '*/*',
            authorization: `Bearer ${token}`,
          },
          body,
        })
        return
      } catch (error) {
        // A token may have been withdrawn: one more try with a new one, and no more than that.
        const refusedToken = error instanceof PlatformRefused && error.status === 401
        if (refusedToken) this.#deps.tokens.forget(registration, SCORE_SCOPE)
        if (pause === undefined || !(refusedToken ? attempt === 0 : isPassing(error))) throw error
        this.#deps.log.warn({ err: error, attempt, platform: registration.issuer }, 'score not sent yet')
        await this.#deps.sleep(refusedToken ? 0 : pause)
      }
    }
  }
}

/** `<lineitem>/scores`, before the query: Moodle's line items have one. */
export function scoresUrl(lineItem: string): string {
  const url = new URL(lineItem)
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/scores`
  return url.href
}

/** The network, a platform that is down, or one that asks for patience. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof PlatformRefused)) return true
  return error.status >= 500 || error.status === 429 || error.status === 408
}
