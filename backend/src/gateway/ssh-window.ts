/**
 * A smaller SSH window (RFC 4254 section 5.2). ssh2 1.17 lets a host send 2 MiB ahead and buffers as much again: at Ctrl+C
 * all of that must still be painted before the prompt. ssh2 has no setting for it, so its inside is used, with checks:
 * where it looks different, ssh2's own window stays, and only Ctrl+C under a flood is slower.
 */
import type { Client, ClientChannel } from 'ssh2'

/** What ssh2 grants when it opens a channel. */
const FIRST_WINDOW = 2 * 1024 * 1024
/** How far a host may be ahead, in bytes: what it uses up before it hears of more; at most 25 MB/s at a round trip of 10 ms. */
const LEAST = 64 * 1024
const MOST = 256 * 1024
/** With less than this left a host had to wait. */
const PACKET = 8 * 1024

type Grant = (bytes: number) => void

export class SshWindow {
  readonly #grant: Grant | undefined
  /** Bytes that the host may still send. */
  #left = FIRST_WINDOW
  #size = LEAST

  constructor(client: Client, channel: ClientChannel) {
    this.#grant = takeOver(client, channel)
  }

  /** Bytes were read: the host may send as many more, in large steps. */
  read(bytes: number): void {
    this.#left -= bytes
    if (this.#left > this.#size / 2) return
    if (this.#left < PACKET) this.#size = Math.min(this.#size * 2, MOST)
    this.#grant?.(this.#size - this.#left)
    this.#left = this.#size
  }

  /** Nobody reads on: what the host is ahead only makes it later. */
  paused(): void {
    this.#size = LEAST
  }
}

/** Keeps ssh2 from granting by itself, and answers how to do it; undefined where that cannot be. */
function takeOver(client: Client, channel: ClientChannel): Grant | undefined {
  const incoming = member(channel, 'incoming')
  const id = member(member(channel, 'outgoing'), 'id')
  const protocol = member(client, '_protocol')
  const adjust = member(protocol, 'channelWindowAdjust')
  const granted = member(incoming, 'window')
  if (typeof incoming !== 'object' || incoming === null || typeof adjust !== 'function') return undefined
  if (typeof id !== 'number' || granted !== FIRST_WINDOW) return undefined
  // ssh2 grants more when this count runs low.
  Reflect.set(incoming, 'window', Number.MAX_SAFE_INTEGER)
  return (bytes) => {
    if (member(member(channel, 'outgoing'), 'state') === 'open') Reflect.apply(adjust, protocol, [id, bytes])
  }
}

function member(object: unknown, key: string): unknown {
  return typeof object === 'object' && object !== null ? Reflect.get(object, key) : undefined
}
