import { expect } from '@open-wc/testing'
import { type TokenWays, tokenSource } from '../../src/session/token.js'
import { LabError } from '../../src/wire/problems.js'

type Fetch = typeof globalThis.fetch

const noFetch: Fetch = () => Promise.reject(new Error('not to be called'))
const WAYS: TokenWays = { lab: 'ceph', course: 'course-v1:acme' }

function get(ways: Partial<TokenWays>, fetch: Fetch = noFetch, signal = new AbortController().signal): Promise<string> {
  return tokenSource(() => ({ ...WAYS, ...ways }), fetch)({ reason: 'start', signal })
}

function codeOf(promise: Promise<string>): Promise<string> {
  return promise.then(
    (token) => `token ${token}`,
    (error: unknown) => (error instanceof LabError ? error.code : String(error)),
  )
}

const ALL = {
  provider: async () => 'of-provider',
  property: 'of-property',
  url: 'https://lms.test/token',
  attribute: 'of-attribute',
  request: async () => 'of-event',
} as const
const answering: (body: BodyInit, status?: number) => Fetch =
  (body, status = 200) =>
  async () =>
    new Response(body, { status })

describe('the token', () => {
  const { provider, property, url, attribute, request } = ALL
  const ORDER: readonly (readonly [Partial<TokenWays>, string])[] = [
    [{ provider, property, url, attribute, request }, 'of-provider'],
    [{ property, url, attribute, request }, 'of-property'],
    [{ url, attribute, request }, 'of-url'],
    [{ attribute, request }, 'of-attribute'],
    [{ request }, 'of-event'],
  ]
  for (const [ways, token] of ORDER) {
    it(`is ${token} before ${Object.keys(ways).slice(1).join(', ') || 'nothing'}`, async () => {
      expect(await get(ways, answering('of-url'))).to.equal(token)
    })
  }

  it('is looked for afresh each time', async () => {
    let token = 'first'
    const source = tokenSource(() => ({ ...WAYS, property: token }), noFetch)
    const { signal } = new AbortController()
    expect(await source({ reason: 'start', signal })).to.equal('first')
    token = 'second'
    expect(await source({ reason: 'expired', signal })).to.equal('second')
  })

  it('is asked of its address with cookies, the reason, the lab and the course', async () => {
    let asked: [unknown, RequestInit | undefined] | undefined
    await get({ url: '/token' }, async (input, init) => {
      asked = [input, init]
      return new Response('{"token":"a.b.c"}')
    })
    expect(asked?.[0]).to.equal('/token')
    expect(asked?.[1]).to.include({ method: 'POST', credentials: 'include' })
    expect(JSON.parse(String(asked?.[1]?.body))).to.deep.equal({
      reason: 'start',
      lab: 'ceph',
      course: 'course-v1:acme',
    })
  })

  const BODIES: readonly (readonly [body: string, status: number, outcome: string])[] = [
    ['{"token":"a.b.c"}', 200, 'token a.b.c'],
    ['a.b.c\n', 200, 'token a.b.c'],
    ['"a.b.c"', 200, 'token a.b.c'],
    ['{"tok', 200, 'auth/token-invalid'],
    ['{"token":7}', 200, 'auth/token-invalid'],
    ['', 200, 'auth/token-invalid'],
    ['<html>Sign in, please</html>', 200, 'auth/token-invalid'],
    ['x'.repeat(20_000), 200, 'auth/token-invalid'],
    ['', 401, 'auth/no-session'],
    ['', 403, 'auth/no-session'],
    ['', 404, 'auth/token-invalid'],
    ['', 503, 'server/unreachable'],
  ]
  for (const [body, status, outcome] of BODIES) {
    it(`from HTTP ${status} ${body.slice(0, 30)} is ${outcome}`, async () => {
      expect(await codeOf(get({ url: '/token' }, answering(body, status)))).to.equal(outcome)
    })
  }

  it('from an address that does not answer can be tried again', async () => {
    expect(await codeOf(get({ url: '/token' }, () => Promise.reject(new TypeError('Failed to fetch'))))).to.equal(
      'server/unreachable',
    )
  })

  it('that nobody offers is a problem of its own', async () => {
    expect(await codeOf(get({}))).to.equal('auth/no-session')
    expect(await codeOf(get({ request: () => undefined }))).to.equal('auth/no-session')
  })

  it('hands its signal on', async () => {
    const controller = new AbortController()
    let given: AbortSignal | undefined
    await get(
      {
        provider: async ({ signal }) => {
          given = signal
          return 'a.b.c'
        },
      },
      noFetch,
      controller.signal,
    )
    expect(given).to.equal(controller.signal)
  })
})
