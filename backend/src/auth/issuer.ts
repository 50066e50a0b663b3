/** A small issuer of tokens: the demo course signs its visitors in with it, and the CLI mints tokens to try things. */
import { randomUUID } from 'node:crypto'
import { access, link, readFile, unlink, writeFile } from 'node:fs/promises'
import {
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JSONWebKeySet,
  type JWK,
  SignJWT,
} from 'jose'
import { TOKEN_LIMITS } from './claims.js'
import type { Role } from './ports.js'
import type { Clock } from './secret.js'

export interface MintRequest {
  readonly sub: string
  readonly name?: string
  readonly context?: string
  readonly labs?: readonly string[]
  readonly roles?: readonly Role[]
  readonly locale?: string
  /** At most 300, else every verifier refuses it; default 120. */
  readonly ttlSeconds?: number
}

export interface Issuer {
  readonly issuer: string
  readonly audience: string
  /** The public half, to be trusted: `keys: { jwks }` of a `JwtTrust`, or a file for `trust[].jwks`. */
  readonly jwks: JSONWebKeySet
  /** A token for one use (fresh `jti`). Throws RangeError for a `ttlSeconds` that no verifier would take. */
  mint(request: MintRequest): Promise<string>
}

export interface IssuerOptions {
  readonly issuer: string
  readonly audience: string
  /** A private Ed25519 JWK; made, readable by its owner only, when it is not there. Absent = a key for this process. */
  readonly keyFile?: string
  readonly now?: Clock
}

export async function createIssuer(options: IssuerOptions): Promise<Issuer> {
  const secret = options.keyFile === undefined ? await newKey() : await keyOf(options.keyFile)
  const { kty, crv, x } = secret
  if (kty !== 'OKP' || crv !== 'Ed25519' || x === undefined || secret.d === undefined) {
    throw new TypeError('the key file holds no private Ed25519 key (a JWK with kty OKP, crv Ed25519, x and d)')
  }
  const kid = await calculateJwkThumbprint({ kty, crv, x })
  const key = await importJWK(secret, 'EdDSA')
  const now = options.now ?? (() => new Date())

  const mint = async (request: MintRequest): Promise<string> => {
    const { sub, ttlSeconds = 120, ...claims } = request
    if (!(ttlSeconds > 0 && ttlSeconds <= TOKEN_LIMITS.life)) {
      throw new RangeError(`a token lives more than 0 and at most ${TOKEN_LIMITS.life} seconds`)
    }
    const issuedAt = Math.floor(now().getTime() / 1000)
    return new SignJWT({ ...claims })
      .setProtectedHeader({ alg: 'EdDSA', typ: 'JWT', kid })
      .setIssuer(options.issuer)
      .setAudience(options.audience)
      .setSubject(sub)
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + ttlSeconds)
      .setJti(randomUUID())
      .sign(key)
  }
  const jwks = { keys: [{ kty, crv, x, kid, alg: 'EdDSA', use: 'sig' }] }
  return { issuer: options.issuer, audience: options.audience, jwks, mint }
}

async function newKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })
  return exportJWK(privateKey)
}

async function keyOf(file: string): Promise<JWK> {
  // Written aside and then linked: of two processes that start at once one makes the key, and none reads half of it.
  const draft = `${file}.${randomUUID()}`
  try {
    await access(file)
  } catch {
    await writeFile(draft, `${JSON.stringify(await newKey())}\n`, { flag: 'wx', mode: 0o600 })
    await link(draft, file).catch(ignoreExisting)
    await unlink(draft)
  }
  const parsed: unknown = JSON.parse(await readFile(file, 'utf8'))
  if (typeof parsed !== 'object' || parsed === null || !('kty' in parsed) || typeof parsed.kty !== 'string') {
    throw new TypeError('the key file holds no JWK')
  }
  return { ...parsed, kty: parsed.kty }
}

function ignoreExisting(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
}
