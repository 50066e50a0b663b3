/** The sections of the server itself: where it listens, who may call, where it keeps things. */
import {
  isAddressOrNetwork,
  isLoopbackUrl,
  isPostgresUrl,
  type Listen,
  listenUrl,
  parseListen,
  parseOrigin,
  parsePort,
  parsePublicUrl,
} from './addresses.js'
import type { CloudConfig, Config, DatabaseConfig } from './config.js'
import { hostInUrl, isLoopbackHost } from './hosts.js'
import { at, items, type Part } from './part.js'
import { absolute, existing, need, type Reading, refuse, refuseTwins } from './reading.js'
import type { ConfigFile } from './schema.js'

const DEFAULT_LISTEN: Listen = { host: '127.0.0.1', port: 8080 }

/** The environment's `PORT` wins over the port that is written. */
export function readListen(reading: Reading, root: Part<ConfigFile>): Listen {
  const part = at(root, 'listen')
  const written = part.value === undefined ? DEFAULT_LISTEN : parseListen(part.value)
  if (written === undefined) {
    refuse(reading, part, 'an address and a port such as 127.0.0.1:8080 or [::1]:8080')
  }
  const listen = written ?? DEFAULT_LISTEN
  const override = reading.env['PORT']
  if (override === undefined || override === '') return listen
  const port = parsePort(override)
  if (port === undefined) {
    reading.mistakes.add(part, 'the environment variable `PORT` is no port; expected a number from 1 to 65535')
  }
  return { host: listen.host, port: port ?? listen.port }
}

/** Where other replicas reach this one. */
export function readPeers(reading: Reading, root: Part<ConfigFile>): Listen | undefined {
  const part = at(root, 'peers')
  if (part.value === undefined) return undefined
  const address = parseListen(part.value)
  if (address === undefined) refuse(reading, part, 'an address and a port such as 10.0.0.5:8081 or [fd00::5]:8081')
  return address
}

export function readPublicUrl(reading: Reading, root: Part<ConfigFile>, listen: Listen): string {
  const part = at(root, 'publicUrl')
  if (part.value === undefined) return listenUrl(listen)
  const url = parsePublicUrl(part.value)
  if (url === undefined)
    refuse(reading, part, 'an http or https address without query, such as https://labs.example.org')
  return url ?? listenUrl(listen)
}

export function readOrigins(reading: Reading, root: Part<ConfigFile>): readonly string[] {
  const part = at(root, 'origins')
  const parts = items(part)
  const origins = parts.map((one) => (one.value === undefined ? undefined : parseOrigin(one.value)))
  parts.forEach((one, index) => {
    if (origins[index] !== undefined) return
    const key = one.path
    reading.mistakes.add(
      one,
      `\`${key}\` is no origin; expected scheme, host and port only, such as https://lms.example.org (no path, no *)`,
    )
  })
  refuseTwins(reading, parts, origins)
  return origins.filter((origin) => origin !== undefined)
}

export function readProxies(reading: Reading, root: Part<ConfigFile>): readonly string[] | undefined {
  const part = at(root, 'proxies')
  for (const one of items(part)) {
    if (one.value !== undefined && !isAddressOrNetwork(one.value)) {
      reading.mistakes.add(
        one,
        `\`${one.path}\` is no address; expected one such as 127.0.0.1, or a network such as 10.0.0.0/8`,
      )
    }
  }
  return part.value
}

/** Without pages, or without anybody to believe, the server would refuse every learner. The demo brings both itself. */
export function refuseNobody(reading: Reading, root: Part<ConfigFile>): void {
  const demo = at(root, 'demo')
  if (demo.value !== undefined || demo.wrong) return
  for (const [key, expected] of [
    ['origins', 'the origins of the pages that may use it, such as https://lms.example.org'],
    ['trust', 'at least one issuer whose tokens are believed'],
  ] as const) {
    const part = at(root, key)
    const written = part.node?.kind === 'list' && (part.node.items.length > 0 || part.node.dropped)
    if (!written && !part.wrong)
      reading.mistakes.add(part, `\`${key}\` is ${part.node === undefined ? 'missing' : 'empty'}; expected ${expected}`)
  }
}

export function readDatabase(reading: Reading, root: Part<ConfigFile>): DatabaseConfig {
  const part = at(root, 'database')
  const text = part.value ?? 'embedded:./data'
  const folder = /^embedded:(.+)$/.exec(text)?.[1]
  if (folder !== undefined) return { type: 'embedded', folder: absolute(reading, folder) }
  if (!isPostgresUrl(text)) refuse(reading, part, 'embedded:<folder> or postgres://user:password@host/name')
  return { type: 'postgres', url: text }
}

export function readStateFolder(reading: Reading, root: Part<ConfigFile>): string {
  return absolute(reading, at(root, 'stateFolder').value ?? './.state')
}

export async function readDemo(reading: Reading, root: Part<ConfigFile>): Promise<Config['demo']> {
  const demo = at(root, 'demo')
  if (demo.value === undefined) return undefined
  const part = at(demo, 'course')
  need(reading, part, 'the folder of a course')
  const course = await existing(reading, part, 'folder')
  return course === undefined ? undefined : { course }
}

/** Local clouds give shells on this machine, and the demo gives them to anybody: neither leaves this machine. */
export function refuseExposure(
  reading: Reading,
  root: Part<ConfigFile>,
  server: { readonly listen: Listen; readonly publicUrl: string },
  clouds: readonly CloudConfig[],
): void {
  const demo = at(root, 'demo')
  const why =
    demo.value !== undefined ? 'the demo' : clouds.some(({ type }) => type === 'local') ? 'a local cloud' : undefined
  if (why === undefined) return
  if (!isLoopbackHost(server.listen.host)) {
    const where = hostInUrl(server.listen.host)
    reading.mistakes.add(
      at(root, 'listen'),
      `${why} may not be reached from other machines, but \`listen\` is on ${where}; expected 127.0.0.1, [::1] or localhost`,
    )
  }
  if (!isLoopbackUrl(server.publicUrl)) {
    reading.mistakes.add(
      at(root, 'publicUrl'),
      `${why} may not be reached from other machines, but \`publicUrl\` is no address of this one; expected it left out, or on localhost`,
    )
  }
}
