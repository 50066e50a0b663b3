import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, type JWK, SignJWT } from 'jose'
import type { ProblemCode } from '../../../src/wire/problems.js'
import { createIssuer } from '../../src/auth/issuer.js'
import { TokenVerifier } from '../../src/auth/tokens.js'
import type { JwtTrust } from '../../src/config/config.js'
import { MemoryAuthStore } from '../fakes/auth-store.js'
import { refusal } from './support.js'

const NOW = new Date('2026-11-22T12:00:00Z')
const SECONDS = NOW.getTime() / 1000
const ISSUER = 'https://lms.example.org'
const AUDIENCE = 'https://labs.example.org'
const ORIGIN = 'https://lms.example.org'
const listen = { host: '127.0.0.1', port: 8080 }
const now = () => NOW

interface Pair {
  readonly alg: string
  readonly secret: CryptoKey
  readonly open: CryptoKey
  readonly jwk: JWK
}

async function pair(alg: string, kid?: string): Promise<Pair> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  const jwk = await exportJWK(publicKey)
  return { alg, secret: privateKey, open: publicKey, jwk: kid === undefined ? jwk : { ...jwk, kid } }
}

let ed: Pair
let es: Pair
let rs: Pair
before(async () => {
  ;[ed, es, rs] = await Promise.all([pair('EdDSA', 'ed'), pair('ES256', 'es'), pair('RS256', 'rs')])
})

function verifier(trust: Partial<JwtTrust> = {}, store = new MemoryAuthStore(now), origins = [ORIGIN]) {
  const entry: JwtTrust = {
    type: 'jwt',
    issuer: ISSUER,
    audience: AUDIENCE,
    keys: { jwks: { keys: [ed.jwk, es.jwk, rs.jwk] } },
    ...trust,
  }
  return new TokenVerifier({ config: { trust: [entry], origins, listen }, store, now, fetch, keys: { coolDown: 0 } })
}

type Claims = Record<string, unknown>

const okay = (): Claims => ({
  iss: ISSUER,
  aud: AUDIENCE,
  sub: 'learner-1',
  jti: randomBytes(8).toString('hex'),
  iat: SECONDS,
  exp: SECONDS + 300,
})

function sign(claims: Claims, by: Pair = ed, header: Record<string, unknown> = {}): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: by.alg, ...(by.jwk.kid !== undefined && { kid: by.jwk.kid }), ...header })
    .sign(by.secret)
}

