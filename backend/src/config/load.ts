/** From a YAML file to the typed configuration, or to the list of everything that is wrong with it. */
import { open, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { Value } from 'typebox/value'
import { fits } from './check.js'
import type { Config } from './config.js'
import { readGuacd, refuseNoGuacd } from './guacd.js'
import { readClouds, readLabs } from './labs.js'
import { FILE_LIMITS, plain, readYaml } from './located.js'
import { ConfigError, Mistakes } from './mistakes.js'
import { at, type Part, rootPart } from './part.js'
import { DEFAULT_POLICY, readPolicy, readUsageLimit } from './policy.js'
import type { Disk, Reading } from './reading.js'
import { type ConfigFile, FileSchema } from './schema.js'
import {
  readDatabase,
  readDemo,
  readListen,
  readOrigins,
  readPeers,
  readProxies,
  readPublicUrl,
  readStateFolder,
  refuseExposure,
  refuseNobody,
} from './server.js'
import { readTrust } from './trust.js'

export { ConfigError, type Mistake } from './mistakes.js'

const DEFAULT_CONCURRENCY = 8
const START = { at: { line: 1, column: 1 }, path: '' }

/**
 * Reads and checks the configuration.
 * @param file Path of the YAML file; relative paths in it are relative to its folder.
 * @param env Where `${NAME}` and `PORT` come from.
 * @throws ConfigError with every mistake, each as `file:line:column: what is wrong; what was expected`.
 */
export async function loadConfig(file: string, env: NodeJS.ProcessEnv): Promise<Config> {
  const mistakes = new Mistakes()
  const text = await readText(file, mistakes)
  const config = text === undefined ? undefined : await parseConfig(text, resolve(file), env, nodeDisk, mistakes)
  if (config === undefined || mistakes.any) throw new ConfigError(file, mistakes.list())
  return config
}

/** The part of `loadConfig` that a test can give a text and a disk of its own. `file` is absolute. */
export async function parseConfig(
  text: string,
  file: string,
  env: NodeJS.ProcessEnv,
  disk: Disk,
  mistakes: Mistakes,
): Promise<Config | undefined> {
  const node = readYaml(text, env, mistakes)
  if (node === undefined) return undefined
  if (node.kind !== 'map') {
    mistakes.add({ at: node.at, path: '' }, 'the file is no group of keys; expected keys such as `listen:` and `labs:`')
    return undefined
  }
  fits(FileSchema, node, '', mistakes)
  const value = plain(node)
  // What did not fit was told and taken out, so this only tells the compiler.
  if (!Value.Check(FileSchema, value)) throw new Error('the checked configuration does not fit its own schema')
  return readSections({ mistakes, env, disk, folder: dirname(file) }, rootPart(value, node), file)
}

async function readSections(reading: Reading, root: Part<ConfigFile>, file: string): Promise<Config> {
  const listen = readListen(reading, root)
  const publicUrl = readPublicUrl(reading, root, listen)
  const origins = readOrigins(reading, root)
  const proxies = readProxies(reading, root)
  const peers = readPeers(reading, root)
  const defaults = at(root, 'defaults')
  const clouds = readClouds(reading, root)
  const guacd = await readGuacd(reading, root)
  const labs = await readLabs(reading, root, clouds, readPolicy(reading, defaults, DEFAULT_POLICY))
  const trust = await readTrust(reading, root, { origins, publicUrl, labs })
  const demo = await readDemo(reading, root)
  const usageLimit = readUsageLimit(reading, at(root, 'usageLimit'))
  refuseNobody(reading, root)
  refuseNoGuacd(reading, root, labs)
  refuseExposure(reading, root, { listen, publicUrl }, clouds.clouds)
  return {
    file,
    listen,
    publicUrl,
    origins,
    database: readDatabase(reading, root),
    stateFolder: readStateFolder(reading, root),
    guacd,
    clouds: clouds.clouds,
    trust,
    labs,
    concurrency: at(defaults, 'concurrency').value ?? DEFAULT_CONCURRENCY,
    ...(usageLimit && { usageLimit }),
    ...(proxies && { proxies }),
    ...(peers && { peers }),
    ...(demo && { demo }),
  }
}

async function readText(file: string, mistakes: Mistakes): Promise<string | undefined> {
  if ((await nodeDisk.kind(resolve(file))) !== 'file') {
    mistakes.add(START, 'there is no such file; expected a YAML file')
    return undefined
  }
  try {
    return await nodeDisk.read(resolve(file), FILE_LIMITS.length)
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unknown'
    mistakes.add(
      START,
      `the file cannot be read (${why}); expected UTF-8 text of at most ${FILE_LIMITS.length / 1024} KiB`,
    )
    return undefined
  }
}

const nodeDisk: Disk = {
  async kind(path) {
    try {
      const found = await stat(path)
      return found.isDirectory() ? 'folder' : found.isFile() ? 'file' : 'absent'
    } catch {
      return 'absent'
    }
  },
  async read(path, limit) {
    const handle = await open(path, 'r')
    try {
      if ((await handle.stat()).size > limit) throw new Error('it is too long')
      return new TextDecoder('utf-8', { fatal: true }).decode(await handle.readFile())
    } finally {
      await handle.close()
    }
  },
}
