import { readFile } from 'node:fs/promises'
import type { Socket } from 'node:net'

/**
 * Whether the other end of a loopback connection belongs to the user this process runs as (or to root). Loopback is
 * shared by all users of a machine, and the demo hands out shells: another user's request must not get one. Linux tells
 * the owner of a socket in `/proc/net/tcp` (proc(5)); elsewhere nothing tells, and the answer is yes.
 */
export async function isOwnPeer(socket: Socket): Promise<boolean> {
  const own = process.getuid?.()
  if (process.platform !== 'linux' || own === undefined) return true
  const { remotePort, localPort } = socket
  if (remotePort === undefined || localPort === undefined) return false
  const tables = await Promise.all(
    ['/proc/net/tcp', '/proc/net/tcp6'].map((file) => readFile(file, 'utf8').catch(() => '')),
  )
  const owner = socketOwner(tables.join('\n'), remotePort, localPort)
  return owner === own || owner === 0
}

/** The uid of the socket that is bound to `port` and connected to `peerPort`; both are loopback. Pure. */
export function socketOwner(table: string, port: number, peerPort: number): number | undefined {
  const hex = (value: number): string => value.toString(16).toUpperCase().padStart(4, '0')
  for (const line of table.split('\n')) {
    const [, local, remote, , , , , uid] = line.trim().split(/\s+/)
    if (local?.endsWith(`:${hex(port)}`) && remote?.endsWith(`:${hex(peerPort)}`) && uid !== undefined)
      return Number(uid)
  }
  return undefined
}
