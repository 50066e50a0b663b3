import { timingSafeEqual } from 'node:crypto'
import { createServer, type Server, type Socket } from 'node:net'
import ssh2, { type AuthContext, type Connection, type ParsedKey, type PublicKeyAuthContext } from 'ssh2'
import { type LabSettings, SSH_USER } from '../environment.js'
import type { ProcessTree } from '../process-tree.js'
import type { Keys } from '../stack-folder.js'
import { serveJump } from './jump.js'
import { serveSession } from './session.js'

const HOST = '127.0.0.1'
const MAX_CONNECTIONS = 64
const LOGIN_LIMIT_MS = 15_000
/** On one machine no connection dies unnoticed; and a client that is itself stopped for a while must not lose it. */
const NO_KEEPALIVE_MS = 2 ** 31 - 1

export interface SshServerOptions {
  readonly keys: Keys
  readonly settings: LabSettings
  readonly tree: ProcessTree
  readonly log: (message: string) => void
}

/** The lab's SSH server: one user, one key, sessions, and the way to itself; no other forwarding, no agent, no subsystem but SFTP. */
export class SshServer {
  readonly #options: SshServerOptions
  readonly #ssh: InstanceType<typeof ssh2.Server>
  readonly #server: Server
  readonly #clientKey: ParsedKey
  readonly #sockets = new Map<number, Socket>()
  #guests = 0

  constructor(options: SshServerOptions) {
    this.#options = options
    const clientKey = ssh2.utils.parseKey(options.keys.clientPublic)
    if (clientKey instanceof Error) throw new Error('the client key is damaged')
    this.#clientKey = clientKey
    this.#ssh = new ssh2.Server(
      { hostKeys: [options.keys.hostPrivate], keepaliveInterval: NO_KEEPALIVE_MS, ident: 'lab-host' },
      (client, { port }) => this.#welcome(client, this.#sockets.get(port)),
    )
    this.#server = createServer((socket) => this.#receive(socket))
  }

  /** How many clients are logged in. */
  get guests(): number {
    return this.#guests
  }

  /** On the wanted port if it is free, else on any; answers the port. Loopback only. */
  async listen(wanted: number): Promise<number> {
    const take = (port: number): Promise<number> =>
      new Promise((resolve, reject) => {
        this.#server.once('error', reject)
        this.#server.listen(port, HOST, () => {
          this.#server.off('error', reject)
          resolve(this.#port)
        })
      })
    return wanted === 0 ? take(0) : take(wanted).catch(() => take(0))
  }

  close(): void {
    this.#server.close()
    for (const socket of this.#sockets.values()) socket.destroy()
  }

  get #port(): number {
    const address = this.#server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  #receive(socket: Socket): void {
    const { remotePort } = socket
    if (remotePort === undefined || this.#sockets.size >= MAX_CONNECTIONS) {
      socket.destroy()
      return
    }
    socket.setNoDelay(true)
    // Every channel listens for the socket's drain.
    socket.setMaxListeners(0)
    this.#sockets.set(remotePort, socket)
    socket.once('close', () => this.#sockets.delete(remotePort))
    this.#ssh.injectSocket(socket)
  }

  #welcome(client: Connection, socket: Socket | undefined): void {
    if (socket === undefined) {
      client.end()
      return
    }
    const { settings, tree, log } = this.#options
    const login = setTimeout(() => socket.destroy(), LOGIN_LIMIT_MS)
    client.on('error', (error) => log(`connection: ${error.message}`))
    client.on('authentication', (attempt) => this.#authenticate(attempt))
    client.once('ready', () => {
      clearTimeout(login)
      this.#guests++
      client.once('close', () => this.#guests--)
    })
    client.once('close', () => clearTimeout(login))
    client.on('tcpip', (accept, reject, wanted) =>
      serveJump({ accept, reject, wanted, own: { host: HOST, port: this.#port } }),
    )
    client.on('session', (accept) => serveSession(accept(), { settings, tree, socket, log }))
  }

  /** RFC 4252 section 7: first the key is offered, then the same key signs. */
  #authenticate(attempt: AuthContext): void {
    const key = this.#clientKey
    const isOurs =
      attempt.method === 'publickey' &&
      attempt.username === SSH_USER &&
      attempt.key.algo === key.type &&
      isSame(attempt.key.data, key.getPublicSSH())
    if (isOurs && (attempt.signature === undefined || isSigned(attempt, key))) attempt.accept()
    else attempt.reject(['publickey'])
  }
}

function isSigned({ blob, signature, hashAlgo }: PublicKeyAuthContext, key: ParsedKey): boolean {
  if (blob === undefined || signature === undefined) return false
  const verified: unknown = key.verify(blob, signature, hashAlgo) // an Error, where the signature makes no sense
  return verified === true
}

function isSame(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}
