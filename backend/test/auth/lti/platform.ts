/**
 * oidc-provider as a real LTI platform: its own signatures, keys, form posts, client assertions and registration.
 * Ours are only what makes it an LMS: what a launch says, a person who is always signed in, and a gradebook.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { exportJWK, generateKeyPair, importJWK, type JWK, type JWTPayload, SignJWT } from 'jose'
import Provider, { type Configuration, type KoaContextWithOIDC } from 'oidc-provider'

type Context = Parameters<Parameters<Provider['use']>[0]>[0]

import type { LtiClient } from '../../../src/config/config.js'

export const LTI = 'https://purl.imsglobal.org/spec/lti/claim/'
export const DEEP_LINK = 'https://purl.imsglobal.org/spec/lti-dl/claim/'
export const AGS = 'https://purl.imsglobal.org/spec/lti-ags/claim/endpoint'
export const SCORE = 'https://purl.imsglobal.org/spec/lti-ags/scope/score'
export const TOOL = 'https://purl.imsglobal.org/spec/lti-tool-configuration'
export const MEMBERSHIP = 'http://purl.imsglobal.org/vocab/lis/v2/membership'
export const REGISTRATION_TOKEN = 'of-an-administrator'

const CLAIMS = [
  ...['deployment_id', 'message_type', 'version', 'target_link_uri', 'resource_link', 'roles', 'context', 'custom'],
  'launch_presentation',
].map((name) => LTI + name)

export interface ReceivedScore {
  readonly path: string
  readonly type: string | undefined
  readonly body: Record<string, unknown>
}

export interface PlatformOptions {
  readonly port: number
  /** Default 127.0.0.1. */
  readonly host?: string
  readonly clientId: string
  /** Of the tool. */
  readonly publicUrl: string
  /** Pages and scripts of the LMS around it. */
  readonly pages?: (path: string, query: URLSearchParams) => string | undefined
}

export class Platform {
  readonly issuer: string
  readonly scores: ReceivedScore[] = []
  /** Answers of the gradebook before it takes a score. */
  readonly gradebookAnswers: number[] = []
  readonly client: LtiClient
  /** What the next launches of a person say, by login hint. */
  readonly launches = new Map<string, Record<string, unknown>>()
  /** What came with the last sign-in, as it came. */
  lastQuery: URLSearchParams | undefined
  readonly #options: PlatformOptions
  readonly #secret: JWK
  readonly #server = createServer()
  readonly #provider: Provider

  private constructor(options: PlatformOptions, secret: JWK) {
    const { host = '127.0.0.1', port, clientId } = options
    this.issuer = `http://${host}:${port}`
    this.#options = options
    this.#secret = secret
    this.client = {
      ...{ clientId, deploymentIds: ['1'], authUrl: `${this.issuer}/auth` },
      ...{ tokenUrl: `${this.issuer}/token`, jwksUrl: `${this.issuer}/jwks` },
    }
    this.#provider = this.#makeProvider()
  }

