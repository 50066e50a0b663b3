/** This service as an LTI 1.3 tool: joins the parts, and turns a proved launch into what a page may do next. */
import { LabError } from '../../../../src/wire/problems.js'
import type { Config } from '../../config/config.js'
import { labFor } from '../access.js'
import type { KeySetOptions } from '../key-sets.js'
import type { Principal } from '../ports.js'
import { type Clock, hashSecret, newSecret, type RandomBytes } from '../secret.js'
import { type CatalogueLab, deepLinkClaims } from './deep-link.js'
import type { ToolKeys } from './keys.js'
import { isKind, Launches } from './launches.js'
import type { DeepLinkRequest, Launch, LtiStore, Registration } from './ports.js'
import type { Registrations } from './registrations.js'
import { SelfRegistration } from './self-registration.js'
import { IdTokens } from './verify.js'

/** How long a page may take to exchange its code, milliseconds. */
const CODE_LIFE = 60_000
/** How long an author may take to choose. */
const CHOICE_LIFE = 60 * 60_000
/** Seconds that the answer to the platform is good for. */
const ANSWER_LIFE = 300

export interface LtiToolDeps {
  readonly config: Pick<Config, 'publicUrl' | 'trust' | 'labs'>
  readonly registrations: Registrations
  readonly keys: ToolKeys
  readonly store: LtiStore
  readonly fetch: typeof fetch
  readonly now: Clock
  readonly random: RandomBytes
  /** Shorter in tests. */
  readonly keySets?: Pick<KeySetOptions, 'coolDown' | 'timeout'>
}

/** The lab page's start: the code is exchanged once for a session. */
export interface LabStart {
  readonly code: string
  readonly lab: string
  readonly title: string
  readonly locale?: string
}

/** What an author chooses from, and the secret that the choice is made with. */
export interface Catalogue {
  readonly handle: string
  readonly labs: readonly CatalogueLab[]
  readonly request: DeepLinkRequest
  readonly locale?: string
}

export interface Chosen {
  readonly returnUrl: string
  readonly jwt: string
  readonly registration: Registration
}

export class LtiTool {
  readonly launches: Launches
  readonly selfRegistration: SelfRegistration
  readonly keys: ToolKeys
  readonly #deps: LtiToolDeps

  constructor(deps: LtiToolDeps) {
    const { config, registrations, store, now, random } = deps
    const { publicUrl, trust } = config
    this.#deps = deps
    this.keys = deps.keys
    const tokens = new IdTokens({ fetch: deps.fetch, now, ...deps.keySets })
    this.launches = new Launches({ publicUrl, registrations, tokens, store, now, random })
    this.selfRegistration = new SelfRegistration({ publicUrl, trust, store, fetch: deps.fetch })
  }

  /** @throws LabError `auth/forbidden` or `lab/unknown`. */
  async startLab({ principal, lab, grade }: Extract<Launch, { kind: 'lab' }>): Promise<LabStart> {
    const { name, title } = labFor(principal, lab, this.#deps.config)
    const { issuer, subject, locale } = principal
    if (grade !== undefined) await this.#deps.store.putGradeLine({ issuer, subject, lab: name }, grade)
    const code = await this.#keep({ kind: 'code', principal }, CODE_LIFE)
    return { code, lab: name, title, ...(locale !== undefined && { locale }) }
  }

  /**
   * Who the code stands for. Uses it up.
   * @throws LabError `auth/session-expired`: only a new launch helps; `auth/origin-refused` from a page that is not ours.
   */
  async redeem(code: string, origin: string): Promise<Principal> {
    if (origin !== new URL(this.#deps.config.publicUrl).origin) throw new LabError('auth/origin-refused')
    const kept = await this.#deps.store.take(hashSecret(code))
    if (!isKind(kept, 'code')) throw new LabError('auth/session-expired')
    return kept.principal
  }

  async offer({ principal, request }: Extract<Launch, { kind: 'deep-link' }>): Promise<Catalogue> {
    const handle = await this.#keep({ kind: 'choice', principal, request }, CHOICE_LIFE)
    const { locale } = principal
    return { handle, labs: this.#labsFor(principal), request, ...(locale !== undefined && { locale }) }
  }

  /**
   * Signs the author's choice; of the names only those that were offered. Uses the handle up.
   * @throws LabError `auth/session-expired`, or `request/invalid` for a choice that was not offered.
   */
  async choose(handle: string, names: readonly string[], graded: boolean): Promise<Chosen> {
    const kept = await this.#deps.store.take(hashSecret(handle))
    if (!isKind(kept, 'choice')) throw new LabError('auth/session-expired')
    const { principal, request } = kept
    const registration = await this.#deps.registrations.find(principal.issuer, principal.client)
    if (registration === undefined) throw new LabError('auth/issuer-untrusted')
    const labs = this.#labsFor(principal).filter(({ name }) => names.includes(name))
    if (labs.length !== new Set(names).size || (labs.length > 1 && !request.multiple)) {
      throw new LabError('request/invalid', { detail: 'The choice is none of those that were offered.' })
    }
    const claims = deepLinkClaims({ labs, graded }, request, registration, this.launches.launchUrl)
    return { returnUrl: request.returnUrl, jwt: await this.keys.sign(claims, ANSWER_LIFE), registration }
  }

  /** The catalogue of an author: every lab that learners of their course may use. */
  #labsFor(principal: Principal): readonly CatalogueLab[] {
    const { config } = this.#deps
    return [...config.labs.values()].filter(({ name }) => isFor(principal, name, config))
  }

  async #keep(value: Parameters<LtiStore['put']>[1], life: number): Promise<string> {
    const secret = newSecret(this.#deps.random)
    await this.#deps.store.put(hashSecret(secret), value, new Date(this.#deps.now().getTime() + life))
    return secret
  }
}

function isFor(principal: Principal, name: string, config: Pick<Config, 'labs' | 'trust'>): boolean {
  try {
    labFor(principal, name, config)
    return true
  } catch (error) {
    if (error instanceof LabError) return false
    throw error
  }
}
