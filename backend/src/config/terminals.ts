/** The terminals of a lab. */
import { parsePort } from './addresses.js'
import type { TerminalConfig, Value } from './config.js'
import { at, items, type Part } from './part.js'
import { existing, NAME, NAME_WORDS, need, type Reading, refuse, refuseTwins } from './reading.js'
import type { LabSection, TerminalSection, ValueSection } from './schema.js'
import { listed } from './words.js'

/** What a lab of the local cloud puts out; its terminals need say nothing of it. */
const LOCAL = {
  host: { output: 'host' },
  port: { output: 'port' },
  user: { output: 'user' },
  privateKey: { output: 'private_key' },
  hostKey: { output: 'host_key' },
} as const satisfies Partial<Record<keyof TerminalConfig, Value>>

const SHELL: TerminalConfig = {
  name: 'shell',
  title: 'Shell',
  protocol: 'ssh',
  display: 'xterm',
  readOnly: false,
  ...LOCAL,
}

export async function readTerminals(reading: Reading, lab: Part<LabSection>): Promise<TerminalConfig[]> {
  const part = at(lab, 'terminals')
  if (part.value === undefined) return [SHELL]
  if (part.value.length === 0 && part.node?.kind === 'list' && !part.node.dropped) {
    refuse(reading, part, 'at least one terminal, or the key left out for one shell')
  }
  const sections = items(part)
  const names = sections.map((section) => at(section, 'name'))
  refuseTwins(
    reading,
    names,
    names.map((name) => name.value),
  )
  const terminals: TerminalConfig[] = []
  for (const section of sections) {
    const terminal = await readTerminal(reading, section)
    if (terminal !== undefined) terminals.push(terminal)
  }
  return terminals
}

async function readTerminal(reading: Reading, part: Part<TerminalSection>): Promise<TerminalConfig | undefined> {
  refuseLaterDisplays(reading, part)
  const namePart = at(part, 'name')
  const name = need(reading, namePart, `a name of ${NAME_WORDS}`)
  if (name !== undefined && !NAME.test(name)) refuse(reading, namePart, NAME_WORDS)

  const host = await readValue(reading, at(part, 'host'))
  const port = await readPort(reading, at(part, 'port'))
  const user = await readValue(reading, at(part, 'user'))
  const password = await readValue(reading, at(part, 'password'))
  const privateKey = (await readValue(reading, at(part, 'privateKey'))) ?? (password ? undefined : LOCAL.privateKey)
  // The key that the lab puts out belongs to the host that it puts out.
  const hostKey = (await readValue(reading, at(part, 'hostKey'))) ?? (host ? undefined : LOCAL.hostKey)
  if (name === undefined) return undefined
  return {
    name,
    title: at(part, 'title').value ?? name,
    protocol: 'ssh',
    display: 'xterm',
    host: host ?? LOCAL.host,
    port: port ?? (host ? { literal: '22' } : LOCAL.port),
    user: user ?? LOCAL.user,
    ...(password && { password }),
    ...(privateKey && { privateKey }),
    ...(hostKey && { hostKey }),
    readOnly: at(part, 'readOnly').value ?? false,
  }
}

function refuseLaterDisplays(reading: Reading, part: Part<TerminalSection>): void {
  const protocol = at(part, 'protocol')
  if (protocol.value !== undefined && protocol.value !== 'ssh') {
    reading.mistakes.add(protocol, `\`protocol: ${protocol.value}\` is not supported by this version; expected ssh`)
  }
  const display = at(part, 'display')
  if (display.value === 'guacamole') {
    reading.mistakes.add(display, '`display: guacamole` is not supported by this version; expected xterm or auto')
  }
}

async function readValue(reading: Reading, part: Part<ValueSection>): Promise<Value | undefined> {
  const { value } = part
  if (value === undefined) return undefined
  if (typeof value !== 'object') return { literal: String(value) }
  const source: Part<typeof value> = { ...part, value }
  const sources = (['output', 'file', 'env'] as const).filter((key) => value[key] !== undefined)
  const wrong = source.node?.kind === 'map' && source.node.wrong.size > 0
  if (sources.length !== 1) {
    if (!wrong)
      reading.mistakes.add(
        part,
        `\`${part.path.slice(part.path.lastIndexOf('.') + 1)}\` names ${sources.length} sources; expected exactly one of ${listed(['output', 'file', 'env'])}`,
      )
    return undefined
  }
  if (value.output !== undefined) return { output: value.output }
  if (value.env !== undefined) return readEnv(reading, at(source, 'env'), value.env)
  const file = await existing(reading, at(source, 'file'), 'file')
  return file === undefined ? undefined : { file }
}

function readEnv(reading: Reading, part: Part<string>, env: string): Value {
  if (reading.env[env] === undefined) {
    reading.mistakes.add(part, `the environment has no \`${env}\`; expected it to be set`)
  }
  return { env }
}

async function readPort(reading: Reading, part: Part<ValueSection>): Promise<Value | undefined> {
  const value = await readValue(reading, part)
  if (value === undefined || !('literal' in value)) return value
  if (parsePort(value.literal) === undefined) refuse(reading, part, 'a port from 1 to 65535')
  return value
}
