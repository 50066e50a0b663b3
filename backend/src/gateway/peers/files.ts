/** Files whose connection another replica holds: asked for over HTTP, streamed through. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline, type Readable } from 'node:stream'
import { Type } from 'typebox'
import { LabError } from '../../../../src/wire/problems.js'
import { FileStatusSchema } from '../../../../src/wire/schema.js'
import type { TicketClaims } from '../../auth/ports.js'
import { type FileAnswer, type FileRequest, FileRequestSchema } from '../files/request.js'
import { ANSWER_HEADER, ask, refuse } from './ask.js'
import { CLAIMS_HEADER, pack, unpack } from './claims.js'
import type { Peer } from './places.js'

const REQUEST_HEADER = 'x-lab-file'

const AnswerSchema = Type.Union([
  Type.Object({ status: FileStatusSchema }),
  Type.Object({ file: Type.Object({ size: Type.Integer(), etag: Type.String(), from: Type.Integer() }) }),
])

export type FileWork = (claims: TicketClaims, request: FileRequest, body: Readable) => Promise<FileAnswer>

/** Throws `LabError` as the other replica did; `link/lost` where it does not answer. */
export async function askPeer(
  peer: Peer,
  claims: TicketClaims,
  request: FileRequest,
  body: Readable,
): Promise<FileAnswer> {
  const headers = { [CLAIMS_HEADER]: pack(claims), [REQUEST_HEADER]: pack(request) }
  const response = await ask(peer, '/file', headers, body)
  const answer = unpack(AnswerSchema, response.headers[ANSWER_HEADER])
  if (answer) return 'file' in answer ? { file: answer.file, bytes: response } : answer
  response.resume()
  throw new LabError('link/lost')
}

/** Answers `askPeer`. */
export async function servePeer(
  incoming: IncomingMessage,
  response: ServerResponse,
  claims: TicketClaims,
  work: FileWork,
): Promise<void> {
  try {
    const request = unpack(FileRequestSchema, incoming.headers[REQUEST_HEADER])
    if (!request) throw new LabError('request/invalid')
    const answer = await work(claims, request, incoming)
    if ('status' in answer) {
      response.setHeader(ANSWER_HEADER, pack(answer)).end()
      return
    }
    response.setHeader(ANSWER_HEADER, pack({ file: answer.file }))
    pipeline(answer.bytes, response, () => undefined)
  } catch (error) {
    refuse(response, error)
  }
}
