/** The lab's clipboard and the learner's, by the browser's own paste and copy: no permission is asked for. */
import type { Client, InputStream, OutputStream } from 'guacamole-common-js'

/** Largest raw part of a stream that guacd takes (bytes). */
const BLOB_BYTES = 6048
/** guacd keeps 256 KiB of text; pictures may be larger. */
const MOST_BYTES = 10 * 1024 * 1024
/** How long (ms) after a person's own key or click what the lab copies may go to their clipboard. */
const GESTURE_MS = 4_000

export type Copied = { readonly text: string } | { readonly image: Blob }

/** Puts what a person pasted on the lab's clipboard. */
export async function sendData(client: Client, data: DataTransfer): Promise<void> {
  const text = data.getData('text/plain')
  const image = [...data.files].find(({ type }) => type.startsWith('image/'))
  if (text !== '' || !image) sendText(client, text)
  else if (image.size <= MOST_BYTES)
    sendBytes(client.createClipboardStream(image.type), new Uint8Array(await image.arrayBuffer()))
}

export function sendText(client: Client, text: string): void {
  if (text !== '') sendBytes(client.createClipboardStream('text/plain'), new TextEncoder().encode(text))
}

/** In parts that guacd takes, and ends the stream. */
export function sendBytes(stream: OutputStream, bytes: Uint8Array): void {
  for (let start = 0; start < bytes.length; start += BLOB_BYTES) {
    stream.sendBlob(btoa(String.fromCharCode(...bytes.subarray(start, start + BLOB_BYTES))))
  }
  stream.sendEnd()
}

/** Reads what the lab copied; calls back when all of it is there. */
export function receive(stream: InputStream, type: string, done: (copied: Copied) => void): void {
  const parts: Uint8Array<ArrayBuffer>[] = []
  let size = 0
  stream.onblob = (data) => {
    const part = Uint8Array.from(atob(data), (char) => char.charCodeAt(0))
    size += part.length
    if (size <= MOST_BYTES) parts.push(part)
    stream.sendAck('OK', 0)
  }
  stream.onend = () => {
    if (size > MOST_BYTES) return
    const blob = new Blob(parts, { type })
    if (type.startsWith('image/')) done({ image: blob })
    else void blob.text().then((text) => done({ text }))
  }
}

export interface LocalClipboardOptions {
  readonly host: HTMLElement
  readonly field: HTMLTextAreaElement
  readonly signal: AbortSignal
  readonly now: () => number
}

/**
 * What the lab copied, on its way to the learner's clipboard: where they just pressed a key or button in the lab, or
 * where they ask the browser to copy. A lab that nobody uses, or that only tells a page what it copied earlier, writes
 * over nobody's clipboard.
 */
export class LocalClipboard {
  readonly #options: LocalClipboardOptions
  #copied: Copied | undefined
  /** The browser wanted another key or button first. */
  #refused = false
  #gestureAt = Number.NEGATIVE_INFINITY

  constructor(options: LocalClipboardOptions) {
    this.#options = options
    const { host, signal } = options
    for (const type of ['keydown', 'pointerdown', 'pointerup'] as const) {
      host.addEventListener(type, () => this.#used(), { capture: true, signal })
    }
    host.addEventListener('copy', (event) => this.#answer(event), { signal })
  }

  /** `fresh`: the lab copied it just now. */
  take(copied: Copied, fresh: boolean): void {
    this.#copied = copied
    this.#refused = false
    const recent = this.#options.now() - this.#gestureAt < GESTURE_MS
    if (fresh && recent && this.#focused) void this.#write(copied)
  }

  #used(): void {
    this.#gestureAt = this.#options.now()
    if (!this.#refused || !this.#copied || !this.#focused) return
    this.#refused = false
    void this.#write(this.#copied)
  }

  async #write(copied: Copied): Promise<void> {
    try {
      if ('text' in copied) await navigator.clipboard.writeText(copied.text)
      else await navigator.clipboard.write([new ClipboardItem({ [copied.image.type]: copied.image })])
      this.#refused = false
    } catch {
      // Frames without the permission, and plain http, still have the old command.
      if (this.#copied === copied)
        this.#refused = !('text' in copied && this.#focused && this.#copyByCommand(copied.text))
    }
  }

  /** The browser copies what is selected, so it is, for a moment. */
  #copyByCommand(text: string): boolean {
    const { field } = this.#options
    field.value = text
    field.select()
    const done = field.ownerDocument.execCommand('copy')
    field.value = ''
    return done
  }

  #answer(event: ClipboardEvent): void {
    const copied = this.#copied
    if (!copied || !('text' in copied)) return
    event.preventDefault()
    event.stopPropagation()
    event.clipboardData?.setData('text/plain', copied.text)
  }

  get #focused(): boolean {
    return this.#options.field.matches(':focus')
  }
}
