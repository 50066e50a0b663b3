/** A way by this host (RFC 4254 section 7.2) to itself and nowhere else: what `via` needs where a lab is one machine. */
import { connect } from 'node:net'
import type { AcceptConnection, RejectConnection, ServerChannel, TcpipRequestInfo } from 'ssh2'

const OWN_NAMES: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost'])

export interface JumpOptions {
  readonly accept: AcceptConnection<ServerChannel>
  readonly reject: RejectConnection
  readonly wanted: Pick<TcpipRequestInfo, 'destIP' | 'destPort'>
  /** Where this host listens. */
  readonly own: { readonly host: string; readonly port: number }
}

export function serveJump({ accept, reject, wanted, own }: JumpOptions): void {
  if (!OWN_NAMES.has(wanted.destIP) || wanted.destPort !== own.port) {
    reject()
    return
  }
  const socket = connect(own.port, own.host)
  // Told at once, as by every other host: who cannot be reached ends the channel.
  const channel = accept()
  channel.on('error', () => socket.destroy())
  channel.on('close', () => socket.destroy())
  socket.on('error', () => channel.close())
  channel.pipe(socket).pipe(channel)
}
