import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { PATHS } from '../../../src/wire/protocol.js'
import { ProblemSchema, type SessionRequest, SessionRequestSchema, SessionSchema } from '../../../src/wire/schema.js'
import type { Principal } from '../auth/ports.js'
import type { AppDeps } from './deps.js'
import { originOf } from './guard.js'

/** `POST /v1/sessions`: what the LMS vouched for becomes one short session of this page. */
export function sessionRoutes(deps: AppDeps): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.post(
      PATHS.sessions,
      {
        schema: {
          summary: 'Exchange a sign-in of the LMS for a session',
          body: SessionRequestSchema,
          response: { 200: SessionSchema, '4xx': ProblemSchema },
        },
        // A class of hundreds sits behind one address: this stops floods, not lessons.
        config: { rateLimit: { max: 1200, timeWindow: 60_000 } },
      },
      async (request) => {
        const origin = originOf(request, deps.config)
        const principal = await vouch(request.body, origin, deps)
        const { session, expiresAt } = await deps.sessions.open(principal, origin)
        return {
          session,
          expiresAt: expiresAt.toISOString(),
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

async function vouch(body: SessionRequest, origin: string, deps: AppDeps): Promise<Principal> {
  switch (body.grant) {
    case 'jwt':
      return deps.tokens.verify(body.token, origin)
    case 'lti':
      return deps.lti.redeem(body.code, origin)
    default:
      return body satisfies never
  }
}
