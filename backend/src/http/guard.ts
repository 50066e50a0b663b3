import type { FastifyRequest } from 'fastify'
import { LabError } from '../../../src/wire/problems.js'
import { isAllowedHost, isAllowedOrigin } from '../auth/origins.js'
import type { Principal } from '../auth/ports.js'
import { pageOf } from '../auth/sessions.js'
import type { Config } from '../config/config.js'
import type { AppDeps } from './deps.js'

/** For any page: the element's own script, and what a platform's forms launch, where a state says whose form it is. */
const OPEN_PATHS = ['/cdn/', '/lti/']

/**
 * Before anything else: a foreign Host (DNS rebinding) is refused on every path, a foreign page on all but those above.
 */
export function refuseForeign(request: FastifyRequest, config: Config): void {
  if (!isAllowedHost(request.headers.host, config)) throw new LabError('auth/host-refused')
  const { origin } = request.headers
  if (origin === undefined || OPEN_PATHS.some((path) => request.url.startsWith(path))) return
  if (!isAllowedOrigin(origin, config) && origin !== new URL(config.publicUrl).origin) {
    throw new LabError('auth/origin-refused')
  }
}

/** The page's origin. A browser leaves it out of its own site's GETs only; then it is the service's own. */
export function originOf(request: FastifyRequest, config: Config): string {
  return request.headers.origin ?? new URL(config.publicUrl).origin
}

/**
 * A request that brings the learner's cookies: only from a page of ours that says so itself, by a call that a browser
 * asks permission for first. A form or an image of another site can bring the cookies too, and neither of the rest.
 * @throws LabError `auth/origin-refused`.
 */
export function refuseForged(request: FastifyRequest): void {
  const { origin, 'content-type': type } = request.headers
  if (origin === undefined || isOfOtherSite(request) || !/^application\/json\s*(?:;|$)/i.test(type ?? ''))
    throw new LabError('auth/origin-refused')
}

/** A page of another site, whose cookies mean nothing, should any come. */
export function isOfOtherSite({ headers: { 'sec-fetch-site': site } }: FastifyRequest): boolean {
  return site !== undefined && site !== 'same-origin' && site !== 'same-site'
}

export interface Caller {
  readonly principal: Principal
  readonly origin: string
  /** Names the page: a session is opened once by each. */
  readonly page: string
}

/** What the page sent as its session; absent where it sent none, or nothing that could be one. */
export function bearerOf(request: FastifyRequest): string | undefined {
  return /^Bearer ([A-Za-z0-9_-]{1,128})$/.exec(request.headers.authorization ?? '')?.[1]
}

/** Throws `auth/no-session`, `auth/session-expired`, `auth/origin-refused`. */
export async function callerOf(request: FastifyRequest, deps: AppDeps): Promise<Caller> {
  const bearer = bearerOf(request)
  if (bearer === undefined) throw new LabError('auth/no-session')
  const origin = originOf(request, deps.config)
  return { principal: await deps.sessions.use(bearer, origin), origin, page: pageOf(bearer) }
}