function raw(header: unknown, payload: unknown, signature = 'AAAA'): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part(header)}.${part(payload)}.${signature}`
}

describe('a good token', () => {
  it('is taken with each algorithm', async () => {
    for (const key of [ed, es, rs]) {
      const principal = await verifier().verify(await sign(okay(), key), ORIGIN)
      assert.deepEqual(principal, { issuer: ISSUER, subject: 'learner-1', roles: ['learner'] })
    }
  })

  it('is taken with the algorithms of its issuer only', async () => {
    const narrow = () => verifier({ algorithms: ['ES256'] })
    await narrow().verify(await sign(okay(), es), ORIGIN)
    for (const key of [ed, rs]) {
      assert.equal((await refusal(narrow().verify(await sign(okay(), key), ORIGIN))).code, 'auth/token-invalid')
    }
  })

  it('hands on its optional claims, cleaned', async () => {
    const claims = {
      ...okay(),
      name: ' Ada\u202E\u0000  Lovelace\n',
      context: 'course-v1:acme+CEPH+2026',
      labs: ['ceph-101', 'net-1'],
      roles: ['instructor', 'wizard'],
      locale: 'pt_BR',
    }
    assert.deepEqual(await verifier({ labs: ['ceph-101'] }).verify(await sign(claims), ORIGIN), {
      issuer: ISSUER,
      subject: 'learner-1',
      roles: ['instructor'],
      name: 'Ada Lovelace',
      context: 'course-v1:acme+CEPH+2026',
      labs: ['ceph-101'],
      locale: 'pt-BR',
    })
  })

  it('keeps a subject exactly as it is, in any script', async () => {
    for (const sub of ['学习者-1', 'É', 'E\u0301', '😀'.repeat(255), ' a ', '%%USER_ID%%', "'; drop table labs; --"]) {
      assert.equal((await verifier().verify(await sign({ ...okay(), sub }), ORIGIN)).subject, sub)
    }
  })

  it('may have an audience list of one, be 30 s late or 30 s early, and cut a long name', async () => {
    const claims = { ...okay(), aud: [AUDIENCE], name: 'x'.repeat(5000) }
    assert.equal((await verifier().verify(await sign(claims), ORIGIN)).name?.length, 120)
    await verifier().verify(await sign({ ...okay(), iat: SECONDS - 300, exp: SECONDS - 29 }), ORIGIN)
    await verifier().verify(await sign({ ...okay(), iat: SECONDS + 29, nbf: SECONDS + 29, exp: SECONDS + 329 }), ORIGIN)
  })

  it('narrows to no lab when token and trust have none in common', async () => {
    const principal = await verifier({ labs: ['a'] }).verify(await sign({ ...okay(), labs: ['b'] }), ORIGIN)
    assert.deepEqual(principal.labs, [])
  })
})

describe('claims are refused one by one', () => {
  const without = (claim: string) => Object.fromEntries(Object.entries(okay()).filter(([key]) => key !== claim))
  const table: [string, () => Claims, ProblemCode, RegExp][] = [
    ['no exp', () => without('exp'), 'auth/token-invalid', /exp is missing/],
    ['no iat', () => without('iat'), 'auth/token-invalid', /iat is missing/],
    ['no sub', () => without('sub'), 'auth/token-invalid', /sub is missing/],
    ['no jti', () => without('jti'), 'auth/token-invalid', /jti is missing/],
    ['no aud', () => without('aud'), 'auth/token-invalid', /aud is missing/],
    ['no iss', () => without('iss'), 'auth/token-invalid', /iss is missing/],
    ['empty sub', () => ({ ...okay(), sub: '' }), 'auth/token-invalid', /sub is missing or is no text/],
    ['sub a number', () => ({ ...okay(), sub: 7 }), 'auth/token-invalid', /sub/],
    ['sub too long', () => ({ ...okay(), sub: 'x'.repeat(256) }), 'auth/token-invalid', /sub is longer/],
    ['sub with NUL', () => ({ ...okay(), sub: 'a\u0000b' }), 'auth/token-invalid', /sub holds characters/],
    ['sub with half a pair', () => ({ ...okay(), sub: 'a\ud800' }), 'auth/token-invalid', /sub holds characters/],
    ['empty jti', () => ({ ...okay(), jti: '' }), 'auth/token-invalid', /jti/],
    ['jti too long', () => ({ ...okay(), jti: 'x'.repeat(256) }), 'auth/token-invalid', /jti is longer/],
    ['exp as text', () => ({ ...okay(), exp: `${SECONDS + 60}` }), 'auth/token-invalid', /exp/],
    ['exp 5 min 31 s ahead', () => ({ ...okay(), exp: SECONDS + 331 }), 'auth/token-invalid', /exp is more than 5/],
    ['expired', () => ({ ...okay(), iat: SECONDS - 300, exp: SECONDS - 30 }), 'auth/token-expired', /expired/],
    ['expired long ago', () => ({ ...okay(), iat: 1, exp: 2 }), 'auth/token-expired', /expired/],
    ['iat in the future', () => ({ ...okay(), iat: SECONDS + 31 }), 'auth/token-invalid', /iat is in the future/],
    ['iat as text', () => ({ ...okay(), iat: 'now' }), 'auth/token-invalid', /iat/],
    ['nbf in the future', () => ({ ...okay(), nbf: SECONDS + 31 }), 'auth/token-invalid', /nbf/],
    ['foreign issuer', () => ({ ...okay(), iss: 'https://evil.example' }), 'auth/issuer-untrusted', /not accept/],
    ['issuer with a slash', () => ({ ...okay(), iss: `${ISSUER}/` }), 'auth/issuer-untrusted', /not accept/],
    ['issuer a list', () => ({ ...okay(), iss: [ISSUER] }), 'auth/token-invalid', /iss/],
    ['issuer __proto__', () => ({ ...okay(), iss: '__proto__' }), 'auth/issuer-untrusted', /not accept/],
    ['foreign audience', () => ({ ...okay(), aud: 'https://other.example' }), 'auth/token-invalid', /aud/],
    [
      'two audiences',
      () => ({ ...okay(), aud: [AUDIENCE, 'https://o.example'] }),
      'auth/token-invalid',
      /more than one/,
    ],
    ['labs as text', () => ({ ...okay(), labs: 'ceph-101' }), 'auth/token-invalid', /labs is no list/],
    ['labs null', () => ({ ...okay(), labs: null }), 'auth/token-invalid', /labs is no list/],
    ['labs with a number', () => ({ ...okay(), labs: [1] }), 'auth/token-invalid', /labs/],
    ['too many labs', () => ({ ...okay(), labs: Array(257).fill('a') }), 'auth/token-invalid', /too many/],
    ['roles as text', () => ({ ...okay(), roles: 'instructor' }), 'auth/token-invalid', /roles is no list/],
    ['context a list', () => ({ ...okay(), context: ['c'] }), 'auth/token-invalid', /context/],
    ['empty context', () => ({ ...okay(), context: '' }), 'auth/token-invalid', /context/],
    ['name an object', () => ({ ...okay(), name: {} }), 'auth/token-invalid', /name/],
  ]
  for (const [what, claims, code, words] of table) {
    it(what, async () => {
      const store = new MemoryAuthStore(now)
      const error = await refusal(verifier({}, store).verify(await sign(claims()), ORIGIN))
      assert.equal(error.code, code)
      assert.match(error.detail ?? error.problem.title, words)
      assert.equal(store.tokenIds.size, 0, 'a refused token is not remembered')
    })
  }
})

describe('signatures are refused one by one', () => {
  it('a key that is not the issuer’s, with a known and an unknown kid and with none', async () => {
    const stranger = await pair('EdDSA', 'ed')
    for (const kid of ['ed', 'other', undefined]) {
      const error = await refusal(verifier().verify(await sign(okay(), stranger, { kid }), ORIGIN))
      assert.equal(error.code, 'auth/token-invalid')
      assert.match(error.detail ?? '', /signature/)
    }
  })

  it('HS256 with the public key as the secret, in every form it may be guessed', async () => {
    const secrets = [await exportSPKI(rs.open), JSON.stringify(rs.jwk), rs.jwk.n ?? '', ed.jwk.x ?? '']
    for (const secret of secrets) {
      for (const alg of ['HS256', 'HS384', 'HS512']) {
        const key = Buffer.concat([Buffer.from(secret), Buffer.alloc(64)])
        const token = await new SignJWT(okay()).setProtectedHeader({ alg, kid: 'rs' }).sign(key)
        const error = await refusal(verifier().verify(token, ORIGIN))
        assert.match(error.detail ?? '', /not signed by one of/)
      }
    }
  })

  it('alg none, in any spelling, with and without a signature', async () => {
    for (const alg of ['none', 'None', 'NONE', '', null, undefined, 7, ['EdDSA']]) {
      for (const signature of ['', 'AAAA']) {
        const error = await refusal(verifier().verify(raw({ alg, kid: 'ed' }, okay(), signature), ORIGIN))
        assert.equal(error.code, 'auth/token-invalid')
      }
    }
  })

  it('an algorithm for another kind of key', async () => {
    const token = await sign(okay(), es)
    const [, payload, signature] = token.split('.')
    for (const [alg, kid] of [
      ['EdDSA', 'es'],
      ['RS256', 'es'],
      ['ES256', 'ed'],
      ['PS256', 'rs'],
      ['ES384', 'es'],
      ['RS512', 'rs'],
    ]) {
      const header = Buffer.from(JSON.stringify({ alg, kid })).toString('base64url')
      assert.equal(
        (await refusal(verifier().verify(`${header}.${payload}.${signature}`, ORIGIN))).code,
        'auth/token-invalid',
      )
    }
  })

  it('a key that the token itself brings along', async () => {
    const stranger = await pair('EdDSA')
    const header = {
      jwk: stranger.jwk,
      jku: 'https://evil.example/jwks',
      x5u: 'https://evil.example/x',
      kid: undefined,
    }
    assert.equal(
      (await refusal(verifier().verify(await sign(okay(), stranger, header), ORIGIN))).code,
      'auth/token-invalid',
    )
  })

  it('an unknown critical header, and an unencoded payload (RFC 7797)', async () => {
    for (const header of [
      { alg: 'EdDSA', kid: 'ed', crit: ['x'], x: 1 },
      { alg: 'EdDSA', kid: 'ed', crit: ['b64'], b64: false },
    ]) {
      assert.equal((await refusal(verifier().verify(raw(header, okay()), ORIGIN))).code, 'auth/token-invalid')
    }
  })

  it('a changed payload', async () => {
    const [header, , signature] = (await sign(okay())).split('.')
    const payload = Buffer.from(JSON.stringify({ ...okay(), sub: 'somebody-else' })).toString('base64url')
    assert.match(
      (await refusal(verifier().verify(`${header}.${payload}.${signature}`, ORIGIN))).detail ?? '',
      /signature/,
    )
  })

  it('shared and published private keys are never used', async () => {
    const leaked = { ...(await exportJWK(ed.secret)), kid: 'ed' }
    const oct: JWK = { kty: 'oct', k: Buffer.alloc(32, 1).toString('base64url'), kid: 'ed' }
    for (const key of [leaked, oct]) {
      const error = await refusal(verifier({ keys: { jwks: { keys: [key] } } }).verify(await sign(okay()), ORIGIN))
      assert.equal(error.code, 'auth/token-invalid')
    }
  })
})

describe('origins', () => {
  it('a token is taken only from a page that the server and its issuer allow', async () => {
    const other = 'https://other.example'
    const both = verifier({ origins: [ORIGIN] }, undefined, [ORIGIN, other])
    await both.verify(await sign(okay()), ORIGIN)
    for (const origin of [other, 'https://evil.example', 'null', '', undefined, `${ORIGIN}/`, `${ORIGIN}:443`]) {
      assert.equal((await refusal(both.verify(await sign(okay()), origin))).code, 'auth/origin-refused')
    }
    const gone = verifier({ origins: [ORIGIN] }, undefined, [other])
    assert.equal((await refusal(gone.verify(await sign(okay()), ORIGIN))).code, 'auth/origin-refused')
  })
})

describe('use once', () => {
  it('of 50 at once exactly one is taken', async () => {
    const token = await sign(okay())
    const store = new MemoryAuthStore(now)
    const both = [verifier({}, store), verifier({}, store)]
    const results = await Promise.allSettled(Array.from({ length: 50 }, (_, i) => both[i % 2]?.verify(token, ORIGIN)))
    assert.equal(results.filter((one) => one.status === 'fulfilled').length, 1)
    for (const one of results) {
      if (one.status === 'rejected') assert.equal(one.reason.code, 'auth/token-replayed')
    }
  })

  it('is remembered for as long as the token could be shown again', async () => {
    const store = new MemoryAuthStore(now)
    await verifier({}, store).verify(await sign({ ...okay(), jti: 'j' }), ORIGIN)
    const [until] = store.tokenIds.values()
    assert.ok((until?.getTime() ?? 0) >= (SECONDS + 300 + 30) * 1000)
  })
})

describe('hostile tokens', () => {
  it('the huge, the malformed and the random are refused quickly and without an echo', async () => {
    const one = verifier()
    const tokens = [
      '',
      '.',
      '..',
      'a.b',
      'a.b.c.d',
      'A'.repeat(16_385),
      `${'A'.repeat(5_000_000)}.A.A`,
      'é.é.é',
      '{}.{}.{}',
    ]
    const good = await sign({ ...okay(), sub: 'SECRET-SUBJECT' })
    tokens.push(`${good}\n`, ` ${good}`, `${good}=`, good.replace('.', '..'))
    const started = process.cpuUsage()
    for (const token of tokens) {
      const error = await refusal(one.verify(token, ORIGIN))
      assert.equal(error.code, 'auth/token-invalid')
      if (token.length > 9) assert.ok(!JSON.stringify([error.message, error.problem, error.cause]).includes(token))
    }
    assert.ok(process.cpuUsage(started).user < 2_000_000)
  })

  it('3000 random and mutated tokens end in one of our codes', async () => {
    const one = verifier()
    const good = await sign(okay())
    for (let i = 0; i < 3000; i += 1) {
      const bytes = randomBytes(4 + (i % 200))
      const token =
        i % 3 === 0
          ? bytes.toString('latin1')
          : i % 3 === 1
            ? [bytes, bytes, bytes].map((part) => part.toString('base64url')).join('.')
            : mutated(good, bytes)
      if (token === good) continue
      const error = await refusal(one.verify(token, ORIGIN))
      assert.match(error.code, /^auth\//)
    }
  })

  function mutated(token: string, bytes: Buffer): string {
    // Not the last character: its unused low bits may change without a change of meaning; jose refuses those too.
    const at = bytes.readUInt32BE() % (token.length - 1)
    return token.slice(0, at) + String.fromCharCode(33 + ((bytes[0] ?? 0) % 90)) + token.slice(at + 1)
  }

  it('errors carry no claim to the log', async () => {
    const error = await refusal(verifier().verify(await sign({ ...okay(), sub: 'SECRET', aud: 'x' }), ORIGIN))
    assert.equal(error.cause, undefined)
    assert.ok(!error.message.includes('SECRET'))
  })
})

describe('keys by address', () => {
  let server: Server
  let url: string
  let answer: { status: number; body: string; headers?: Record<string, string> }
  let asked = 0
  before(async () => {
    server = createServer((_request, response) => {
      asked += 1
      response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers }).end(answer.body)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    assert.ok(typeof address === 'object' && address !== null)
    url = `http://127.0.0.1:${address.port}/jwks`
  })
  after(() => new Promise((resolve) => server.close(resolve).closeAllConnections()))

  const set = (...keys: JWK[]) => ({ status: 200, body: JSON.stringify({ keys }) })

  it('are cached, and fetched anew when a token names a new one', async () => {
    const one = verifier({ keys: { url } })
    const [old, fresh] = await Promise.all([pair('ES256', 'old'), pair('ES256', 'new')])
    answer = set(old.jwk)
    asked = 0
    for (let i = 0; i < 5; i += 1) await one.verify(await sign(okay(), old), ORIGIN)
    assert.equal(asked, 1)
    answer = set(fresh.jwk)
    await one.verify(await sign(okay(), fresh), ORIGIN)
    assert.equal(asked, 2)
    await refusal(one.verify(await sign(okay(), old), ORIGIN))
  })

  it('without kid each is tried, and a change is found by the bad signature', async () => {
    const one = verifier({ keys: { url } })
    const keys = await Promise.all([pair('EdDSA'), pair('EdDSA'), pair('EdDSA')])
    answer = set(...keys.slice(0, 2).map(({ jwk }) => jwk))
    await one.verify(await sign(okay(), keys[1]), ORIGIN)
    answer = set(...keys.slice(1).map(({ jwk }) => jwk))
    await one.verify(await sign(okay(), keys[2]), ORIGIN)
    await refusal(one.verify(await sign(okay(), keys[0]), ORIGIN))
  })

  it('unknown keys do not make the server ask again during the cool-down', async () => {
    const trust: JwtTrust = { type: 'jwt', issuer: ISSUER, audience: AUDIENCE, keys: { url } }
    const store = new MemoryAuthStore(now)
    const one = new TokenVerifier({ config: { trust: [trust], origins: [ORIGIN], listen }, store, now, fetch })
    answer = set(ed.jwk)
    asked = 0
    for (let i = 0; i < 20; i += 1) await refusal(one.verify(await sign(okay(), es, { kid: `k${i}` }), ORIGIN))
    for (let i = 0; i < 20; i += 1) await refusal(one.verify(await sign(okay(), await pair('EdDSA')), ORIGIN))
    assert.equal(asked, 1)
  })

  const broken: [string, () => typeof answer][] = [
    ['500', () => ({ status: 500, body: '' })],
    ['a redirect, which is not followed', () => ({ status: 302, body: '', headers: { location: '/elsewhere' } })],
    ['no JSON', () => ({ status: 200, body: '<html>' })],
    ['no set', () => ({ status: 200, body: '{"keys":{}}' })],
    ['an endless body', () => ({ status: 200, body: `{"keys":[],"x":"${'x'.repeat(300_000)}"}` })],
    ['too many keys', () => set(...Array.from({ length: 33 }, () => ed.jwk))],
  ]
  for (const [what, make] of broken) {
    it(`${what}: the issuer is unreachable, which is no fault of the token`, async () => {
      answer = make()
      const error = await refusal(verifier({ keys: { url } }).verify(await sign(okay()), ORIGIN))
      assert.equal(error.code, 'auth/issuer-unreachable')
      assert.equal(error.problem.retry, 'auto')
    })
  }

  it('a failing address is left alone for a while, then asked again', async () => {
    let clock = NOW.getTime()
    const trust: JwtTrust = { type: 'jwt', issuer: ISSUER, audience: AUDIENCE, keys: { url } }
    const ticking = () => new Date(clock)
    const store = new MemoryAuthStore(ticking)
    const one = new TokenVerifier({ config: { trust: [trust], origins: [ORIGIN], listen }, store, now: ticking, fetch })
    answer = { status: 503, body: '' }
    asked = 0
    for (let i = 0; i < 10; i += 1) await refusal(one.verify(await sign(okay()), ORIGIN))
    assert.equal(asked, 1)
    answer = set(ed.jwk)
    clock += 5_000
    await one.verify(await sign(okay()), ORIGIN)
  })

  it('an address that never answers is given up', async () => {
    const never: typeof fetch = (_url, init) =>
      new Promise((_resolve, reject) => init?.signal?.addEventListener('abort', () => reject(init.signal?.reason)))
    const trust: JwtTrust = { type: 'jwt', issuer: ISSUER, audience: AUDIENCE, keys: { url } }
    const config = { trust: [trust], origins: [ORIGIN], listen }
    const one = new TokenVerifier({ config, store: new MemoryAuthStore(now), now, fetch: never, keys: { timeout: 30 } })
    // Node ends when only an unreferenced timer is left, and the timeout's is one.
    const awake = setInterval(() => {}, 1000)
    const error = await refusal(one.verify(await sign(okay()), ORIGIN))
    clearInterval(awake)
    assert.equal(error.code, 'auth/issuer-unreachable')
  })
})

