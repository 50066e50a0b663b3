/**
 * Why a desktop could not be shown, where guacd has one word for several causes: for a VNC server that is not there, and
 * for one that refuses the password.
 */
import { connect } from 'node:net'
import { LabError } from '../../../../src/wire/problems.js'
import type { DeskTarget } from './ports.js'

/** A learner waits for the answer. */
const LIMIT_MS = 700
/** A server that lets nobody in says so right behind its greeting, unasked; any other waits for our word (ms). */
const REFUSAL_MS = 150
/** What each VNC server says first (RFC 6143, 7.1.1): `RFB 003.008` and a line feed. */
const GREETING = /^RFB \d{3}\.\d{3}\n$/

/** `said` is how guacd ended before it showed anything; the answer is the same where no more can be found out. */
export async function reasonOf(said: LabError, { protocol, parameters }: DeskTarget): Promise<LabError> {
  // A host that refuses at once does so before guacd lists the page among those whom it tells why (guacd 1.3,
  // src/libguac/client.c, `guac_client_add_user`): only the end is told. Nothing was shown, so no session has ended.
  const error =
    said.code === 'link/session-ended'
      ? new LabError('link/shell-unreachable', { message: 'guacd ended before it showed anything', cause: said })
      : said
  const { hostname, port, 'dest-host': repeater, 'reverse-connect': reverse } = parameters
  if (protocol !== 'vnc' || error.code !== 'link/shell-unreachable' || repeater || reverse === 'true') return error
  if (!hostname || !(await greets(hostname, Number(port ?? 5900)))) return error
  return new LabError('link/login-refused', { message: 'the VNC server answers, and guacd got nowhere', cause: error })
}

/** Whether it is a VNC server that talks with us: one that had too many failed logins refuses everybody for a while. */
function greets(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port })
    let said = ''
    const settle = (): void => {
      resolve(GREETING.test(said) && !socket.destroyed)
      clearTimeout(timer)
      socket.destroy()
    }
    let timer = setTimeout(settle, LIMIT_MS)
    socket.on('data', (bytes: Buffer) => {
      clearTimeout(timer)
      said = (said + bytes.toString('latin1')).slice(0, 64)
      timer = setTimeout(settle, REFUSAL_MS)
    })
    socket.on('end', () => socket.destroy())
    socket.once('close', settle)
    socket.on('error', () => socket.destroy())
  })
}
