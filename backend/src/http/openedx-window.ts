/** `/openedx/…`: the window in which a learner of an Open edX signs in where its cookies do not come along. Pages. */
import cookie from '@fastify/cookie'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { type LabError, PROBLEMS } from '../../../src/wire/problems.js'
import { PATHS } from '../../../src/wire/protocol.js'
import { WINDOW_LIFE } from '../auth/openedx/window.js'
import { hashSecret } from '../auth/secret.js'
import type { AppDeps } from './deps.js'
import { hashSource, PAGE_STYLE } from './page-style.js'
import { languageOf } from './page-words.js'
import { logged } from './problem.js'
import { type PageFrame, signedInPage, windowProblemPage } from './service-pages.js'

const OpenSchema = Type.Object({
  origin: Type.String({ minLength: 1, maxLength: 255 }),
  challenge: Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' }),
})
/** What the LMS adds; `state` was ours. */
const BackSchema = Type.Object({
  state: Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' }),
  code: Type.Optional(Type.String({ minLength: 1, maxLength: 4096 })),
  error: Type.Optional(Type.String({ maxLength: 1000 })),
})

/** A class of hundreds sits behind one address: this stops floods, not lessons. */
const config = { rateLimit: { max: 1200, timeWindow: 60_000 } }

export function openedxWindowRoutes(deps: AppDeps): FastifyPluginAsyncTypebox {
  return async (app) => {
    if (!deps.config.trust.some((entry) => entry.type === 'openedx' && entry.oauth !== undefined)) return
    await app.register(cookie)
    app.setErrorHandler((error: FastifyError | LabError, request, reply) => sendTrouble(error, request, reply, deps))
    app.addHook('onSend', async (_request, reply) => {
      // It would part the window from the page that opened it and waits for its word.
      reply.removeHeader('cross-origin-opener-policy')
      reply.removeHeader('access-control-allow-origin')
      reply.header('cache-control', 'no-store')
    })

    app.get(PATHS.signInWindow, { schema: { hide: true, querystring: OpenSchema }, config }, async (request, reply) => {
      const { origin, challenge } = request.query
      const { address, state, browser } = await deps.openedx.openWindow(origin, challenge)
      reply.setCookie(cookieOf(state), browser, { ...COOKIE, maxAge: WINDOW_LIFE / 1000 })
      return reply.header('referrer-policy', 'no-referrer').redirect(address, 302)
    })
    app.get(
      '/openedx/signed-in',
      { schema: { hide: true, querystring: BackSchema }, config },
      async (request, reply) => {
        const { state, code, error } = request.query
        const name = cookieOf(state)
        const browser = request.cookies[name]
        if (browser !== undefined) reply.clearCookie(name, COOKIE)
        if (error !== undefined) request.log.info({ error }, 'the LMS signed nobody in')
        const signedIn = await deps.openedx.closeWindow(state, browser, code)
        return send(reply, signedInPage(frameFor(request, deps), signedIn))
      },
    )
  }
}

/** `lax`: the LMS leads the browser back from another site, by a link. */
const COOKIE = { path: '/', secure: true, httpOnly: true, sameSite: 'lax' } as const

/** One for each window, so that two that are open at once do not meet. */
function cookieOf(state: string): string {
  return `__Host-openedx-${hashSecret(state).slice(0, 22)}`
}

function frameFor(request: FastifyRequest, { config: { publicUrl } }: AppDeps): PageFrame {
  return { publicUrl, language: languageOf(request.headers['accept-language']) }
}

function send(reply: FastifyReply, html: string): FastifyReply {
  const policy = ["default-src 'none'", "script-src 'self'", `style-src ${hashSource(PAGE_STYLE)}`, 'img-src data:']
  return reply
    .type('text/html; charset=utf-8')
    .header(
      'content-security-policy',
      [...policy, "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"].join('; '),
    )
    .header('referrer-policy', 'no-referrer')
    .send(html)
}

function sendTrouble(error: FastifyError | LabError, request: FastifyRequest, reply: FastifyReply, deps: AppDeps) {
  const { problem } = logged(error, request, 'sign-in window')
  return send(reply.code(PROBLEMS[problem.code].http), windowProblemPage(frameFor(request, deps), problem))
}
