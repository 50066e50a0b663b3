/** Launches that must not be: one thing wrong in each, everything else by the book, against a real platform's keys. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import type { Trust } from '../../../src/config/config.js'
import { freePort } from '../../support/free-port.js'
import { LTI, launchClaims, MEMBERSHIP, Platform } from './platform.js'
import { lab, startTool, Visitor } from './tool.js'

const SECONDS = (): number => Math.floor(Date.now() / 1000)

let platform: Platform
let other: Platform
let tool: Awaited<ReturnType<typeof startTool>>
let stranger: JWK
let elliptic: JWK

before(async () => {
  const [port, own, others] = [await freePort(), await freePort(), await freePort()]
  const publicUrl = `http://127.0.0.1:${port}`
  platform = await Platform.start({ port: own, clientId: 'tool-7', publicUrl })
  other = await Platform.start({ port: others, clientId: 'tool-of-another', publicUrl })
  const { issuer, client } = platform
  const lti = { type: 'lti', courseBy: 'id' } as const
  const trust: Trust[] = [
    { ...lti, issuer, client },
    // One issuer, another client with keys of its own, as each unit of an Open edX has.
    { ...lti, issuer, client: { ...client, clientId: 'tool-8', jwksUrl: other.client.jwksUrl } },
    { ...lti, issuer: other.issuer, client: other.client, labs: ['scratch'] },
  ]
  tool = await startTool({ port, trust, labs: [lab('ceph-101', ['course-v1:acme+CEPH+2026']), lab('scratch')] })
  const pair = async (alg: string) => exportJWK((await generateKeyPair(alg, { extractable: true })).privateKey)
  stranger = await pair('RS256')
  elliptic = await pair('ES256')
})
after(async () => {
  await tool?.close()
  await platform?.stop()
  await other?.stop()
})

const loginParameters = (): Record<string, string> => ({
  iss: platform.issuer,
  client_id: 'tool-7',
  login_hint: 'ada',
  target_link_uri: `${tool.publicUrl}/lti/launch`,
})

interface Begun {
  readonly visitor: Visitor
  readonly state: string
  readonly nonce: string
}

async function begin(change: Record<string, string> = {}): Promise<Begun> {
  const visitor = new Visitor()
  const query = new URLSearchParams({ ...loginParameters(), ...change })
  const answer = await visitor.go(`${tool.publicUrl}/lti/login?${query}`)
  const location = new URL(answer.headers.get('location') ?? assert.fail(await answer.text()))
  const [state, nonce] = [location.searchParams.get('state'), location.searchParams.get('nonce')]
  return { visitor, state: state ?? '', nonce: nonce ?? '' }
}

type Claims = Record<string, unknown>

function okay(nonce: string): Claims {
  const claims = launchClaims(tool.publicUrl)
  return { ...claims, iss: platform.issuer, aud: 'tool-7', sub: 'ada', iat: SECONDS(), exp: SECONDS() + 300, nonce }
}

async function send({ visitor, state }: Begun, idToken: string): Promise<{ status: number; html: string }> {
  const answer = await visitor.go(`${tool.publicUrl}/lti/launch`, { state, id_token: idToken })
  return { status: answer.status, html: await answer.text() }
}

async function refused(answer: Promise<{ status: number; html: string }>, status: number, code: string): Promise<void> {
  const { status: given, html } = await answer
  assert.equal(given, status, html)
  assert.ok(html.includes(`(${code})`), html)
  assert.doesNotMatch(html, /data-code|ada|course-v1/i)
}

it('the launch that all others differ from is taken', async () => {
  const begun = await begin()
  const { status, html } = await send(begun, await platform.sign(okay(begun.nonce)))
  assert.equal(status, 200, html)
  assert.match(html, /data-code="[A-Za-z0-9_-]{43}"/)
})

describe('also by the book', () => {
  const rows: [what: string, change: Claims, header?: Claims][] = [
    ['several audiences, this tool the authorised party', { aud: ['x', 'tool-7'], azp: 'tool-7' }],
    ['a list of one audience', { aud: ['tool-7'] }],
    ['a clock that is a minute behind', { iat: SECONDS() - 340, exp: SECONDS() - 40 }],
    ['a clock that is a minute ahead', { iat: SECONDS() + 45 }],
    ['no key named', {}, { kid: undefined }],
    ['no name', { name: undefined }],
    ['unknown roles beside the known', { [`${LTI}roles`]: ['x', 7, `${MEMBERSHIP}#Learner`] }],
  ]
  for (const [what, change, header] of rows) {
    it(what, async () => {
      const begun = await begin()
      const { status, html } = await send(begun, await platform.sign({ ...okay(begun.nonce), ...change }, header))
      assert.equal(status, 200, html)
    })
  }
})

const claim = (name: string, value?: unknown): Claims => ({ [LTI + name]: value })
const REFUSED_CLAIMS: [what: string, change: () => Claims, status?: number, code?: string][] = [
  ['an unknown issuer', () => ({ iss: 'https://evil.example' })],
  ['the issuer of another registration', () => ({ iss: other.issuer })],
  ['no issuer', () => ({ iss: undefined })],
  ['another audience', () => ({ aud: 'tool-8' })],
  ['no audience', () => ({ aud: undefined })],
  ['several audiences and no authorised party', () => ({ aud: ['tool-7', 'x'] })],
  ['several audiences and another authorised party', () => ({ aud: ['tool-7', 'x'], azp: 'x' })],
  ['another authorised party', () => ({ azp: 'tool-8' })],
  ['an end that is past', () => ({ iat: SECONDS() - 200, exp: SECONDS() - 90 }), 401, 'auth/token-expired'],
  ['no end', () => ({ exp: undefined })],
  ['an end that is no time', () => ({ exp: 'tomorrow' })],
  ['no time of issue', () => ({ iat: undefined })],
  ['a time of issue long ago', () => ({ iat: SECONDS() - 600 }), 401, 'auth/token-expired'],
  ['a time of issue in the future', () => ({ iat: SECONDS() + 600, exp: SECONDS() + 900 })],
  ['a time of issue that is no time', () => ({ iat: 'now' })],
  ['no nonce', () => ({ nonce: undefined })],
  ['a nonce of its own', () => ({ nonce: 'x'.repeat(43) })],
  ['a nonce that is a list', () => ({ nonce: ['x'] })],
  ['nobody: no subject', () => ({ sub: undefined })],
  ['an empty subject', () => ({ sub: '' })],
  ['a subject that is a number', () => ({ sub: 7 })],
  ['a subject without end', () => ({ sub: 'a'.repeat(256) })],
  ['no version', () => claim('version')],
  ['an older version', () => claim('version', '1.1.0')],
  ['a version that is like it', () => claim('version', '1.3')],
  ['no message type', () => claim('message_type')],
  ['another message type', () => claim('message_type', 'LtiStartProctoring')],
  ['a message type of other case', () => claim('message_type', 'ltiresourcelinkrequest')],
  ['no deployment', () => claim('deployment_id')],
  ['an unknown deployment', () => claim('deployment_id', '2')],
  ['a deployment that is a number', () => claim('deployment_id', 1)],
  ['no target', () => claim('target_link_uri')],
  ['another target', () => claim('target_link_uri', 'https://evil.example/')],
  ['a target with something behind it', () => claim('target_link_uri', `${tool.publicUrl}/lti/launch?x`)],
  ['no resource link', () => claim('resource_link')],
  ['a resource link without id', () => claim('resource_link', { title: 'x' })],
  ['no roles', () => claim('roles')],
  ['roles that are text', () => claim('roles', `${MEMBERSHIP}#Instructor`)],
  ['roles without end', () => claim('roles', Array(300).fill(`${MEMBERSHIP}#Learner`))],
  ['no custom claims', () => claim('custom')],
  ['no lab', () => claim('custom', { other: 'x' })],
  ['a lab that is a list', () => claim('custom', { lab: ['ceph-101'] })],
  ['a lab that is not there', () => claim('custom', { lab: 'nothing' }), 404, 'lab/unknown'],
  ['no course, for a lab that has some', () => claim('context'), 403, 'auth/forbidden'],
  ['another course', () => claim('context', { id: 'x', label: 'course-v1:acme+CEPH+2026' }), 403, 'auth/forbidden'],
]

describe('claims that are refused', () => {
  for (const [what, change, status = 401, code = 'auth/token-invalid'] of REFUSED_CLAIMS) {
    it(what, async () => {
      const begun = await begin()
      const token = await platform.sign({ ...okay(begun.nonce), ...change() })
      await refused(send(begun, token), status, code)
    })
  }
})

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const SIGNATURES: [what: string, sign: (claims: Claims) => string | Promise<string>][] = [
  ['none at all', (claims) => `${part({ alg: 'none', typ: 'JWT' })}.${part(claims)}.`],
  ['none, by another writing', (claims) => `${part({ alg: 'nOnE' })}.${part(claims)}.`],
  ['HS256 with the public key as the secret', hmacWithPublicKey],
  ['HS256 with the client id as the secret', (claims) => hmac(claims, 'tool-7')],
  ['a key of nobody', (claims) => platform.sign(claims, {}, stranger)],
  ['a key of nobody, brought along', (claims) => platform.sign(claims, { jwk: publicHalf(stranger) }, stranger)],
  ['a key at an address that it names', (claims) => platform.sign(claims, { jku: 'https://evil.example' }, stranger)],
  ['the key of another registration', (claims) => other.sign(claims)],
  ['a key that is not published', (claims) => platform.sign(claims, { kid: 'nothing' })],
  ['RS384', (claims) => platform.sign(claims, { alg: 'RS384' })],
  ['PS256', (claims) => platform.sign(claims, { alg: 'PS256' })],
  ['ES256', (claims) => platform.sign(claims, { alg: 'ES256' }, elliptic)],
  ['changed after signing', async (claims) => tampered(await platform.sign(claims), { ...claims, sub: 'grace' })],
  ['a signature cut off', async (claims) => (await platform.sign(claims)).replace(/[^.]+$/, '')],
  ['no token', () => 'ada'],
  ['three dots', () => 'a.b.c'],
  ['far too long, though signed', (claims) => platform.sign({ ...claims, padding: 'x'.repeat(38_000) })],
]

function publicHalf({ kty, n, e }: JWK): Record<string, unknown> {
  return { kty, n, e }
}

async function hmacWithPublicKey(claims: Claims): Promise<string> {
  const { keys } = JSON.parse(await (await fetch(platform.client.jwksUrl)).text())
  return hmac(claims, JSON.stringify(keys[0]))
}

async function hmac(claims: Claims, secret: string): Promise<string> {
  return platform.sign(
    claims,
    { alg: 'HS256' },
    { kty: 'oct', k: Buffer.from(secret.padEnd(32)).toString('base64url') },
  )
}

function tampered(token: string, claims: Claims): string {
  const [header, , signature] = token.split('.')
  return `${header}.${part(claims)}.${signature}`
}

describe('signatures that are refused', () => {
  for (const [what, sign] of SIGNATURES) {
    it(what, async () => {
      const begun = await begin()
      await refused(send(begun, await sign(okay(begun.nonce))), 401, 'auth/token-invalid')
    })
  }
})

describe('answers that belong to another sign-in', () => {
  it('a state that was never given', async () => {
    const begun = await begin()
    const token = await platform.sign(okay(begun.nonce))
    await refused(send({ ...begun, state: 'x'.repeat(43) }, token), 401, 'auth/token-replayed')
  })

  it('the same answer twice', async () => {
    const begun = await begin()
    const cookies = [...begun.visitor.cookies]
    const token = await platform.sign(okay(begun.nonce))
    assert.equal((await send(begun, token)).status, 200)
    for (const [name, value] of cookies) begun.visitor.cookies.set(name, value)
    await refused(send(begun, token), 401, 'auth/token-replayed')
  })

  it('fifty of the same answer at once: one is taken', async () => {
    const begun = await begin()
    const token = await platform.sign(okay(begun.nonce))
    const headers = { cookie: [...begun.visitor.cookies].map((pair) => pair.join('=')).join('; ') }
    const bodies = Array.from({ length: 50 }, async () => {
      const body = new URLSearchParams({ state: begun.state, id_token: token })
      return (await fetch(`${tool.publicUrl}/lti/launch`, { method: 'POST', headers, body })).status
    })
    const statuses = await Promise.all(bodies)
    assert.equal(statuses.filter((status) => status === 200).length, 1)
  })

  it('a state that was given up with an error', async () => {
    const begun = await begin()
    const { visitor, state } = begun
    await visitor.go(`${tool.publicUrl}/lti/launch`, { state, error: 'login_required' })
    await refused(send(begun, await platform.sign(okay(begun.nonce))), 401, 'auth/token-replayed')
  })

  it('a token of one sign-in with the state of another', async () => {
    const [one, two] = [await begin(), await begin()]
    await refused(send(two, await platform.sign(okay(one.nonce))), 401, 'auth/token-invalid')
  })

  it('a refused answer uses the state up', async () => {
    const begun = await begin()
    await refused(send(begun, 'a.b.c'), 401, 'auth/token-invalid')
    await refused(send(begun, await platform.sign(okay(begun.nonce))), 401, 'auth/token-replayed')
  })

  it('an answer after ten minutes', async () => {
    const begun = await begin()
    tool.clock.ahead = 601_000
    const late = { iat: SECONDS() + 601, exp: SECONDS() + 900 }
    const answer = send(begun, await platform.sign({ ...okay(begun.nonce), ...late }))
    await refused(answer, 401, 'auth/token-replayed')
    tool.clock.ahead = 0
  })

  it('a sign-in begun with one registration, answered by another of the same issuer', async () => {
    const begun = await begin({ client_id: 'tool-8' })
    await refused(send(begun, await platform.sign(okay(begun.nonce))), 401, 'auth/token-invalid')
    const again = await begin({ client_id: 'tool-8' })
    const token = await platform.sign({ ...okay(again.nonce), aud: 'tool-8' })
    await refused(send(again, token), 401, 'auth/token-invalid')
    const right = await begin({ client_id: 'tool-8' })
    const own = await other.sign({ ...okay(right.nonce), aud: 'tool-8' })
    assert.equal((await send(right, own)).status, 200)
  })

  it('a sign-in begun with one issuer, answered by another', async () => {
    const begun = await begin()
    const claims = { ...okay(begun.nonce), iss: other.issuer, aud: 'tool-of-another' }
    await refused(send(begun, await other.sign(claims)), 401, 'auth/token-invalid')
  })

  it('a deployment other than the sign-in named', async () => {
    await refused(
      begin({ lti_deployment_id: '1' }).then(async (begun) =>
        send(begun, await platform.sign({ ...okay(begun.nonce), ...claim('deployment_id', '9') })),
      ),
      401,
      'auth/token-invalid',
    )
  })

  it('a lab that the registration may not open', async () => {
    const begun = await begin({ iss: other.issuer, client_id: 'tool-of-another' })
    const claims = { ...okay(begun.nonce), iss: other.issuer, aud: 'tool-of-another' }
    await refused(send(begun, await other.sign(claims)), 403, 'auth/forbidden')
  })
})

describe('another browser', () => {
  /** Nothing is opened; the way on is a sign-in of its own. */
  async function kept(begun: Begun): Promise<void> {
    const { html } = await send(begun, await platform.sign(okay(begun.nonce)))
    assert.doesNotMatch(html, /data-code/)
    assert.match(html, /action="[^"]*\/lti\/login" target="_blank"/)
  }

  it('brings the state and the token without the cookie', async () => {
    const begun = await begin()
    await kept({ ...begun, visitor: new Visitor() })
  })

  it('brings them with the cookie of a sign-in of its own', async () => {
    const [victim, thief] = [await begin(), await begin()]
    await kept({ ...victim, visitor: thief.visitor })
    const again = await begin()
    const [name] = again.visitor.cookies.keys()
    const [value] = thief.visitor.cookies.values()
    again.visitor.cookies.set(name ?? '', value ?? '')
    await kept(again)
  })
})

