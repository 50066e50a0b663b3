/** A request from one replica to another over HTTP, with a body that streams; and how a refusal goes back. */
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { finished, type Readable } from 'node:stream'
import { Type } from 'typebox'
import { isProblemCode, LabError, PROBLEMS } from '../../../../src/wire/problems.js'
import { pack, unpack } from './claims.js'
import type { Peer } from './places.js'

export const ANSWER_HEADER = 'x-lab-answer'
const PROBLEM_HEADER = 'x-lab-problem'
/** Of either side, milliseconds: nothing moved. */
const SILENCE_MS = 60_000

const ProblemHeader = Type.Object({ code: Type.String(), detail: Type.Optional(Type.String()) })

/**
 * Resolves with what the other replica answers. Throws `LabError` as it did; `link/lost` where it does not answer.
 * @param headers Beside the proof that one of us asks.
 */
export function ask(
  peer: Peer,
  path: string,
  headers: Record<string, string>,
  body: Readable,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(`http://${peer.address}${path}`, {
      ...{ method: 'POST', timeout: SILENCE_MS },
      headers: { authorization: `Bearer ${peer.secret}`, ...headers },
    })
    outgoing.on('timeout', () => outgoing.destroy())
    outgoing.on('error', (cause) => reject(new LabError('link/lost', { cause })))
    outgoing.on('response', (response) => {
      if (response.headers[ANSWER_HEADER] !== undefined) return resolve(response)
      reject(problemOf(response))
      // What is left of an upload is not sent; the page still is to be told.
      body.unpipe(outgoing)
      outgoing.destroy()
    })
    body.pipe(outgoing)
    // The end of the body is the end of the page's, whole or not.
    finished(body, { writable: false }, (error) => error && outgoing.destroy())
  })
}

function problemOf(response: IncomingMessage): LabError {
  const problem = unpack(ProblemHeader, response.headers[PROBLEM_HEADER])
  if (!problem || !isProblemCode(problem.code)) return new LabError('link/lost')
  return new LabError(problem.code, problem.detail === undefined ? {} : { detail: problem.detail })
}

/** Tells the other replica why not. */
export function refuse(response: ServerResponse, error: unknown): void {
  const { code, detail } = error instanceof LabError ? error : new LabError('server/internal')
  response.statusCode = PROBLEMS[code].http
  response.setHeader(PROBLEM_HEADER, pack({ code, ...(detail === undefined ? {} : { detail }) }))
  response.end()
}
