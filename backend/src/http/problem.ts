import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { LabError, PROBLEMS, type Problem } from '../../../src/wire/problems.js'

/** RFC 9457: the problem's members, its status, and a type that names the code. */
export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  const status = PROBLEMS[problem.code].http
  return reply
    .code(status)
    .type('application/problem+json')
    .send(JSON.stringify({ type: `urn:lab-terminal:problem:${problem.code}`, status, ...problem }))
}

/** Every failure leaves as one problem; what is not ours to tell stays in the log. */
function toLabError(error: FastifyError | LabError): LabError {
  if (error instanceof LabError) return error
  if (error.validation) return new LabError('request/invalid', { detail: error.message, cause: error })
  if (error.statusCode === 429) return new LabError('request/too-many', { cause: error })
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) {
    return new LabError('request/invalid', { cause: error })
  }
  return new LabError('server/internal', { cause: error })
}

/** What is told of a failure, after all of it was logged: as an error where it is ours, else as what was refused. */
export function logged(error: FastifyError | LabError, request: FastifyRequest, what = 'request'): LabError {
  const known = toLabError(error)
  if (PROBLEMS[known.code].http >= 500) request.log.error({ err: error, code: known.code }, `${what} failed`)
  else request.log.info({ code: known.code, reason: known.message }, `${what} refused`)
  return known
}

export function handleError(
  error: FastifyError | LabError,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  return sendProblem(reply, logged(error, request).problem)
}
