/** What the lab prints: guacd makes PDF of it, and sends it as a file. */
import { LabError } from '../../wire/problems.js'

const TYPE = 'application/pdf'
/** Bytes that are kept on the page. */
const MOST_BYTES = 256 * 1024 * 1024

/** Files that a desktop sends by itself have no type of their own, whatever is in them. */
export function isPrinted(type: string): boolean {
  return type === TYPE
}

/** All of it; throws `file/too-large`, `link/lost`. The type is ours: a page opens nothing else from its own origin. */
export async function printedDocument({ body }: Response): Promise<Blob> {
  const parts: Uint8Array<ArrayBuffer>[] = []
  const reader = body?.getReader()
  for (let size = 0; ; ) {
    const { done, value } = (await reader?.read().catch((cause: unknown) => {
      throw new LabError('link/lost', { cause })
    })) ?? { done: true }
    if (done || !value) return new Blob(parts, { type: TYPE })
    size += value.length
    if (size > MOST_BYTES) throw new LabError('file/too-large')
    parts.push(value)
  }
}
