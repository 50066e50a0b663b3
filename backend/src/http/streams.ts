import { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { LabError } from '../../../src/wire/problems.js'
import { ProblemSchema } from '../../../src/wire/schema.js'
import type { StreamCaller } from '../gateway/guacd/stream-request.js'
import type { AppDeps } from './deps.js'
import { takeFiles } from './file-bodies.js'
import { callerOf } from './guard.js'

const NOTHING = () => Readable.from([])

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
 * the bytes go here. Only to the session that the tunnel is of.
 */
export function streamRoutes(deps: AppDeps): FastifyPluginAsyncTypebox {
  const { streams } = deps

  const callerIn = async (request: FastifyRequest): Promise<StreamCaller> => {
    const { principal, origin } = await callerOf(request, deps)
    return { issuer: principal.issuer, subject: principal.subject, origin }
  }

  return async (app) => {
    takeFiles(app)
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
        const answer = await streams.do({ op: 'link', tunnel, index, caller: await callerIn(request) }, NOTHING())
        if (!('capability' in answer)) throw new LabError('link/lost')
        return answer
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
        const download = (by: StreamCaller | string) => streams.do({ op: 'download', tunnel, index, by }, NOTHING())
        const linked = capability === undefined ? undefined : await download(capability).catch(unlessUnknown)
        const answer = linked ?? (await download(await callerIn(request)))
        if (!('file' in answer)) throw new LabError('link/lost')
        const { file } = answer
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
        await streams.do({ op: 'upload', tunnel, index, caller: await callerIn(request) }, request.raw)
        return reply.code(204).send(null)
      },
    )
  }
}

/** A link that is used up, or of another file, is as good as none: then the session decides. */
function unlessUnknown(error: unknown): undefined {
  if (!(error instanceof LabError && error.code === 'request/unknown-path')) throw error
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
