import { LabError } from '../../wire/problems.js'
import { PATHS } from '../../wire/protocol.js'
import type { HostFileRules, Transfer } from '../display.js'
import type { Job, Try } from './files.js'
import { member } from './internals.js'

/** From so many bytes on the host is asked before they are sent: a browser reads no answer until it has sent them all. */
const ASK_FROM = 64 * 1024
const NO_BYTES = new Blob()

/** A file of the person's, into the home of the terminal's user. */
export function sendFile(file: File, largest: number): Job {
  return new Upload(file, largest, false)
}

class Upload implements Job {
  readonly name: string
  readonly refusal: 'file/too-large' | undefined
  readonly #file: File
  readonly #largest: number
  readonly #replace: boolean
  readonly #id = randomId()
  #begun = false

  constructor(file: File, largest: number, replace: boolean) {
    this.name = file.name
    this.refusal = file.size > largest ? 'file/too-large' : undefined
    this.#file = file
    this.#largest = largest
    this.#replace = replace
  }

  async run({ door, rules, signal, progress }: Try): Promise<Pick<Transfer, 'name' | 'state'>> {
    const file = this.#file
    await readable(file)
    const offset = this.#begun ? await this.#received({ door, rules, signal }) : 0
    if (!this.#begun && !this.#replace && file.size >= ASK_FROM) {
      this.#begun = true
      await door.upload(this.#address(rules, 0), NO_BYTES, { signal, progress: () => undefined })
    }
    this.#begun = true
    const rest = file.slice(offset)
    const sent = door.upload(this.#address(rules, offset), rest, {
      signal,
      progress: (share) => progress(file.size > 0 ? (offset + share * rest.size) / file.size : 1),
    })
    await sent.catch((error: unknown) => {
      // More of the request before arrived than the host told: it is asked once more.
      const isBehind = error instanceof LabError && error.code === 'file/changed'
      throw isBehind ? new LabError('link/lost', { cause: error }) : error
    })
    return { name: `~/${this.name}`, state: 'done' }
  }

  again(replace: boolean): Job {
    return new Upload(this.#file, this.#largest, replace || this.#replace)
  }

  async abandon({ door, rules, signal }: Omit<Try, 'progress'>): Promise<void> {
    if (!this.#begun) return
    const [path, query] = this.#path(rules).split('?')
    await door.open(`${path}/cancel?${query}`, { method: 'POST', signal })
  }

  async #received({ door, rules, signal }: Omit<Try, 'progress'>): Promise<number> {
    return receivedOf(await (await door.open(this.#path(rules), { method: 'GET', signal })).json())
  }

  #address({ lab, terminal }: HostFileRules, offset: number): string {
    const query = new URLSearchParams({
      path: this.name,
      upload: this.#id,
      size: String(this.#file.size),
      offset: String(offset),
      ...(this.#replace && { overwrite: 'true' }),
    })
    return `${PATHS.files(lab, terminal)}?${query}`
  }

  #path({ lab, terminal }: HostFileRules): string {
    return `${PATHS.upload(lab, terminal, this.#id)}?${new URLSearchParams({ path: this.name })}`
  }
}

/** A folder, or a file that is gone or has changed since it was chosen, is none that can be sent. */
async function readable(file: File): Promise<void> {
  try {
    await file.slice(0, 1).arrayBuffer()
  } catch (cause) {
    throw new LabError('link/file-failed', { cause })
  }
}

function receivedOf(status: unknown): number {
  const received = member(status, 'received')
  if (typeof received !== 'number') throw new LabError('server/internal')
  return received
}

function randomId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
