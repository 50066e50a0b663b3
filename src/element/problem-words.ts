import { isProblemCode, type Problem, type ProblemCode } from '../wire/problems.js'
import { msg } from './words.js'

/** What a learner is told about a problem: what happened, and what to do next. */
export interface ProblemWords {
  readonly title: string
  readonly advice: string
}

/** As a server says it, perhaps a newer one. */
type Told = Pick<Problem, 'title' | 'retry'> & { readonly code: string }

/** English is the server's own title, so that both sides of the seam say the same. */
export function problemWords(problem: Told): ProblemWords {
  const words = isProblemCode(problem.code) ? WORDS[problem.code] : undefined
  // A newer server may know more problems than this page does: then its own words serve.
  return words ? { title: words[0](), advice: words[1]() } : { title: problem.title, advice: adviceByRetry(problem) }
}

function adviceByRetry(problem: Told): string {
  if (problem.retry === 'auto') return goesOn()
  return problem.retry === 'sign-in' ? signIn() : again()
}

const signIn = () => msg('Sign in to your course again, then reload this page.')
const reload = () => msg('Reload this page. If that does not help, sign in to your course again.')
const goesOn = () => msg('You need to do nothing: we keep trying.')
const again = () => msg('Try again. If it keeps happening, tell your course team and give them the code below.')
const tell = () => msg('You cannot fix this yourself. Please tell your course team and give them the code below.')
const name = () => msg('Check the name of the file and its folder.')
const online = () => msg('Check that you are online. We keep trying.')
const wake = () => msg('Nothing is lost. Wake the lab to go on.')
const line = () => msg('You need to do nothing: it is tried again as soon as a place is free.')

const WORDS = {
  'auth/no-session': [() => msg('You are not signed in.'), signIn],
  'auth/session-expired': [() => msg('Your sign-in has expired.'), reload],
  'auth/window-needed': [
    () => msg('Sign in at the course site to open your lab.'),
    () => msg('A small window opens for it and closes by itself.'),
  ],
  'auth/token-invalid': [() => msg('The course page could not sign you in.'), reload],
  'auth/token-expired': [() => msg('The sign-in from the course page has expired.'), reload],
  'auth/token-replayed': [() => msg('The sign-in from the course page was already used.'), reload],
  'auth/issuer-untrusted': [() => msg('This lab does not accept sign-ins from this site.'), tell],
  'auth/issuer-unreachable': [() => msg('The course site cannot confirm sign-ins right now.'), goesOn],
  'auth/forbidden': [
    () => msg('You do not have access to this lab.'),
    () => msg('If you are enrolled in the course, tell your course team and give them the code below.'),
  ],
  'auth/origin-refused': [() => msg('This page may not use the lab service.'), tell],
  'auth/host-refused': [() => msg('The lab service does not answer under this address.'), tell],
  'auth/ticket-invalid': [() => msg('The connection ticket is not valid any more.'), goesOn],
  'lab/unknown': [() => msg('There is no lab of this name.'), tell],
  'lab/terminal-unknown': [() => msg('The lab has no terminal of this name.'), tell],
  'lab/not-running': [() => msg('The lab is not running.'), () => msg('Start it to go on.')],
  'lab/paused': [() => msg('The lab is paused.'), wake],
  'lab/removed': [
    () => msg('The lab was removed.'),
    () => msg('It was not used for a long time. You can start a new one from the beginning.'),
  ],
  'lab/launch-failed': [() => msg('The lab could not be built.'), again],
  'lab/launch-timeout': [() => msg('The lab took too long to build.'), again],
  'lab/resume-failed': [() => msg('The lab could not be woken up. Your work is still there.'), again],
  'lab/suspend-failed': [() => msg('The lab could not be paused. It keeps running.'), goesOn],
  'lab/delete-failed': [() => msg('The lab could not be removed.'), again],
  'lab/queue-full': [() => msg('All labs are in use.'), line],
  'lab/usage-limit': [
    () => msg('You have used all of your lab time.'),
    () => msg('More comes with time. If you need some now, ask your course team.'),
  ],
  'cloud/unreachable': [() => msg('The cloud that runs the labs does not answer right now. Your lab is safe.'), goesOn],
  'cloud/refused': [() => msg('The cloud refused to do what was asked.'), again],
  'cloud/misconfigured': [() => msg('The lab is not set up correctly.'), tell],
  'link/lost': [() => msg('The connection was lost.'), online],
  'link/shell-unreachable': [() => msg('The lab runs, but its terminal does not answer.'), goesOn],
  'link/login-refused': [() => msg('The lab refused the login.'), again],
  'link/host-key-changed': [
    () => msg('The lab does not prove its identity any more, so no connection was made.'),
    tell,
  ],
  'link/slow': [() => msg('The connection was too slow for the terminal.'), goesOn],
  'link/session-ended': [() => msg('The session in the lab has ended.'), again],
  'link/desktop-unavailable': [() => msg('The service that shows this screen does not answer right now.'), goesOn],
  'link/file-failed': [() => msg('The file could not be transferred.'), again],
  'file/unknown': [() => msg('There is no such file in the lab.'), name],
  'file/forbidden': [() => msg('The lab does not let you use this file.'), name],
  'file/exists': [() => msg('There is a file of this name in the lab already.'), name],
  'file/too-large': [() => msg('The file is too large.'), () => msg('Transfer a smaller one, or a part of it.')],
  'file/no-space': [
    () => msg('The lab has no room for the file.'),
    () => msg('Remove files in the lab, then try again.'),
  ],
  'file/changed': [() => msg('The file in the lab has changed meanwhile.'), again],
  'link/protocol': [() => msg('The terminal and the server did not understand each other.'), reload],
  'link/display-failed': [
    () => msg('The terminal could not be loaded.'),
    () => msg('Check that you are online, then try again.'),
  ],
  'request/invalid': [() => msg('The request was not understood.'), tell],
  'request/unknown-path': [() => msg('There is nothing at this address.'), tell],
  'request/too-many': [() => msg('Too many requests. Please wait a moment.'), goesOn],
  'server/stopping': [() => msg('The lab service is restarting.'), goesOn],
  'server/unreachable': [() => msg('The lab service cannot be reached.'), online],
  'server/internal': [() => msg('Something went wrong in the lab service.'), goesOn],
  'config/attribute': [() => msg('The lab element on this page is not set up correctly.'), tell],
} satisfies Record<ProblemCode, readonly [title: () => string, advice: () => string]>
