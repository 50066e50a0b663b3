/** The screen as text. */
import type { IBuffer } from '@xterm/xterm'

/** All lines of a buffer, wrapped ones joined, without blanks at the ends of lines and empty lines at the end. */
export function bufferText(buffer: IBuffer): string {
  const lines: string[] = []
  for (let row = 0; row < buffer.length; row++) {
    const line = buffer.getLine(row)
    if (!line) continue
    const text = line.translateToString(true)
    if (line.isWrapped && lines.length > 0) lines.push((lines.pop() ?? '') + text)
    else lines.push(text)
  }
  return lines
    .map((line) => line.trimEnd())
    .join('\n')
    .trimEnd()
}
