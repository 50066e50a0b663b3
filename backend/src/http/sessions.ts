import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { LabError } from '../../../src/wire/problems.js'
import { PATHS } from '../../../src/wire/protocol.js'
import { ProblemSchema, type SessionRequest, SessionRequestSchema, SessionSchema } from '../../../src/wire/schema.js'
import type { Principal } from '../auth/ports.js'
import { SESSION_LIMITS } from '../auth/sessions.js'
import type { AppDeps } from './deps.js'
import { bearerOf, originOf, refuseForged } from './guard.js'

/** Whom the LMS vouches for, and for how long (milliseconds). */
interface Vouched {
  readonly principal: Principal
  readonly life: number
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
        const { principal, life } = await vouch(request.body, request, deps).catch(async (error: unknown) => {
          if (bearer !== undefined && isExclusion(error)) await deps.sessions.close(bearer)
          throw error
        })
        const origin = originOf(request, deps.config)
        const { session, expiresAt, endsAt } = await (bearer === undefined
          ? deps.sessions.open(principal, origin, life)
          : deps.sessions.prolong(bearer, principal, origin, life))
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
      refuseForged(request)
      const { lab, course } = body
      const principal = await deps.openedx.principal({
        cookies: request.headers.cookie,
        origin: originOf(request, deps.config),
        lab,
        ...(course !== undefined && { course }),
      })
      return { principal, life: SESSION_LIMITS.shortLife }
    }
    case 'lti': {
      const principal = await deps.lti.redeem(body.code, originOf(request, deps.config))
      return { principal, life: SESSION_LIMITS.life }
    }
    default:
      return body satisfies never
  }
}

/** The LMS says that the learner has no place there any more: what it said before is over too. */
function isExclusion(error: unknown): boolean {
  return error instanceof LabError && error.code === 'auth/forbidden'
}
