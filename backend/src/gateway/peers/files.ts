/** Files whose connection another replica holds: asked for over HTTP, streamed through. */
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { pipeline, type Readable } from 'node:stream'
import { Type } from 'typebox'
import { isProblemCode, LabError, PROBLEMS } from '../../../../src/wire/problems.js'
import { FileStatusSchema } from '../../../../src/wire/schema.js'
import type { TicketClaims } from '../../auth/ports.js'
import { type FileAnswer, type FileRequest, FileRequestSchema } from '../files/request.js'
import { CLAIMS_HEADER, pack, unpack } from './claims.js'
import type { Peer } from './places.js'

const REQUEST_HEADER = 'x-lab-file'
const ANSWER_HEADER = 'x-lab-answer'
const PROBLEM_HEADER = 'x-lab-problem'
/** Of either side, milliseconds: nothing moved. */
const SILENCE_MS = 60_000

const AnswerSchema = Type.Union([
  Type.Object({ status: FileStatusSchema }),
  Type.Object({ file: Type.Object({ size: Type.Integer(), etag: Type.String(), from: Type.Integer() }) }),
])
const ProblemHeader = Type.Object({ code: Type.String(), detail: Type.Optional(Type.String()) })

export type FileWork = (claims: TicketClaims, request: FileRequest, body: Readable) => Promise<FileAnswer>

/** Throws `LabError` as the other replica did; `link/lost` where it does not answer. */
export function askPeer(peer: Peer, claims: TicketClaims, request: FileRequest, body: Readable): Promise<FileAnswer> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(`http://${peer.address}/file`, {
      method: 'POST',
      timeout: SILENCE_MS,
      headers: {
        authorization: `Bearer ${peer.secret}`,
        [CLAIMS_HEADER]: pack(claims),
        [REQUEST_HEADER]: pack(request),
      },
    })
    outgoing.on('timeout', () => outgoing.destroy())
    outgoing.on('error', (cause) => reject(new LabError('link/lost', { cause })))
    outgoing.on('response', (response) => {
      const answer = answerOf(response)
      if (!(answer instanceof LabError)) return resolve(answer)
      response.resume()
      reject(answer)
    })
    // The end of the body is the end of the page's, whole or not.
    pipeline(body, outgoing, (error) => error && outgoing.destroy())
  })
}

function answerOf(response: IncomingMessage): FileAnswer | LabError {
  const answer = unpack(AnswerSchema, response.headers[ANSWER_HEADER])
  if (answer) return 'file' in answer ? { file: answer.file, bytes: response } : answer
  const problem = unpack(ProblemHeader, response.headers[PROBLEM_HEADER])
  if (!problem || !isProblemCode(problem.code)) return new LabError('link/lost')
  return new LabError(problem.code, problem.detail === undefined ? {} : { detail: problem.detail })
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
    const { code, detail } = error instanceof LabError ? error : new LabError('server/internal')
    response.statusCode = PROBLEMS[code].http
    response.setHeader(PROBLEM_HEADER, pack({ code, ...(detail === undefined ? {} : { detail }) }))
    // What is left of an upload is not read.
    response.shouldKeepAlive = false
    response.end()
  }
}
