/**
 * OSC 52 by policy: a program in the lab may put text on the person's clipboard where the author allows it, while the
 * person is in the terminal. It never reads the clipboard.
 */
import type { Terminal } from '@xterm/xterm'
import { MAX_BASE64 } from './guards.js'

export interface LabClipboardOptions {
  readonly isAllowed: () => boolean
  readonly copy: (text: string) => void
}

export function takeClipboard({ parser }: Terminal, { isAllowed, copy }: LabClipboardOptions): void {
  parser.registerOscHandler(52, (data) => {
    const text = isAllowed() ? clipboardText(data) : undefined
    if (text) copy(text)
    return true
  })
}

/** `Pc ; Pd`: the text, or undefined for a question, a malformed one, and what is too long. */
export function clipboardText(data: string): string | undefined {
  const base64 = data.slice(data.indexOf(';') + 1)
  if (!data.includes(';') || base64 === '?' || base64.length > MAX_BASE64) return undefined
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)))
  } catch {
    return undefined
  }
}
