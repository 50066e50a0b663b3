/**
 * Why a desktop could not be shown, where guacd has one word for several causes: for a VNC server that is not there, and
 * for one that refuses the password.
 */
import { connect } from 'node:net'
import { LabError } from '../../../../src/wire/problems.js'
import type { DeskTarget } from './ports.js'

/** A learner waits for the answer. */
const LIMIT_MS = 700
/** What each VNC server says first (RFC 6143, 7.1.1). */
const GREETING = 'RFB '

/** `error` is what guacd said before it showed anything; the answer is the same where no more can be found out. */
export async function reasonOf(error: LabError, { protocol, parameters }: DeskTarget): Promise<LabError> {
  const { hostname, port, 'dest-host': repeater, 'reverse-connect': reverse } = parameters
  if (protocol !== 'vnc' || error.code !== 'link/shell-unreachable' || repeater || reverse === 'true') return error
  if (!hostname || !(await greets(hostname, Number(port ?? 5900)))) return error
  return new LabError('link/login-refused', { message: 'the VNC server answers, and guacd got nowhere', cause: error })
}

function greets(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port })
    const settle = (is: boolean): void => {
      resolve(is)
      clearTimeout(timer)
      socket.destroy()
    }
    const timer = setTimeout(() => settle(false), LIMIT_MS)
    socket.once('data', (bytes: Buffer) => settle(bytes.toString('latin1', 0, GREETING.length) === GREETING))
    socket.once('close', () => settle(false))
    socket.on('error', () => settle(false))
  })
}
