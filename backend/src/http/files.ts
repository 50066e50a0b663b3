import { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { LabError } from '../../../src/wire/problems.js'
import { type FileStatus, FileStatusSchema, ProblemSchema } from '../../../src/wire/schema.js'
import { terminalOf } from '../../../src/wire/shells.js'
import { labFor } from '../auth/access.js'
import type { TicketClaims } from '../auth/ports.js'
import type { FileAnswer } from '../gateway/files/request.js'
import type { AppDeps } from './deps.js'
import { takeFiles } from './file-bodies.js'
import { callerOf } from './guard.js'
import { attachment } from './streams.js'

const TerminalParams = Type.Object({
  lab: Type.String({ minLength: 1, maxLength: 200 }),
  name: Type.String({ minLength: 1, maxLength: 63 }),
})
const UploadParams = Type.Object({
  ...TerminalParams.properties,
  upload: Type.String({ pattern: '^[A-Za-z0-9_-]{8,64}$' }),
})
const Path = Type.Object({ path: Type.String({ minLength: 1, maxLength: 4096 }) })
const count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
const UploadQuery = Type.Object({
  ...Path.properties,
  upload: UploadParams.properties.upload,
  size: count,
  offset: Type.Optional(count),
  overwrite: Type.Optional(Type.Boolean()),
})

const FILES = '/v1/labs/:lab/terminals/:name/files'
const UPLOAD = '/v1/labs/:lab/terminals/:name/uploads/:upload'
type Routes = Parameters<FastifyPluginAsyncTypebox>[0]
type Download = Extract<FileAnswer, { file: object }>

const NOTHING = () => Readable.from([])

/** Files of text terminals, by SFTP on their own connections: docs/terminal-files.md. */
export function fileRoutes(deps: AppDeps): FastifyPluginAsyncTypebox {
  const { gateway } = deps
  return async (app) => {
    takeFiles(app)
    app.get(
      FILES,
      { schema: { summary: 'Downloads a file of the lab', params: TerminalParams, querystring: Path } },
      async (request, reply) => {
        const { claims, largest } = await allowed(deps, request, request.params, 'download')
        const { path } = request.query
        const from = rangeOf(request)
        const { 'if-match': match, 'if-range': etag = match } = request.headers
        const answer = await gateway.files(
          claims,
          { op: 'download', path, from: from ?? 0, largest, ...(typeof etag === 'string' && { etag }) },
          NOTHING(),
        )
        if (!('file' in answer)) throw new LabError('server/internal')
        // Before the first byte nothing tells that the browser has gone.
        reply.raw.once('close', () => answer.bytes.destroy())
        return reply
          .code(from === undefined ? 200 : 206)
          .headers(headersOf(path, answer.file, from !== undefined))
          .send(answer.bytes)
      },
    )
    uploadRoutes(app, deps)
  }
}

function uploadRoutes(app: Routes, deps: AppDeps): void {
  const { gateway } = deps
  app.post(
    FILES,
    {
      schema: {
        summary: 'Uploads a file to the lab, or the rest of it',
        params: TerminalParams,
        querystring: UploadQuery,
        response: { 200: FileStatusSchema, '4xx': ProblemSchema },
      },
    },
    async (request) => {
      const { claims, largest } = await allowed(deps, request, request.params, 'upload')
      const { path, upload, size, offset: from = 0, overwrite = false } = request.query
      if (size > largest) throw new LabError('file/too-large')
      if (from > size) throw new LabError('request/invalid')
      return statusOf(await gateway.files(claims, { op: 'upload', path, upload, from, size, overwrite }, request.raw))
    },
  )

  app.get(
    UPLOAD,
    {
      schema: {
        summary: 'How far an upload is',
        params: UploadParams,
        querystring: Path,
        response: { 200: FileStatusSchema, '4xx': ProblemSchema },
      },
    },
    async (request) => {
      const { claims } = await allowed(deps, request, request.params, 'upload')
      const { upload } = request.params
      return statusOf(await gateway.files(claims, { op: 'status', path: request.query.path, upload }, NOTHING()))
    },
  )

  app.post(
    `${UPLOAD}/cancel`,
    {
      schema: {
        summary: 'Gives an upload up: what came of it is removed',
        params: UploadParams,
        querystring: Path,
        response: { 204: Type.Null(), '4xx': ProblemSchema },
      },
    },
    async (request, reply) => {
      const { claims } = await allowed(deps, request, request.params, 'upload')
      const { upload } = request.params
      await gateway.files(claims, { op: 'cancel', path: request.query.path, upload }, NOTHING())
      return reply.code(204).send(null)
    },
  )
}

function headersOf(path: string, file: Download['file'], ranged: boolean): Record<string, string | number> {
  const { size, from, etag } = file
  // At the very end there is no last byte to name.
  const range = from < size ? `bytes ${from}-${size - 1}/${size}` : `bytes */${size}`
  return {
    'content-type': 'application/octet-stream',
    'content-disposition': attachment(path.split('/').at(-1) ?? 'file'),
    'content-length': size - from,
    etag,
    'accept-ranges': 'bytes',
    ...(ranged && { 'content-range': range }),
  }
}

/** Whose lab it is, and how large a file may be. Throws where the configuration lets none go this way. */
async function allowed(
  deps: AppDeps,
  request: FastifyRequest,
  asked: { readonly lab: string; readonly name: string },
  way: 'upload' | 'download',
): Promise<{ claims: TicketClaims; largest: number }> {
  const { principal, origin, page } = await callerOf(request, deps)
  const lab = labFor(principal, asked.lab, deps.config)
  const terminal = terminalOf(lab.terminals, asked.name)
  if (!terminal) throw new LabError('lab/terminal-unknown')
  if (!terminal.files?.[way] || (way === 'upload' && terminal.readOnly)) throw new LabError('auth/forbidden')
  const labId = await deps.labs.idOf({ issuer: principal.issuer, subject: principal.subject, name: lab.name })
  if (labId === undefined) throw new LabError('lab/not-running')
  await deps.labs.awake(labId, asked.name)
  const { readOnly } = terminal
  const shell = { labId, lab: lab.name, terminal: asked.name, readOnly }
  const claims = { ...shell, principal, origin, page, expiresAt: new Date(0) }
  return { claims, largest: terminal.files.largest }
}

/** Where a download goes on; undefined for all of it. Only `bytes=N-` is for us; any other is passed over (RFC 9110). */
function rangeOf(request: FastifyRequest): number | undefined {
  const from = /^bytes=(\d{1,15})-$/.exec(request.headers.range ?? '')?.[1]
  return from === undefined ? undefined : Number(from)
}

function statusOf(answer: FileAnswer): FileStatus {
  if (!('status' in answer)) throw new LabError('server/internal')
  return answer.status
}
