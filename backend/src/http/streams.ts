import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { LabError } from '../../../src/wire/problems.js'
import { ProblemSchema } from '../../../src/wire/schema.js'
import { newSecret } from '../auth/secret.js'
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
  /** Links given to pages: what they are for, and until when. */
  const capabilities = new Map<
    string,
    { readonly tunnel: string; readonly index: string; readonly expiresAt: number }
  >()
  const sweep = (): void => {
    for (const [one, { expiresAt }] of capabilities) if (expiresAt <= now().getTime()) capabilities.delete(one)
  }

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
        sweep()
        const expiresAt = now().getTime() + CAPABILITY_LIFE
        const capability = newSecret(random)
        capabilities.set(capability, { tunnel, index, expiresAt })
        return { capability, expiresAt: new Date(expiresAt).toISOString() }
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
        sweep()
        const allowed = capability === undefined ? undefined : capabilities.get(capability)
        if (capability !== undefined) capabilities.delete(capability)
        const own =
          allowed?.tunnel === tunnel && allowed.index === index
            ? desks.tunnel(tunnel)
            : await ownTunnel(request, tunnel)
        if (!own) throw new LabError('request/unknown-path')
        const file = own.transfers.download(index)
        // Before the first byte nothing tells that the browser has gone.
        reply.raw.once('close', () => file.destroy())
        return reply
          .headers({
            'content-type': 'application/octet-stream',
            'content-disposition': `attachment; filename*=UTF-8''${encodeRfc8187(filename)}`,
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

/** Extended values of parameters (RFC 8187). */
function encodeRfc8187(text: string): string {
  return encodeURIComponent(text.replace(/\p{Cs}/gu, '\ufffd')).replace(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16)}`,
  )
}
