/** `/lti/…`: what platforms and the frames they open speak (LTI 1.3). Pages, not JSON: people see the answers. */
import cookie from '@fastify/cookie'
import formbody from '@fastify/formbody'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { LabError, PROBLEMS } from '../../../src/wire/problems.js'
import { type LaunchResult, LOGIN_LIFE, type LoginParameters } from '../auth/lti/launches.js'
import type { Registration } from '../auth/lti/ports.js'
import { hashSecret } from '../auth/secret.js'
import type { AppDeps } from './deps.js'
import { hashSource, LAB_STYLE, PAGE_STYLE } from './page-style.js'
import { type Language, languageOf } from './page-words.js'
import { logged } from './problem.js'
import * as pages from './service-pages.js'

const text = (maxLength: number) => Type.String({ minLength: 1, maxLength })
const optional = Type.Optional
const HINT = 8192

/** More may come along: platforms add parameters of their own. */
const LoginSchema = Type.Object({
  iss: text(255),
  login_hint: text(HINT),
  target_link_uri: text(2048),
  client_id: optional(text(255)),
  lti_message_hint: optional(Type.String({ maxLength: HINT })),
  lti_deployment_id: optional(text(255)),
  deployment_id: optional(text(255)),
  lti_storage_target: optional(Type.String({ pattern: '^[A-Za-z0-9_.:-]{1,100}$' })),
})
const Secret = Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' })
const LaunchSchema = Type.Object({
  state: text(100),
  id_token: optional(text(60_000)),
  error: optional(text(1000)),
})
const ProveSchema = Type.Object({ handle: Secret, browser: optional(Type.String({ maxLength: 100 })) })
const ChoiceSchema = Type.Object({
  handle: Secret,
  lab: optional(Type.Union([text(200), Type.Array(text(200), { maxItems: 256 })])),
  graded: optional(Type.Literal('yes')),
  cancel: optional(Type.Literal('yes')),
})
const RegisterSchema = Type.Object({ openid_configuration: text(2048), registration_token: optional(text(HINT)) })
const KeySchema = Type.Object({ key: text(200) })

/** A class of hundreds sits behind one address: this stops floods, not lessons. */
const rateLimit = { max: 1200, timeWindow: 60_000 }

export function ltiRoutes(deps: AppDeps): FastifyPluginAsyncTypebox {
  return async (app) => {
    if (!deps.config.trust.some(({ type }) => type === 'lti')) return
    const { launches, keys, selfRegistration } = deps.lti
    await app.register(cookie)
    await app.register(formbody)
    app.setErrorHandler((error: FastifyError | LabError, request, reply) => sendTrouble(error, request, reply, deps))
    // No script of another page reads an answer; who may call at all is not decided by CORS here.
    app.addHook('onSend', async (_request, reply) => {
      for (const name of ['access-control-allow-origin', 'x-frame-options', 'cross-origin-opener-policy']) {
        reply.removeHeader(name)
      }
    })
    const [hide, config] = [true, { rateLimit }]

    app.get('/lti/login', { schema: { hide, querystring: LoginSchema }, config }, async (request, reply) =>
      begin(request.query, request, reply, deps),
    )
    app.post('/lti/login', { schema: { hide, body: LoginSchema }, config }, async (request, reply) =>
      begin(request.body, request, reply, deps),
    )
    app.post('/lti/launch', { schema: { hide, body: LaunchSchema }, config }, async (request, reply) => {
      const { state, id_token: idToken, error } = request.body
      const name = cookieOf(state)
      const browser = request.cookies[name]
      if (browser !== undefined) reply.clearCookie(name, COOKIE)
      if (idToken === undefined) {
        const { login, registration } = await launches.giveUp(state)
        request.log.info({ platform: registration.issuer, error }, 'the platform signed nobody in')
        return sendPage(reply, deps, registration, pages.windowPage(frameFor(deps, request), login), 'any')
      }
      return sendResult(await launches.receive({ state, idToken, browser }), request, reply, deps)
    })
    app.post('/lti/prove', { schema: { hide, body: ProveSchema }, config }, async (request, reply) => {
      refuseOtherSites(request, deps)
      return sendResult(await launches.prove(request.body.handle, request.body.browser), request, reply, deps)
    })
    app.post('/lti/choice', { schema: { hide, body: ChoiceSchema } }, async (request, reply) => {
      refuseOtherSites(request, deps)
      const { handle, lab = [], graded, cancel } = request.body
      const names = cancel === 'yes' ? [] : typeof lab === 'string' ? [lab] : lab
      const chosen = await deps.lti.choose(handle, names, graded === 'yes')
      return sendPage(reply, deps, chosen.registration, pages.chosenPage(frameFor(deps, request), chosen), 'any')
    })
    app.get('/lti/jwks', { schema: { hide } }, async (_request, reply) =>
      reply
        .type('application/jwk-set+json')
        .header('cache-control', 'public, max-age=3600')
        .send(await keys.published()),
    )
    app.get(
      '/lti/register/:key',
      { schema: { hide, params: KeySchema, querystring: RegisterSchema } },
      async (request, reply) => {
        const { openid_configuration: openidConfiguration, registration_token: registrationToken } = request.query
        const { key } = request.params
        const registration = await selfRegistration.register({ key, openidConfiguration, registrationToken })
        request.log.info({ platform: registration.issuer, client: registration.clientId }, 'registered by a platform')
        return sendPage(reply, deps, undefined, pages.registeredPage(frameFor(deps, request)))
      },
    )
  }
}

