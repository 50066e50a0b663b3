import type { LinkSocket } from '../../src/display/link-ports.js'

const encoder = new TextEncoder()

const PROMPT = '\x1b[1;32mtraining@deploy\x1b[0m:\x1b[1;34m~\x1b[0m$ '

/** What a terminal of the sample lab would show. */
const RECORDING = [
  `${PROMPT}ceph status`,
  '  \x1b[1mcluster:\x1b[0m',
  '    id:     5e2fae6e-c3ff-4f5e-9a51-0b8e5f6f7d2a',
  '    health: \x1b[32mHEALTH_OK\x1b[0m',
  '',
  '  \x1b[1mservices:\x1b[0m',
  '    mon: 3 daemons, quorum alice,bob,charlie (age 12m)',
  '    mgr: alice(active, since 11m), standbys: bob',
  '    osd: 3 osds: 3 up (since 9m), 3 in (since 9m)',
  '',
  '  \x1b[1mdata:\x1b[0m',
  '    pools:   2 pools, 33 pgs',
  '    usage:   81 MiB used, 30 GiB / 30 GiB avail',
  '    pgs:     \x1b[32m33 active+clean\x1b[0m',
  '',
  `${PROMPT}\x1b[33mfor\x1b[0m n in alice bob charlie; do ssh $n uptime; done`,
  ' 09:14:02 up 13 min,  0 users,  load average: 0.08, 0.11, 0.07',
  ' 09:14:03 up 13 min,  0 users,  load average: 0.02, 0.05, 0.04',
  ' 09:14:03 up 13 min,  0 users,  load average: 0.00, 0.03, 0.03',
  PROMPT,
].join('\r\n')

/** A server at the other end of `lab-ssh.v1` that plays a recording, echoes what is typed, and runs nothing. */
export class RecordedSocket extends EventTarget implements LinkSocket {
  binaryType: BinaryType = 'arraybuffer'
  readonly protocol: string
  readonly #lost: boolean

  /** `lost`: the shell of the recording is gone, and a new one has begun. */
  constructor(subprotocols: readonly string[], lost = false) {
    super()
    this.#lost = lost
    this.protocol = subprotocols[0] ?? ''
    queueMicrotask(() => this.dispatchEvent(new Event('open')))
  }

  send(data: string | Uint8Array<ArrayBuffer>): void {
    if (typeof data === 'string') this.#control(JSON.parse(data))
    else this.#output(data)
  }

  close(): void {
    // Nothing is open.
  }

  #control(message: unknown): void {
    if (typeof message !== 'object' || message === null || !('type' in message)) return
    if (message.type === 'ping' && 'id' in message) this.#say({ type: 'pong', id: message.id })
    if (message.type !== 'attach' || !('cols' in message) || !('rows' in message)) return
    const { cols, rows } = message
    // Whoever comes back has the recording on the screen already.
    const have =
      'have' in message && typeof message.have === 'object' && message.have !== null ? message.have : undefined
    const seq = have && 'seq' in have && typeof have.seq === 'number' ? have.seq : 0
    const attached = { type: 'attached', readOnly: false, running: true, cols, rows }
    this.#say({ ...attached, stream: 'recording', seq })
    if (seq === 0) this.#output(encoder.encode(RECORDING))
    if (!this.#lost) return
    this.#say({ ...attached, stream: 'another', seq: 0, lost: true })
    this.#output(encoder.encode(PROMPT))
  }

  #say(message: object): void {
    this.#deliver(JSON.stringify(message))
  }

  #output(bytes: Uint8Array<ArrayBuffer>): void {
    this.#deliver(bytes.slice().buffer)
  }

  /** Never within the call that asked for it, as on a network. */
  #deliver(data: string | ArrayBuffer): void {
    queueMicrotask(() => this.dispatchEvent(new MessageEvent('message', { data })))
  }
}
