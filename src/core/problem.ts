/** Problems as the server tells them, made safe for a page that may be older than the server. */
import { isProblemCode, type Problem, problemOf } from '../wire/problems.js'
import type { LabStatus } from '../wire/schema.js'

/** The words and the retry are the server's; a code this page does not know becomes `server/internal`. */
export function knownProblem(told: NonNullable<LabStatus['problem']>): Problem {
  const code = isProblemCode(told.code) ? told.code : 'server/internal'
  const { title, detail, retry } = told
  return detail === undefined ? { code, title, retry } : { code, title, detail, retry }
}

/** Why a failed lab failed; a server that does not say gets the general words, which ask the person. */
export function labProblem(lab: LabStatus): Problem {
  return lab.problem ? knownProblem(lab.problem) : { ...problemOf('server/internal'), retry: 'user' }
}
