/** The keys of a terminal that guacd shows. */
import type { DeskConfig, TerminalConfig, Value } from './config.js'
import { keyFor, PARAMETERS } from './guacd-parameters.js'
import { at, type Part } from './part.js'
import { readDuration } from './policy.js'
import { absolute, need, type Reading } from './reading.js'
import type { TerminalSection, ValueSection } from './schema.js'
import { meant } from './words.js'

const HOUR = 3_600_000
const DEFAULT_HOLD = 2 * HOUR
const LONGEST_HOLD = 14 * 24 * HOUR
const DEFAULT_KEEP = 30 * 24 * HOUR
const LONGEST_KEEP = 3650 * 24 * HOUR
/** A day at a busy desk. */
const DEFAULT_MEGABYTES = 500

type Protocol = TerminalConfig['protocol']
type ReadValue = (reading: Reading, part: Part<ValueSection>) => Promise<Value | undefined>

const OWN_KEYS = ['parameters', 'clipboard', 'printing', 'audio', 'hold', 'recording'] as const
/** Of a text terminal. */
const TEXT_KEYS = ['via', 'certificate', 'attach', 'environment', 'command', 'largestFile', 'shells'] as const

/** Undefined for a terminal that xterm shows. */
export async function readDesk(
  reading: Reading,
  part: Part<TerminalSection>,
  protocol: Protocol,
  readValue: ReadValue,
): Promise<DeskConfig | undefined> {
  const display = at(part, 'display')
  if (display.value === 'xterm' && protocol !== 'ssh') {
    reading.mistakes.add(display, `\`display: xterm\` shows ssh only; expected guacamole or auto for ${protocol}`)
  }
  if (protocol === 'ssh' && display.value !== 'guacamole') {
    for (const key of OWN_KEYS) refuseForeign(reading, part, key, 'to `display: guacamole`')
    return undefined
  }
  for (const key of TEXT_KEYS) refuseForeign(reading, part, key, 'to `display: xterm`')
  if (protocol !== 'rdp') refuseForeign(reading, part, 'printing', 'to rdp')
  if (protocol !== 'rdp' && protocol !== 'vnc') refuseForeign(reading, part, 'audio', 'to rdp and vnc')
  const recording = at(part, 'recording')
  const folder = at(recording, 'folder')
  if (recording.value !== undefined) need(reading, folder, 'the folder for recordings')
  return {
    parameters: await readParameters(reading, at(part, 'parameters'), protocol, readValue),
    clipboard: at(part, 'clipboard').value ?? 'both',
    files: at(part, 'files').value ?? 'none',
    printing: at(part, 'printing').value ?? false,
    audio: at(part, 'audio').value ?? 'out',
    hold: readDuration(reading, at(part, 'hold'), LONGEST_HOLD, 'none') ?? DEFAULT_HOLD,
    ...(folder.value !== undefined && {
      recording: {
        folder: absolute(reading, folder.value),
        keys: at(recording, 'keys').value ?? false,
        limit: (at(recording, 'megabytes').value ?? DEFAULT_MEGABYTES) * 1_000_000,
        keep: readDuration(reading, at(recording, 'keep'), LONGEST_KEEP) ?? DEFAULT_KEEP,
      },
    }),
  }
}

/** A key that has no meaning for this terminal. */
export function refuseForeign(
  reading: Reading,
  terminal: Part<TerminalSection>,
  key: keyof TerminalSection,
  where: string,
): void {
  const part = at(terminal, key)
  if (part.value === undefined) return
  reading.mistakes.add({ at: part.keyAt, path: part.path }, `\`${key}\` belongs ${where}; expected it to be left out`)
}

async function readParameters(
  reading: Reading,
  part: Part<NonNullable<TerminalSection['parameters']>>,
  protocol: Protocol,
  readValue: ReadValue,
): Promise<Record<string, Value>> {
  const known = PARAMETERS[protocol].filter((name) => keyFor(protocol, name) === undefined)
  const parameters: Record<string, Value> = {}
  for (const name of Object.keys(part.value ?? {})) {
    const entry = at(part, name)
    const key = keyFor(protocol, name)
    if (key !== undefined) {
      const words = `\`${name}\` follows from \`${key}\` of the terminal; expected it to be left out here`
      reading.mistakes.add({ at: entry.keyAt, path: entry.path }, words)
    } else if (!known.includes(name)) {
      const words = `guacd has no parameter \`${name}\` for ${protocol}; ${meant(name, known)}`
      reading.mistakes.add({ at: entry.keyAt, path: entry.path }, words)
    }
    const value = await readValue(reading, entry)
    if (value !== undefined) parameters[name] = value
  }
  return parameters
}
