/** The section `guacd`: where the Guacamole proxies are. */
import { parseListen } from './addresses.js'
import type { GuacdConfig, LabConfig } from './config.js'
import { at, items, type Part } from './part.js'
import { existing, need, type Reading, refuse, refuseTwins } from './reading.js'
import type { ConfigFile, GuacdSection } from './schema.js'

/** A set of certificates is small. */
const MAX_CA = 256 * 1024

export async function readGuacd(reading: Reading, root: Part<ConfigFile>): Promise<readonly GuacdConfig[]> {
  const parts = items(at(root, 'guacd'))
  const found: (GuacdConfig | undefined)[] = []
  for (const part of parts) found.push(await readOne(reading, part))
  refuseTwins(
    reading,
    parts,
    found.map((one) => one && `${one.host}:${one.port}`),
  )
  return found.filter((one) => one !== undefined)
}

async function readOne(reading: Reading, part: Part<string | GuacdSection>): Promise<GuacdConfig | undefined> {
  const { value } = part
  if (value === undefined) return undefined
  if (typeof value === 'string') return readAddress(reading, { ...part, value })
  const section: Part<GuacdSection> = { ...part, value }
  const address = readAddress(reading, at(section, 'address'))
  const caPart = at(section, 'ca')
  const ca = await readCa(reading, caPart)
  if (caPart.value !== undefined && at(section, 'tls').value !== true) {
    reading.mistakes.add(caPart, '`ca` is for TLS; expected `tls: true` beside it')
  }
  if (!address || at(section, 'tls').value !== true) return address
  return { ...address, tls: { ...(ca !== undefined && { ca }) } }
}

function readAddress(reading: Reading, part: Part<string>): GuacdConfig | undefined {
  const text = need(reading, part, 'the address and port of a guacd')
  const address = text === undefined ? undefined : parseListen(text)
  if (text !== undefined && address === undefined) {
    refuse(reading, part, 'an address and a port such as 127.0.0.1:4822 or guacd.internal:4822')
  }
  return address
}

async function readCa(reading: Reading, part: Part<string>): Promise<string | undefined> {
  const file = await existing(reading, part, 'file')
  return file === undefined ? undefined : reading.disk.read(file, MAX_CA)
}

/** A terminal that only guacd can show needs one. Told once. */
export function refuseNoGuacd(reading: Reading, root: Part<ConfigFile>, labs: ReadonlyMap<string, LabConfig>): void {
  const part = at(root, 'guacd')
  if (part.wrong || (part.node?.kind === 'list' && (part.node.items.length > 0 || part.node.dropped))) return
  for (const { name, terminals } of labs.values()) {
    const terminal = terminals.find(({ display }) => display === 'guacamole')
    if (!terminal) continue
    reading.mistakes.add(
      part,
      `\`guacd\` is ${part.node === undefined ? 'missing' : 'empty'}, but terminal \`${terminal.name}\` of lab \`${name}\` needs it; expected an address such as [127.0.0.1:4822]`,
    )
    return
  }
}
