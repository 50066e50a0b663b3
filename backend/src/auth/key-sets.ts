/** The public keys of a trusted issuer: from a file, an address or memory, cached, bounded, and public parts only. */
import { open } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import { createLocalJWKSet, createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from 'jose'
import type { JwtTrust } from '../config/config.js'
import { JWKS_LIMITS, publicKeys } from '../config/jwks.js'
import type { Clock } from './secret.js'

/** Milliseconds. */
export const KEY_LIMITS = {
  timeout: 5_000,
  /** Keys are fetched anew at most this often because a token named an unknown one. */
  coolDown: 30_000,
  /** Keys older than this are fetched anew. */
  age: 600_000,
  /** After a failure the address is left alone for this long. */
  retryAfter: 5_000,
} as const

/** The keys cannot be had right now; says nothing about the token. */
export class KeysUnavailable extends Error {
  override readonly name = 'KeysUnavailable'
}

export interface KeySet {
  readonly find: JWTVerifyGetKey
  /** Fetches anew unless that was done just now; false = nothing new to try. */
  readonly refresh: () => Promise<boolean>
}

export interface KeySetOptions {
  readonly fetch: typeof fetch
  readonly now: Clock
  /** Shorter in tests. */
  readonly coolDown?: number
  readonly timeout?: number
}

/** Files go the same way as addresses, so that keys can be changed without a restart. */
export function openKeySet(keys: JwtTrust['keys'], options: KeySetOptions): KeySet {
  if ('jwks' in keys) return { find: createLocalJWKSet(publicKeys(keys.jwks)), refresh: async () => false }
  const url = 'url' in keys ? new URL(keys.url) : pathToFileURL(keys.file)
  const read = 'url' in keys ? remoteReader(options.fetch) : (): Promise<string> => readBounded(keys.file)
  const find = createRemoteJWKSet(url, {
    timeoutDuration: options.timeout ?? KEY_LIMITS.timeout,
    cooldownDuration: options.coolDown ?? KEY_LIMITS.coolDown,
    cacheMaxAge: KEY_LIMITS.age,
    [customFetch]: restful(read, options),
  })
  const refresh = async (): Promise<boolean> => {
    if (find.coolingDown) return false
    await find.reload()
    return true
  }
  return { find, refresh }
}

type Read = (url: string, signal: AbortSignal) => Promise<string>

/** Wraps a reader for jose: only whole, valid sets pass, every failure is one class, and a failing source gets rest. */
function restful(read: Read, options: KeySetOptions) {
  let failure: { error: KeysUnavailable; until: number } | undefined
  return async (url: string, init: { signal: AbortSignal }): Promise<Response> => {
    const now = options.now().getTime()
    if (failure !== undefined && now < failure.until) throw failure.error
    try {
      const set = publicKeys(JSON.parse(await read(url, init.signal)))
      failure = undefined
      return Response.json(set)
    } catch (cause) {
      const error = new KeysUnavailable(`the keys at ${url} cannot be read`, { cause })
      failure = { error, until: now + Math.min(KEY_LIMITS.retryAfter, options.coolDown ?? KEY_LIMITS.retryAfter) }
      throw error
    }
  }
}

/** The address is the operator's; even so no redirect is followed and no endless body is read. */
function remoteReader(fetchKeys: typeof fetch): Read {
  return async (url, signal) => {
    const headers = { accept: 'application/jwk-set+json, application/json' }
    const response = await fetchKeys(url, { signal, headers, redirect: 'error', credentials: 'omit' })
    if (response.status !== 200 || response.body === null) {
      await response.body?.cancel()
      throw new Error(`answered ${response.status}`)
    }
    const chunks: Uint8Array[] = []
    let size = 0
    for await (const chunk of response.body) {
      size += chunk.byteLength
      if (size > JWKS_LIMITS.bytes) throw new Error('the answer is too long')
      chunks.push(chunk)
    }
    return Buffer.concat(chunks).toString('utf8')
  }
}

async function readBounded(file: string): Promise<string> {
  const handle = await open(file, 'r')
  try {
    const { size } = await handle.stat()
    if (size > JWKS_LIMITS.bytes) throw new Error('the file is too long')
    return await handle.readFile('utf8')
  } finally {
    await handle.close()
  }
}