describe('sign-ins that are not begun', () => {
  const rows: [what: string, change: () => Record<string, string>, status: number, code: string][] = [
    ['by an unknown issuer', () => ({ iss: 'https://evil.example' }), 401, 'auth/issuer-untrusted'],
    ['for an unknown client', () => ({ client_id: 'tool-9' }), 401, 'auth/issuer-untrusted'],
    ['for the client of another issuer', () => ({ client_id: 'tool-of-another' }), 401, 'auth/issuer-untrusted'],
    ['for no client where there are two', () => ({ client_id: '' }), 400, 'request/invalid'],
    ['for a page of somebody else', () => ({ target_link_uri: 'https://evil.example/' }), 401, 'auth/token-invalid'],
    ['for another page of ours', () => ({ target_link_uri: `${tool.publicUrl}/` }), 401, 'auth/token-invalid'],
    [
      'for a user in the address',
      () => ({ target_link_uri: `${tool.publicUrl}@evil.example/lti/launch` }),
      401,
      'auth/token-invalid',
    ],
    ['for an unknown deployment', () => ({ lti_deployment_id: '2' }), 401, 'auth/token-invalid'],
    ['for nobody', () => ({ login_hint: '' }), 400, 'request/invalid'],
    ['with a storage that is a script', () => ({ lti_storage_target: '"><script>' }), 400, 'request/invalid'],
  ]
  for (const [what, change, status, code] of rows) {
    it(what, async () => {
      const query = new URLSearchParams({ ...loginParameters(), ...change() })
      const answer = await new Visitor().go(`${tool.publicUrl}/lti/login?${query}`)
      assert.equal(answer.headers.get('location'), null)
      await refused(Promise.resolve({ status: answer.status, html: await answer.text() }), status, code)
    })
  }

  for (const name of ['iss', 'login_hint', 'target_link_uri']) {
    it(`without ${name}, or with two`, async () => {
      const query = new URLSearchParams(loginParameters())
      query.append(name, 'https://evil.example')
      assert.equal((await new Visitor().go(`${tool.publicUrl}/lti/login?${query}`)).status, 400)
      query.delete(name)
      assert.equal((await new Visitor().go(`${tool.publicUrl}/lti/login?${query}`)).status, 400)
    })
  }

  it('without a client, where the issuer has two', async () => {
    const { client_id: _client, ...rest } = loginParameters()
    const answer = await new Visitor().go(`${tool.publicUrl}/lti/login?${new URLSearchParams(rest)}`)
    assert.equal(answer.status, 401)
  })

  it('under another name of this service (DNS rebinding)', async () => {
    const { statusCode } = await tool.app.inject({ url: '/lti/login', headers: { host: 'evil.example' } })
    assert.equal(statusCode, 421)
  })
})