/** Partitioned: kept apart for each site that holds the frame, which browsers without third-party cookies still allow. */
const COOKIE = { path: '/', secure: true, httpOnly: true, sameSite: 'none', partitioned: true } as const

/** One for each sign-in, so that two that are under way at once do not meet. */
function cookieOf(state: string): string {
  return `__Host-lti-${hashSecret(state).slice(0, 22)}`
}

async function begin(given: LoginParameters, request: FastifyRequest, reply: FastifyReply, deps: AppDeps) {
  const { redirect, state, browser, login, registration } = await deps.lti.launches.begin(given)
  reply.setCookie(cookieOf(state), browser, { ...COOKIE, maxAge: LOGIN_LIFE / 1000 })
  if (login.storageTarget === undefined) {
    return reply.header('cache-control', 'no-store').redirect(redirect, 302)
  }
  const place = placeOf(login.storageTarget, registration, state)
  return sendPage(reply, deps, registration, pages.storePage(frameFor(deps, request), place, browser, redirect))
}

async function sendResult(result: LaunchResult, request: FastifyRequest, reply: FastifyReply, deps: AppDeps) {
  const { registration } = result
  const frame = frameFor(deps, request)
  switch (result.kind) {
    case 'prove': {
      const target = result.login.storageTarget ?? '_parent'
      const place = placeOf(target, registration, result.state)
      return sendPage(reply, deps, registration, pages.provePage(frame, place, result.handle))
    }
    case 'window':
      return sendPage(reply, deps, registration, pages.windowPage(frame, result.login), 'any')
    case 'proved': {
      if (result.launch.kind === 'deep-link') {
        const catalogue = await deps.lti.offer(result.launch)
        return sendPage(reply, deps, registration, pages.choicePage(frameFor(deps, request, catalogue), catalogue))
      }
      const start = await deps.lti.startLab(result.launch)
      return sendPage(reply, deps, registration, pages.labPage(frameFor(deps, request, start), start), 'lab')
    }
    default:
      return result satisfies never
  }
}

function placeOf(target: string, { authUrl }: Registration, state: string): pages.StoragePlace {
  return { target, origin: new URL(authUrl).origin, key: `state_${state}` }
}

function frameFor({ config }: AppDeps, request: FastifyRequest, said: { locale?: string } = {}): pages.PageFrame {
  const language: Language = languageOf(said.locale ?? request.headers['accept-language'])
  return { publicUrl: config.publicUrl, language }
}

/** `any`: its form goes to the platform, by whatever way that sends it; browsers hold each redirect against the policy. */
type PageKind = 'plain' | 'lab' | 'any'

function sendPage(
  reply: FastifyReply,
  deps: AppDeps,
  registration: Registration | undefined,
  html: string,
  kind: PageKind = 'plain',
): FastifyReply {
  return (
    reply
      .type('text/html; charset=utf-8')
      .header('cache-control', 'no-store')
      .header('content-security-policy', policyOf(deps, registration, kind))
      // Our own forms tell us where they come from; the platform learns nothing.
      .header('referrer-policy', 'same-origin')
      .send(html)
  )
}

function policyOf({ config }: AppDeps, registration: Registration | undefined, kind: PageKind): string {
  const { origin } = new URL(config.publicUrl)
  const entries = registration === undefined ? config.trust.filter(({ type }) => type === 'lti') : [registration.trust]
  const holders = new Set(entries.flatMap(({ origins }) => origins ?? config.origins))
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src ${hashSource(kind === 'lab' ? LAB_STYLE : PAGE_STYLE)}`,
    `img-src ${kind === 'lab' ? "'self' " : ''}data:`,
    ...(kind === 'lab' ? [`connect-src 'self' ${origin.replace(/^http/, 'ws')}`] : []),
    ...(kind === 'any' ? [] : [`form-action ${kind === 'lab' ? "'none'" : "'self'"}`]),
    "base-uri 'none'",
    `frame-ancestors 'self' ${[...holders].join(' ')}`,
  ].join('; ')
}

/** A form of another site could bring a handle, if it had one. */
function refuseOtherSites(request: FastifyRequest, { config }: AppDeps): void {
  if (request.headers.origin !== new URL(config.publicUrl).origin) throw new LabError('auth/origin-refused')
}

function sendTrouble(error: FastifyError | LabError, request: FastifyRequest, reply: FastifyReply, deps: AppDeps) {
  const { problem } = logged(error, request, 'launch')
  const html = pages.problemPage(frameFor(deps, request), problem)
  return sendPage(reply.code(PROBLEMS[problem.code].http), deps, undefined, html)
}
