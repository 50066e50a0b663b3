/**
 * Why a desktop could not be shown or ended, where guacd has one word for several causes: for a VNC server that is not
 * there and for one that refuses the password, for a session that was left and for a host that is gone.
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

/** How guacd ended: what it said, and whether it had shown something before. */
export interface Ended {
  readonly said: LabError
  readonly shown: boolean
}

/** The answer is what guacd said where no more can be found out. */
export async function reasonOf({ said, shown }: Ended, target: DeskTarget): Promise<LabError> {
  const address = addressOf(target)
  if (shown) {
    const left = said.code !== 'link/session-ended' || target.protocol === 'vnc' || !address
    if (left || (await ask(address, REFUSAL_MS)).stands !== false) return said
    return new LabError('link/shell-unreachable', { message: 'guacd ended, and the host is gone', cause: said })
  }
  // A host that refuses at once does so before guacd lists the page among those whom it tells why (guacd 1.3,
  // src/libguac/client.c, `guac_client_add_user`): only the end is told. Nothing was shown, so no session has ended.
  const error =
    said.code === 'link/session-ended'
      ? new LabError('link/shell-unreachable', { message: 'guacd ended before it showed anything', cause: said })
      : said
  if (target.protocol !== 'vnc' || error.code !== 'link/shell-unreachable' || !address) return error
  const { words, stands } = await ask(address)
  // One that had too many failed logins greets, and refuses everybody for a while.
  if (!stands || !GREETING.test(words)) return error
  return new LabError('link/login-refused', { message: 'the VNC server answers, and guacd got nowhere', cause: error })
}

interface Address {
  readonly host: string
  readonly port: number
}

interface Answer {
  readonly words: string
  readonly stands: boolean | undefined
}

/** Undefined where guacd goes another way to it than we would. */
function addressOf({ protocol, parameters }: DeskTarget): Address | undefined {
  const { hostname, port = protocol === 'vnc' ? '5900' : undefined } = parameters
  const { 'dest-host': repeater, 'reverse-connect': reverse } = parameters
  return hostname && port && !repeater && reverse !== 'true' ? { host: hostname, port: Number(port) } : undefined
}

/** The network's words for: nobody is there. */
const GONE = ['ECONNREFUSED', 'ECONNRESET', 'EHOSTUNREACH']

/**
 * What it says to who connects, and whether it lets them stay: undefined where that cannot be told from here, because
 * only guacd knows its name or reaches its network.
 * @param enough Who is let stay so long, milliseconds, may; default: until it said something.
 */
function ask(address: Address, enough?: number): Promise<Answer> {
  return new Promise((resolve) => {
    const socket = connect(address)
    let words = ''
    let stands: boolean | undefined
    const settle = (): void => {
      resolve({ words, stands })
      clearTimeout(timer)
      socket.destroy()
    }
    let timer = setTimeout(settle, LIMIT_MS)
    const wait = (ms: number): void => {
      clearTimeout(timer)
      timer = setTimeout(settle, ms)
    }
    socket.on('connect', () => {
      stands = true
      if (enough !== undefined) wait(enough)
    })
    socket.on('data', (bytes: Buffer) => {
      words = (words + bytes.toString('latin1')).slice(0, 64)
      wait(REFUSAL_MS)
    })
    socket.on('error', ({ code = '' }: NodeJS.ErrnoException) => {
      if (stands || GONE.includes(code)) stands = false
    })
    socket.on('end', () => {
      stands = false
      socket.destroy()
    })
    socket.once('close', settle)
  })
}
