import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { LabError } from '../../../src/wire/problems.js'
import { createIssuer, type Issuer } from '../auth/issuer.js'
import type { Config, JwtTrust } from '../config/config.js'
import { isOwnPeer } from './peer.js'

/** The demo course's pages and where its tokens come from. */
const COURSE = 'course-v1:demo+LABS+1'
const COOKIE = 'lab-demo-learner'
const YEAR_SECONDS = 365 * 24 * 3600

/**
 * The demo is a small LMS of its own on the same port: it serves a course, knows its visitors by a cookie, and signs
 * them in by the same door as every LMS, with tokens of its own issuer. It hands out shells on this machine, so it
 * serves its own pages only, and only the user who runs it.
 */
export class Demo {
  readonly #issuer: Issuer
  readonly #course: string
  readonly #publicUrl: string

  private constructor(issuer: Issuer, course: string, publicUrl: string) {
    this.#issuer = issuer
    this.#course = course
    this.#publicUrl = publicUrl
  }

  static async open(config: Config, course: string): Promise<Demo> {
    const issuer = await createIssuer({ issuer: `${config.publicUrl}/demo`, audience: config.publicUrl })
    return new Demo(issuer, course, config.publicUrl)
  }

  /** What the configuration must trust for the demo to work. */
  get trust(): JwtTrust {
    const { issuer, audience, jwks } = this.#issuer
    return { type: 'jwt', issuer, audience, keys: { jwks } }
  }

  async routes(app: FastifyInstance): Promise<void> {
    await app.register(fastifyStatic, {
      root: this.#course,
      prefix: '/course/',
      index: false,
      decorateReply: false,
      allowedPath: (path) => /\.(css|js|svg|png)$/.test(path),
    })
    for (const page of ['/', '/unit-1', '/unit-2']) {
      app.get(page, { schema: { hide: true } }, async (request, reply) => this.#page(page, request, reply))
    }
    app.post('/demo/token', { schema: { hide: true } }, async (request, reply) => this.#token(request, reply))
  }

  async #page(page: string, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const file = page === '/' ? 'unit-1.html' : `${page.slice(1)}.html`
    const backend = otherName(request.headers.host ?? new URL(this.#publicUrl).host)
    const html = (await readFile(join(this.#course, file), 'utf8')).replaceAll('{{backend}}', backend)
    return reply
      .type('text/html; charset=utf-8')
      .header('cache-control', 'no-store')
      .header('content-security-policy', contentSecurityPolicy(backend))
      .send(html)
  }

  async #token(request: FastifyRequest, reply: FastifyReply): Promise<{ token: string }> {
    const own = `http://${request.headers.host}`
    const site = request.headers['sec-fetch-site']
    if (request.headers.origin !== own || (site !== undefined && site !== 'same-origin')) {
      throw new LabError('auth/origin-refused')
    }
    if (!(await isOwnPeer(request.raw.socket))) {
      throw new LabError('auth/forbidden', { detail: 'The demo was started by another user of this machine.' })
    }
    const known = learnerOf(request.headers.cookie)
    const learner = known ?? randomUUID()
    if (known === undefined) {
      reply.header('set-cookie', `${COOKIE}=${learner}; HttpOnly; SameSite=Strict; Path=/demo; Max-Age=${YEAR_SECONDS}`)
    }
    reply.header('cache-control', 'no-store')
    return {
      token: await this.#issuer.mint({ sub: learner, name: 'Demo learner', context: COURSE, roles: ['learner'] }),
    }
  }
}

/** The page calls the service by its other name, so that it is another origin and CORS is as real as with an LMS. */
export function otherName(host: string): string {
  const url = new URL(`http://${host}`)
  url.hostname = url.hostname === 'localhost' ? '127.0.0.1' : 'localhost'
  return url.origin
}

function learnerOf(cookies: string | undefined): string | undefined {
  return new RegExp(`(?:^|;\\s*)${COOKIE}=([0-9a-f-]{36})(?:;|$)`).exec(cookies ?? '')?.[1]
}

/** As strict as a course page can be: its own files, the element's script, and the calls the element makes. */
function contentSecurityPolicy(backend: string): string {
  const socket = backend.replace(/^http/, 'ws')
  return [
    "default-src 'none'",
    `script-src 'self' ${backend}`,
    "style-src 'self'",
    "img-src 'self' data:",
    `connect-src 'self' ${backend} ${socket}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}
