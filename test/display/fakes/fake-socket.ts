import type { LinkSocket } from '../../../src/display/link-ports.js'
import { SUBPROTOCOL } from '../../../src/wire/protocol.js'
import type { SshServerMessage } from '../../../src/wire/ssh.js'

/** A WebSocket without a network: the test is the server. Counts its listeners. */
export class FakeSocket extends EventTarget implements LinkSocket {
  binaryType: BinaryType = 'blob'
  protocol = ''
  readonly url: string
  readonly subprotocols: readonly string[]
  readonly sentText: string[] = []
  readonly sentBytes: Uint8Array[] = []
  /** Set when the page closed it. */
  closedWith: number | undefined
  onSend: ((data: string | Uint8Array) => void) | undefined
  readonly #listening = new Set<unknown>()

  constructor(url: string, subprotocols: readonly string[]) {
    super()
    this.url = url
    this.subprotocols = subprotocols
  }

  get messages(): Record<string, unknown>[] {
    return this.sentText.map((text) => JSON.parse(text))
  }

  messagesOf(type: string): Record<string, unknown>[] {
    return this.messages.filter((message) => message['type'] === type)
  }

  /** Everything typed, as text. */
  get input(): string {
    const decoder = new TextDecoder()
    return this.sentBytes.map((bytes) => decoder.decode(bytes, { stream: true })).join('')
  }

  get isOpen(): boolean {
    return this.protocol !== '' && this.closedWith === undefined
  }

  get listeners(): number {
    return this.#listening.size
  }

  override addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: AddEventListenerOptions | boolean,
  ): void {
    super.addEventListener(type, listener, options)
    this.#listening.add(listener)
    if (typeof options === 'object') options.signal?.addEventListener('abort', () => this.#listening.delete(listener))
  }

  override removeEventListener(type: string, listener: EventListenerOrEventListenerObject | null): void {
    super.removeEventListener(type, listener)
    this.#listening.delete(listener)
  }

  send(data: string | Uint8Array<ArrayBuffer>): void {
    if (this.protocol === '') throw new DOMException('still connecting', 'InvalidStateError')
    if (this.closedWith !== undefined) return
    if (typeof data === 'string') this.sentText.push(data)
    else this.sentBytes.push(data.slice())
    this.onSend?.(data)
  }

  close(code = 1005): void {
    this.closedWith ??= code
  }

  // What the server does.

  open(protocol: string = SUBPROTOCOL.ssh): void {
    this.protocol = protocol
    this.dispatchEvent(new Event('open'))
  }

  text(data: string): void {
    this.dispatchEvent(new MessageEvent('message', { data }))
  }

  message(message: SshServerMessage): void {
    this.text(JSON.stringify(message))
  }

  bytes(bytes: Uint8Array | string): void {
    const data = typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes
    this.dispatchEvent(new MessageEvent('message', { data: new Uint8Array(data).buffer }))
  }

  /** Opens and puts the page on an empty stream. */
  attach(more: Partial<Extract<SshServerMessage, { type: 'attached' }>> = {}): void {
    if (this.protocol === '') this.open()
    const asked = this.messagesOf('attach')[0]
    const size = { cols: Number(asked?.['cols']), rows: Number(asked?.['rows']) }
    this.message({ type: 'attached', stream: 's1', seq: 0, readOnly: false, running: true, ...size, ...more })
  }

  cut(code = 1006, reason = ''): void {
    this.dispatchEvent(new CloseEvent('close', { code, reason }))
  }
}
