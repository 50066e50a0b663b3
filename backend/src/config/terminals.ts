/** The terminals of a lab. */
import { parsePort } from './addresses.js'
import type { TerminalConfig, Value } from './config.js'
import { readDesk, refuseForeign } from './desk.js'
import { at, items, type Part } from './part.js'
import { existing, NAME, NAME_WORDS, need, type Reading, refuse, refuseTwins } from './reading.js'
import type { LabSection, TerminalSection, ValueSection } from './schema.js'
import { readStart } from './start.js'
import { readFiles } from './transfers.js'
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
  for (const section of sections) checkWay(reading, section, terminals)
  return terminals
}

/** A way leads over SSH terminals of the lab, and to an end. */
function checkWay(reading: Reading, section: Part<TerminalSection>, terminals: readonly TerminalConfig[]): void {
  const part = at(section, 'via')
  if (part.value === undefined) return
  const byName = new Map(terminals.map((terminal) => [terminal.name, terminal]))
  const passed = new Set([at(section, 'name').value])
  for (let next: string | undefined = part.value; next !== undefined; next = byName.get(next)?.via) {
    const isSsh = byName.get(next)?.protocol === 'ssh'
    if (!isSsh) refuse(reading, part, 'the name of another ssh terminal of the lab')
    else if (passed.has(next)) refuse(reading, part, 'a way that does not come back to where it began')
    if (!isSsh || passed.has(next)) return
    passed.add(next)
  }
}

/** Where the servers of each protocol listen. */
const PORTS = { ssh: '22', rdp: '3389', vnc: '5900', telnet: '23', kubernetes: '8080' } as const

async function readTerminal(reading: Reading, part: Part<TerminalSection>): Promise<TerminalConfig | undefined> {
  const protocol = at(part, 'protocol').value ?? 'ssh'
  const desk = await readDesk(reading, part, protocol, readValue)
  const namePart = at(part, 'name')
  const name = need(reading, namePart, `a name of ${NAME_WORDS}`)
  if (name !== undefined && !NAME.test(name)) refuse(reading, namePart, NAME_WORDS)

  const host = await readValue(reading, at(part, 'host'))
  const port = await readPort(reading, at(part, 'port'))
  const user = await readValue(reading, at(part, 'user'))
  const password = await readValue(reading, at(part, 'password'))
  const privateKey = await readValue(reading, at(part, 'privateKey'))
  const certificate = desk ? undefined : await readCertificate(reading, part, password !== undefined && !privateKey)
  const hostKey = await readValue(reading, at(part, 'hostKey'))
  if (protocol !== 'ssh') {
    for (const key of ['privateKey', 'hostKey'] as const) refuseForeign(reading, part, key, 'to ssh')
    if (!at(part, 'host').wrong) need(reading, at(part, 'host'), `the host of the ${protocol} server`)
  }
  const via = desk ? undefined : at(part, 'via').value
  const files = desk ? undefined : readFiles(reading, part)
  const start = desk ? undefined : readStart(reading, part)
  const shells = desk ? 1 : (at(part, 'shells').value ?? 1)
  if (name === undefined) return undefined
  return {
    name,
    title: at(part, 'title').value ?? name,
    protocol,
    display: desk ? 'guacamole' : 'xterm',
    host: host ?? LOCAL.host,
    port: port ?? (host ? { literal: PORTS[protocol] } : LOCAL.port),
    ...(password && { password }),
    ...(protocol === 'ssh' ? loginOf({ user, privateKey, hostKey }, { host, password }) : user && { user }),
    readOnly: at(part, 'readOnly').value ?? false,
    ...(certificate && { certificate }),
    ...(via !== undefined && { via }),
    ...(files && { files }),
    ...(shells > 1 && { shells }),
    ...(start && { start }),
    ...(desk && { desk }),
  }
}

/** `keyless`: only a password is given, and with a password no key is taken from the lab's outputs. */
async function readCertificate(reading: Reading, terminal: Part<TerminalSection>, keyless: boolean) {
  const part = at(terminal, 'certificate')
  const certificate = await readValue(reading, part)
  if (certificate && keyless) refuse(reading, part, 'a `privateKey` beside it, which it is of')
  return certificate
}

type Login = Partial<Record<'user' | 'privateKey' | 'hostKey', Value | undefined>>

/** What is not written is what a lab puts out; the host key belongs to the host that it puts out. */
function loginOf(
  { user, privateKey, hostKey }: Login,
  given: { host: Value | undefined; password: Value | undefined },
) {
  const key = privateKey ?? (given.password ? undefined : LOCAL.privateKey)
  const pin = hostKey ?? (given.host ? undefined : LOCAL.hostKey)
  return { user: user ?? LOCAL.user, ...(key && { privateKey: key }), ...(pin && { hostKey: pin }) }
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