  static async start(options: PlatformOptions): Promise<Platform> {
    const { privateKey } = await generateKeyPair('RS256', { extractable: true })
    const secret = { ...(await exportJWK(privateKey)), kid: 'platform', alg: 'RS256', use: 'sig' }
    const platform = new Platform(options, secret)
    platform.#server.on('request', platform.#provider.callback())
    platform.#server.listen(options.port, '127.0.0.1')
    await once(platform.#server, 'listening')
    return platform
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  /** A token as this platform signs it, of claims it would never send; other keys and algorithms for the worst ones. */
  async sign(claims: JWTPayload, header: Record<string, unknown> = {}, secret: JWK = this.#secret): Promise<string> {
    const alg = typeof header['alg'] === 'string' ? header['alg'] : 'RS256'
    return new SignJWT(claims)
      .setProtectedHeader({ kid: 'platform', ...header, alg })
      .sign(await importJWK(secret, alg))
  }

  #makeProvider(): Provider {
    const { clientId, publicUrl } = this.#options
    const provider = new Provider(this.issuer, this.#configuration(clientId, publicUrl))
    allowHttp(provider)
    // Whoever has something to launch is signed in already, as the person the hint names; nobody else is.
    Reflect.set(provider.Session, 'get', async (ctx: KoaContextWithOIDC) => {
      this.lastQuery = new URL(ctx.req.url ?? '', this.issuer).searchParams
      const session = new provider.Session()
      const hint = ctx.query['login_hint']
      if (typeof hint === 'string' && this.launches.has(hint)) {
        Object.assign(session, { accountId: hint, loginTs: Math.floor(Date.now() / 1000) })
      }
      return session
    })
    provider.use(async (ctx, next) => {
      const page = this.#options.pages?.(ctx.path, new URLSearchParams(ctx.querystring))
      if (page !== undefined) Object.assign(ctx, { type: 'html', body: page })
      else if (ctx.path.endsWith('/scores')) await this.#takeScore(provider, ctx)
      else await next()
    })
    return provider
  }

  #configuration(clientId: string, publicUrl: string): Configuration {
    return {
      clients: [
        {
          client_id: clientId,
          response_types: ['id_token'],
          grant_types: ['implicit', 'client_credentials'],
          redirect_uris: [`${publicUrl}/lti/launch`],
          token_endpoint_auth_method: 'private_key_jwt',
          jwks_uri: `${publicUrl}/lti/jwks`,
          scope: `openid ${SCORE}`,
        },
      ],
      jwks: { keys: [{ ...this.#secret, kty: 'RSA' }] },
      cookies: { keys: ['of a test'] },
      // Its own guard lets it fetch nothing from this machine.
      fetch: (url, { headers, signal } = {}) =>
        fetch(onThisMachine(url), { headers: headers ?? {}, signal: signal ?? null }),
      conformIdTokenClaims: false,
      scopes: ['openid', SCORE],
      responseTypes: ['id_token'],
      claims: { openid: ['sub', 'name', AGS, `${DEEP_LINK}deep_linking_settings`, ...CLAIMS] },
      extraParams: ['lti_message_hint'],
      features: {
        devInteractions: { enabled: false },
        clientCredentials: { enabled: true },
        registration: { enabled: true, initialAccessToken: REGISTRATION_TOKEN },
      },
      extraClientMetadata: {
        properties: [TOOL],
        // An LMS deploys the tool at once, and lets it sign in without being asked.
        validator: (_ctx, _key, value, metadata) => {
          if (typeof value !== 'object' || value === null) return
          Object.assign(value, { deployment_id: 'made-for-you' })
          Object.assign(metadata, { scope: `openid ${metadata.scope}` })
        },
      },
      findAccount: (_ctx, accountId) => ({
        accountId,
        claims: async () => ({ sub: accountId, ...this.launches.get(accountId) }),
      }),
      loadExistingGrant: async (ctx) => {
        const { client, session } = ctx.oidc
        const grant = new ctx.oidc.provider.Grant({
          ...(client && { clientId: client.clientId }),
          ...(session?.accountId && { accountId: session.accountId }),
        })
        grant.addOIDCScope('openid')
        await grant.save()
        return grant
      },
    }
  }

  async #takeScore(provider: Provider, ctx: Context): Promise<void> {
    const token = await provider.ClientCredentials.find(ctx.get('authorization').replace(/^Bearer /, ''))
    const chunks: Buffer[] = []
    for await (const chunk of ctx.req) chunks.push(chunk)
    const prepared = this.gradebookAnswers.shift()
    ctx.status = prepared ?? (token?.scope?.split(' ').includes(SCORE) ? 200 : 401)
    if (ctx.status !== 200) return
    const body: Record<string, unknown> = JSON.parse(Buffer.concat(chunks).toString())
    this.scores.push({ path: ctx.url, type: ctx.get('content-type'), body })
    ctx.body = 'OK'
  }
}

/** Browsers alone know the names under `localhost`. */
function onThisMachine(address: string | URL | Request): URL {
  const url = new URL(address instanceof Request ? address.url : address)
  if (url.hostname.endsWith('.localhost')) url.hostname = '127.0.0.1'
  return url
}

/** As oidc-provider's documentation does for http on the own machine. */
function allowHttp(provider: Provider): void {
  const schema: unknown = Reflect.get(provider.Client, 'Schema')
  if (typeof schema !== 'function') throw new Error('oidc-provider has no Client.Schema any more')
  const { invalidate } = schema.prototype
  schema.prototype.invalidate = function (message: string, code: string) {
    const allowed = ['implicit-force-https', 'implicit-forbid-localhost'].includes(code)
    if (!allowed && message !== 'initiate_login_uri must be a https uri') invalidate.call(this, message, code)
  }
}

/** The claims of a launch by the book; what a test needs else goes on top. */
export function launchClaims(publicUrl: string, change: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    name: 'Ada Lovelace',
    [`${LTI}version`]: '1.3.0',
    [`${LTI}message_type`]: 'LtiResourceLinkRequest',
    [`${LTI}deployment_id`]: '1',
    [`${LTI}target_link_uri`]: `${publicUrl}/lti/launch`,
    [`${LTI}resource_link`]: { id: 'unit-7', title: 'A lab' },
    [`${LTI}roles`]: [`${MEMBERSHIP}#Learner`],
    [`${LTI}context`]: { id: 'course-v1:acme+CEPH+2026', label: 'CEPH' },
    [`${LTI}custom`]: { lab: 'ceph-101' },
    [`${LTI}launch_presentation`]: { locale: 'de-DE', document_target: 'iframe' },
    ...change,
  }
}
