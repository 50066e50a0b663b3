import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { LabError } from '../../../src/wire/problems.js'
import { ProblemSchema } from '../../../src/wire/schema.js'
import { newSecret, type RandomBytes } from '../auth/secret.js'
import type { DeskTunnel } from '../gateway/guacd/gateway.js'
import type { AppDeps } from './deps.js'
import { callerOf } from './guard.js'

/** How long a link to a download may wait for the browser to follow it, milliseconds. */
const CAPABILITY_LIFE = 30_000

const StreamParams = Type.Object({
  tunnel: Type.String({ pattern: '^[0-9a-f-]{36}$' }),
  index: Type.String({ pattern: '^[0-9]{1,5}$' }),
  filename: Type.String({ minLength: 1, maxLength: 200 }),
})
const Capability = Type.Object({
  capability: Type.String({ description: 'Single use, in the query of the download: `?capability=…`' }),
  expiresAt: Type.String({ format: 'date-time' }),
})

/**
 * `/v1/tunnels/:tunnel/streams/:index/:filename`: files of a Guacamole tunnel. The page opens the stream in the tunnel;
 * the bytes go here. Only to the session that the tunnel is of, and only where the tunnel is.
 */
export function streamRoutes(deps: AppDeps): FastifyPluginAsyncTypebox {
  const { desks, now, random } = deps
  const capabilities = new Capabilities(now, random)

  /** Anything but the caller's own tunnel is not there. */
  const ownTunnel = async (request: FastifyRequest, tunnel: string): Promise<DeskTunnel> => {
    const { principal, origin } = await callerOf(request, deps)
    const found = desks.tunnel(tunnel)
    const { claims } = found ?? {}
    const own = claims?.principal.issuer === principal.issuer && claims.principal.subject === principal.subject
    if (!found || !own || claims.origin !== origin) throw new LabError('request/unknown-path')
    return found
  }

  return async (app) => {
    // A file is neither read into memory nor understood.
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('*', (_request, payload, done) => done(null, payload))

    app.post(
      '/v1/tunnels/:tunnel/streams/:index/:filename/capability',
      {
        schema: {
          summary: 'A link to a download, for a page that lets the browser save it',
          params: StreamParams,
          response: { 200: Capability, '4xx': ProblemSchema },
        },
      },
      async (request) => {
        const { tunnel, index } = request.params
        await ownTunnel(request, tunnel)
        return capabilities.give({ tunnel, index })
      },
    )

    app.get(
      '/v1/tunnels/:tunnel/streams/:index/:filename',
      {
        schema: {
          summary: 'Downloads a file that the lab offers in the tunnel',
          params: StreamParams,
          querystring: Type.Object({ capability: Type.Optional(Type.String({ maxLength: 64 })) }),
        },
      },
      async (request, reply) => {
        const { tunnel, index, filename } = request.params
        const { capability } = request.query
        const linked = capability !== undefined && capabilities.take(capability, { tunnel, index })
        const own = linked ? desks.tunnel(tunnel) : await ownTunnel(request, tunnel)
        if (!own) throw new LabError('request/unknown-path')
        const file = own.transfers.download(index)
        // Before the first byte nothing tells that the browser has gone.
        reply.raw.once('close', () => file.destroy())
        return reply
          .headers({
            'content-type': 'application/octet-stream',
            'content-disposition': attachment(filename),
            'cache-control': 'no-store',
          })
          .send(file)
      },
    )

    app.post(
      '/v1/tunnels/:tunnel/streams/:index/:filename',
      {
        schema: {
          summary: 'Uploads a file into a stream that the page opened in the tunnel',
          params: StreamParams,
          response: { 204: Type.Null(), '4xx': ProblemSchema },
        },
      },
      async (request, reply) => {
        const { tunnel, index } = request.params
        const { transfers } = await ownTunnel(request, tunnel)
        await transfers.upload(index, request.raw)
        return reply.code(204).send(null)
      },
    )
  }
}

/** What a link is for. */
interface Linked {
  readonly tunnel: string
  readonly index: string
}

/** Links to downloads, each good once; here only, as the tunnels are. */
class Capabilities {
  readonly #given = new Map<string, Linked & { readonly expiresAt: number }>()
  readonly #now: () => Date
  readonly #random: RandomBytes

  constructor(now: () => Date, random: RandomBytes) {
    this.#now = now
    this.#random = random
  }

  give(linked: Linked): { capability: string; expiresAt: string } {
    this.#sweep()
    const expiresAt = this.#now().getTime() + CAPABILITY_LIFE
    const capability = newSecret(this.#random)
    this.#given.set(capability, { ...linked, expiresAt })
    return { capability, expiresAt: new Date(expiresAt).toISOString() }
  }

  /** Whether it was given for just this. It is used up, whatever comes of it. */
  take(capability: string, { tunnel, index }: Linked): boolean {
    this.#sweep()
    const found = this.#given.get(capability)
    this.#given.delete(capability)
    return found?.tunnel === tunnel && found.index === index
  }

  #sweep(): void {
    const now = this.#now().getTime()
    for (const [capability, { expiresAt }] of this.#given) if (expiresAt <= now) this.#given.delete(capability)
  }
}

/** A file that the browser saves under this name. */
export function attachment(filename: string): string {
  return `attachment; filename*=UTF-8''${encodeRfc8187(filename)}`
}

/** Extended values of parameters (RFC 8187). */
function encodeRfc8187(text: string): string {
  return encodeURIComponent(text.replace(/\p{Cs}/gu, '\ufffd')).replace(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16)}`,
  )
}
