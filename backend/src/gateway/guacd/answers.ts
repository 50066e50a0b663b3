/** What guacd asks for while it connects: the configuration answers, or nobody: a page is never asked for a password. */
import { encode } from './instruction.js'

/** Answers go by a stream that no browser opens at that time. */
const OWN_STREAM = '63'
/** Bytes of one blob: guacd's largest. */
const BLOB_BYTES = 6048

export class Answers {
  readonly #parameters: Readonly<Record<string, string | undefined>>
  readonly #given = new Set<string>()

  constructor(parameters: Readonly<Record<string, string | undefined>>) {
    this.#parameters = parameters
  }

  /** The instructions that answer; undefined where nothing is configured, or guacd was told already and asks again. */
  to(name: string): readonly string[] | undefined {
    const value = this.#parameters[name]
    if (value === undefined || this.#given.has(name)) return undefined
    this.#given.add(name)
    const said = [encode('argv', OWN_STREAM, 'text/plain', name)]
    const bytes = Buffer.from(value)
    for (let at = 0; at < bytes.length; at += BLOB_BYTES) {
      said.push(encode('blob', OWN_STREAM, bytes.subarray(at, at + BLOB_BYTES).toString('base64')))
    }
    return [...said, encode('end', OWN_STREAM)]
  }
}