describe('keys by file', () => {
  it('are read, changed without a restart, and missed without a crash', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'keys-'))
    after(() => rm(folder, { recursive: true }))
    const file = join(folder, 'keys.json')
    const one = verifier({ keys: { file } })
    assert.equal((await refusal(one.verify(await sign(okay()), ORIGIN))).code, 'auth/issuer-unreachable')
    await writeFile(file, JSON.stringify({ keys: [ed.jwk] }))
    await one.verify(await sign(okay()), ORIGIN)
    await writeFile(file, JSON.stringify({ keys: [es.jwk] }))
    await one.verify(await sign(okay(), es), ORIGIN)
  })
})

describe('the own issuer', () => {
  const make = (keyFile?: string) =>
    createIssuer({ issuer: ISSUER, audience: AUDIENCE, now, ...(keyFile !== undefined && { keyFile }) })

  it('mints what the verifier takes, each for one use', async () => {
    const issuer = await make()
    assert.equal(JSON.stringify(issuer.jwks).includes('"d"'), false)
    const one = verifier({ keys: { jwks: issuer.jwks } })
    for (let i = 0; i < 2; i += 1) {
      const token = await issuer.mint({
        sub: 'me',
        labs: ['a'],
        roles: ['instructor'],
        context: 'c',
        locale: 'de',
        name: 'N',
      })
      assert.deepEqual(await one.verify(token, ORIGIN), {
        issuer: ISSUER,
        subject: 'me',
        labs: ['a'],
        roles: ['instructor'],
        context: 'c',
        locale: 'de',
        name: 'N',
      })
    }
    for (const ttlSeconds of [0, -1, 301, Number.NaN])
      await assert.rejects(issuer.mint({ sub: 'me', ttlSeconds }), RangeError)
  })

  it('keeps its key in a file for its owner only, made once by many at once', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'issuer-'))
    after(() => rm(folder, { recursive: true }))
    const file = join(folder, 'key.json')
    const issuers = await Promise.all(Array.from({ length: 8 }, () => make(file)))
    assert.equal(new Set(issuers.map(({ jwks }) => jwks.keys[0]?.x)).size, 1)
    assert.deepEqual(await readdir(folder), ['key.json'])
    assert.equal((await stat(file)).mode & 0o777, 0o600)
    await writeFile(file, JSON.stringify(ed.jwk))
    await assert.rejects(make(file), /no private Ed25519 key/)
  })
})
