/** The words with guacd before a user is on a connection. Pure. */
import { encode, type Instruction } from './instruction.js'
import { keyFor } from './private-key.js'
import type { ScreenInfo } from './screen.js'
import { agreedVersion, isAtLeast, isVersion, type Version } from './versions.js'

/** guacd counts the text of a terminal in points: with so many dots an inch a point is a pixel, and a page can count. */
const TEXT_DPI = 72

export interface Greeting {
  /** By guacd's names, as the configuration has them. */
  readonly parameters: Readonly<Record<string, string>>
  readonly screen: ScreenInfo
  readonly readOnly: boolean
  /** Shown to others on the same connection; no personal data. */
  readonly name: string
}

/**
 * The answer to guacd's `args`: who we are, and one value for each name, empty where there is none.
 * Throws `LabError` (`cloud/misconfigured`) where this guacd cannot take the key.
 */
export function answerArgs([, ...args]: Instruction, greeting: Greeting): string {
  const [first = ''] = args
  const version = agreedVersion(first)
  const { screen, name, parameters } = greeting
  const dpi = parameters['font-size'] === undefined ? screen.dpi : TEXT_DPI
  const values = args.map((arg) => (isVersion(arg) ? version : valueFor(arg, version, greeting)))
  return [
    encode('size', String(screen.width), String(screen.height), String(dpi)),
    encode('audio', ...screen.audio),
    encode('video', ...screen.video),
    encode('image', ...screen.image),
    ...(isAtLeast(version, 'VERSION_1_1_0') && screen.timezone ? [encode('timezone', screen.timezone)] : []),
    ...(isAtLeast(version, 'VERSION_1_3_0') ? [encode('name', name)] : []),
    encode('connect', ...values),
  ].join('')
}

function valueFor(name: string, version: Version, { parameters, readOnly, screen }: Greeting): string {
  if (name === 'read-only' && readOnly) return 'true'
  const value = Object.hasOwn(parameters, name) ? (parameters[name] ?? '') : ''
  if (value === '') return name === 'timezone' ? (screen.timezone ?? '') : ''
  if (name === 'font-size') return String(Math.round((Number(value) * screen.dpi) / TEXT_DPI) || '')
  if (name === 'private-key') return keyFor(version, value, parameters['passphrase'])
  if (name === 'sftp-private-key') return keyFor(version, value, parameters['sftp-passphrase'])
  return value
}
