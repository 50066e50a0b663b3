/**
 * oidc-provider as the OAuth 2 of an Open edX: PKCE, exact redirects, client secrets, codes, refresh and RS512 tokens are
 * its own. Ours is what a token of Open edX says, and who is signed in there.
 */
import { calculateJwkThumbprint, type JSONWebKeySet } from 'jose'
import Provider, { type Configuration, type KoaContextWithOIDC } from 'oidc-provider'
import type { FakeOpenedx } from './openedx.js'

export const CLIENT = { id: 'lab-terminal', secret: 'of the operator' } as const
const SCOPE = 'user_id profile email'
const RESOURCE = 'urn:openedx'

export interface OpenedxOauthOptions {
  readonly redirect: string
  /** Seconds that each token lives; after that an hour. */
  readonly lives?: readonly number[]
}

/** What came to the addresses of OAuth 2, in order: of tokens the form, of authorisations the query. */
export interface SeenOauth {
  readonly authorize: URLSearchParams[]
  readonly granted: string[]
}

/** The keys of the LMS; this server names the one it signs with, as an Open edX does with `JWT_AUTH_ADD_KID_HEADER`. */
export async function jwksOfOauth({ jwks, secretJwk }: FakeOpenedx): Promise<JSONWebKeySet> {
  const kid = await calculateJwkThumbprint(secretJwk)
  return { keys: jwks.keys.map((key) => (key.n === secretJwk.n ? { ...key, kid } : key)) }
}

export function serveOauth(lms: FakeOpenedx, { redirect, lives = [] }: OpenedxOauthOptions): SeenOauth {
  const seen: SeenOauth = { authorize: [], granted: [] }
  const provider = new Provider(
    lms.issuer,
    configuration(lms, redirect, () => lives[seen.granted.length] ?? 3600),
  )
  provider.on('grant.success', (ctx) => seen.granted.push(String(ctx.oidc.params?.['grant_type'])))
  Reflect.set(provider.Session, 'get', async (ctx: KoaContextWithOIDC) => {
    const session = new provider.Session()
    const { signedIn } = lms
    if (signedIn) Object.assign(session, { accountId: String(signedIn.id), loginTs: Math.floor(Date.now() / 1000) })
    if (ctx.path === '/oauth2/authorize') seen.authorize.push(new URLSearchParams(ctx.querystring))
    return session
  })
  const serve = provider.callback()
  lms.oauth = (request, response) => {
    // Open edX's addresses end with a slash.
    request.url = request.url?.replace(/\/(?=\?|$)/, '') ?? '/'
    return serve(request, response)
  }
  return seen
}

function configuration(lms: FakeOpenedx, redirect: string, life: () => number): Configuration {
  return {
    clients: [
      {
        client_id: CLIENT.id,
        client_secret: CLIENT.secret,
        redirect_uris: [redirect],
        response_types: ['code'],
        grant_types: ['authorization_code', 'refresh_token'],
        token_endpoint_auth_method: 'client_secret_post',
        scope: SCOPE,
      },
    ],
    jwks: { keys: [{ ...lms.secretJwk, kty: 'RSA', use: 'sig' }] },
    cookies: { keys: ['of a test'] },
    pkce: { required: () => true },
    scopes: SCOPE.split(' '),
    routes: { authorization: '/oauth2/authorize', token: '/oauth2/access_token' },
    issueRefreshToken: async () => true,
    rotateRefreshToken: true,
    findAccount: (_ctx, accountId) => ({ accountId, claims: async () => ({ sub: accountId }) }),
    extraTokenClaims: async (_ctx, token) => {
      const user = 'accountId' in token ? lms.users.get(Number(token.accountId)) : undefined
      if (user === undefined) throw new Error('nobody of this LMS')
      const { aud: _aud, exp: _exp, iat: _iat, iss: _iss, sub: _sub, ...claims } = lms.claims(user)
      return Object(claims)
    },
    loadExistingGrant: async (ctx) => {
      const { client, session } = ctx.oidc
      const grant = new ctx.oidc.provider.Grant({
        ...(client && { clientId: client.clientId }),
        ...(session?.accountId && { accountId: session.accountId }),
      })
      grant.addOIDCScope(SCOPE)
      grant.addResourceScope(RESOURCE, SCOPE)
      await grant.save()
      return grant
    },
    features: {
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => RESOURCE,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          ...{ scope: SCOPE, audience: 'openedx', accessTokenFormat: 'jwt' as const },
          accessTokenTTL: life(),
          jwt: { sign: { alg: 'RS512' as const } },
        }),
      },
    },
    // A person who is not signed in sees its form, here a page that says so.
    interactions: { url: () => '/sign-in' },
  }
}
