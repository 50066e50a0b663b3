/** Files of a text terminal: which way they may go, and how large they may be. */
import type { TerminalConfig } from './config.js'
import { at, type Part } from './part.js'
import { type Reading, refuse } from './reading.js'
import type { TerminalSection } from './schema.js'

const UNITS: Readonly<Record<string, number>> = { '': 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 }
const DEFAULT_LARGEST = 1e9

/** Undefined where none may go. */
export function readFiles(reading: Reading, part: Part<TerminalSection>): TerminalConfig['files'] {
  const sizePart = at(part, 'largestFile')
  const largest = sizePart.value === undefined ? DEFAULT_LARGEST : parseSize(String(sizePart.value))
  if (largest === undefined) refuse(reading, sizePart, 'a size such as 500MB or 2GB')
  const crossing = at(part, 'files').value ?? 'none'
  if (crossing === 'none') return undefined
  return {
    upload: crossing !== 'from-lab',
    download: crossing !== 'to-lab',
    largest: largest ?? DEFAULT_LARGEST,
  }
}

/** `500MB`, `2GB`, `4096`: bytes, by the powers of ten. */
function parseSize(text: string): number | undefined {
  const [, number = '', unit = ''] = /^(\d{1,12}(?:\.\d{1,3})?) ?([kMGT]B)?$/.exec(text) ?? []
  const bytes = Math.floor(Number(number) * (UNITS[unit] ?? Number.NaN))
  return number !== '' && Number.isSafeInteger(bytes) && bytes > 0 ? bytes : undefined
}
