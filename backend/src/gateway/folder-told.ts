import { printable } from './printable.js'

/** Output that tells a folder again, as a shell does (OSC 7). */
export function folderTold(url: string): string {
  return `\x1b]7;${printable(url)}\x1b\\`
}
