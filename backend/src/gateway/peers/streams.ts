/** Files of a Guacamole tunnel that another replica has: asked for over HTTP, streamed through. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline, type Readable } from 'node:stream'
import { Type } from 'typebox'
import { LabError } from '../../../../src/wire/problems.js'
import { type StreamAnswer, type StreamRequest, StreamRequestSchema, type StreamWork } from '../guacd/stream-request.js'
import { ANSWER_HEADER, ask, refuse } from './ask.js'
import { pack, unpack } from './claims.js'
import type { Peer } from './places.js'

const REQUEST_HEADER = 'x-lab-stream'

const AnswerSchema = Type.Union([
  Type.Object({ capability: Type.String(), expiresAt: Type.String() }),
  Type.Object({ file: Type.Literal(true) }),
  Type.Object({ done: Type.Literal(true) }),
])

/** Throws `LabError` as the other replica did; `link/lost` where it does not answer. */
export async function askForStream(peer: Peer, request: StreamRequest, body: Readable): Promise<StreamAnswer> {
  const response = await ask(peer, '/stream', { [REQUEST_HEADER]: pack(request) }, body)
  const answer = unpack(AnswerSchema, response.headers[ANSWER_HEADER])
  if (answer && 'file' in answer) return { file: response }
  response.resume()
  if (!answer) throw new LabError('link/lost')
  return answer
}

/** Answers `askForStream`. */
export async function serveStream(
  incoming: IncomingMessage,
  response: ServerResponse,
  work: StreamWork,
): Promise<void> {
  try {
    const request = unpack(StreamRequestSchema, incoming.headers[REQUEST_HEADER])
    if (!request) throw new LabError('request/invalid')
    const answer = await work(request, incoming)
    if (!('file' in answer)) {
      response.setHeader(ANSWER_HEADER, pack(answer)).end()
      return
    }
    response.setHeader(ANSWER_HEADER, pack({ file: true })).flushHeaders()
    // Before the first byte nothing else tells that the browser has gone.
    response.once('close', () => answer.file.destroy())
    pipeline(answer.file, response, () => undefined)
  } catch (error) {
    refuse(response, error)
  }
}
