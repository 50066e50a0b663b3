import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { LabError } from '../../../src/wire/problems.js'
import { PATHS } from '../../../src/wire/protocol.js'
import { ProblemSchema, type SessionRequest, SessionRequestSchema, SessionSchema } from '../../../src/wire/schema.js'
import type { Principal } from '../auth/ports.js'
import { pageOf, SESSION_LIMITS } from '../auth/sessions.js'
import type { AppDeps } from './deps.js'
import { bearerOf, isOfOtherSite, originOf, refuseForged } from './guard.js'

/** Whom the LMS vouches for, and for how long (milliseconds). */
interface Vouched {
  readonly principal: Principal
  readonly life: number
  /** Told the session, once there is one. */
  readonly keep?: (bearer: string) => Promise<void>
}

/** `POST /v1/sessions`: what the LMS vouched for becomes one short session of this page, or prolongs the one it has. */
export function sessionRoutes(deps: AppDeps): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.post(
      PATHS.sessions,
      {
        schema: {
          summary: 'Exchange a sign-in of the LMS for a session; with the session it has, a page prolongs that one',
          body: SessionRequestSchema,
          response: { 200: SessionSchema, '4xx': ProblemSchema },
        },
        // A class of hundreds sits behind one address: this stops floods, not lessons.
        config: { rateLimit: { max: 1200, timeWindow: 60_000, keyGenerator: ({ ip }) => ip } },
      },
      async (request) => {
        const bearer = bearerOf(request)
        const { principal, life, keep } = await vouch(request.body, request, deps).catch(async (error: unknown) => {
          if (bearer !== undefined && isExclusion(error)) await putOut(bearer, deps)
          throw error
        })
        const origin = originOf(request, deps.config)
        const { session, expiresAt, endsAt } = await (bearer === undefined
          ? deps.sessions.open(principal, origin, life)
          : deps.sessions.prolong(bearer, principal, origin, life))
        await keep?.(session)
        return {
          session,
          expiresAt: expiresAt.toISOString(),
          endsAt: endsAt.toISOString(),
          now: deps.now().toISOString(),
          learner: {
            ...(principal.name === undefined ? {} : { name: principal.name }),
            ...(principal.locale === undefined ? {} : { locale: principal.locale }),
          },
          roles: [...principal.roles],
        }
      },
    )
  }
}

async function vouch(body: SessionRequest, request: FastifyRequest, deps: AppDeps): Promise<Vouched> {
  switch (body.grant) {
    case 'jwt': {
      const principal = await deps.tokens.verify(body.token, originOf(request, deps.config))
      return { principal, life: SESSION_LIMITS.life }
    }
    case 'openedx': {
      const origin = originOf(request, deps.config)
      // What such a page shows is its own session, or what its window got; like any bearer, no browser adds it.
      const byWindow = isOfOtherSite(request) && deps.openedx.opensWindowsFor(origin)
      if (!byWindow) refuseForged(request)
      const { lab, course, window } = body
      const bearer = bearerOf(request)
      return deps.openedx.vouch({
        cookies: byWindow ? undefined : request.headers.cookie,
        origin,
        lab,
        ...(course !== undefined && { course }),
        ...(window !== undefined && { window }),
        ...(bearer !== undefined && { bearer }),
      })
    }
    case 'lti': {
      const principal = await deps.lti.redeem(body.code, originOf(request, deps.config))
      return { principal, life: SESSION_LIMITS.life }
    }
    default:
      return body satisfies never
  }
}

/** At once, not only with the next look at what is open. */
async function putOut(bearer: string, { sessions, vigil }: AppDeps): Promise<void> {
  await sessions.close(bearer)
  await vigil.lookAt(pageOf(bearer))
}

/** The LMS says that the learner has no place there any more: what it said before is over too. */
function isExclusion(error: unknown): boolean {
  return error instanceof LabError && error.code === 'auth/forbidden'
}
