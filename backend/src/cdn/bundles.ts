import { randomUUID } from 'node:crypto'
import { cp, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from 'pino'

/** The element's files of one version, as the build wrote them. */
export interface Bundle {
  readonly version: string
  readonly folder: string
  /** Subresource integrity (`sha384-…`) of each script by its path in the folder. */
  readonly files: ReadonlyMap<string, string>
}

/** Name of a version's folder: what may stand in an address, and leads nowhere else. */
const VERSION = /^\d+\.\d+\.\d+[0-9A-Za-z.+-]*$/

/** The bundle of a folder. Throws where the build's `integrity.json` is missing or says something else. */
export async function readBundle(folder: string): Promise<Bundle> {
  const said: unknown = JSON.parse(await readFile(join(folder, 'integrity.json'), 'utf8'))
  if (typeof said === 'object' && said !== null && 'version' in said && 'files' in said) {
    const { version, files } = said
    if (typeof version === 'string' && VERSION.test(version) && typeof files === 'object' && files !== null) {
      return { version, folder, files: new Map(Object.entries(files)) }
    }
  }
  throw new Error(`${folder}: integrity.json names no version and files`)
}

/**
 * The current bundle and those of earlier versions, current one first. Each is copied into `shelf` when it first
 * serves, so that a page that names its version, and one that was opened before an upgrade, still find theirs.
 */
export async function keepBundles(current: Bundle, shelf: string, log: Logger): Promise<readonly Bundle[]> {
  try {
    await mkdir(shelf, { recursive: true })
    await shelve(current, shelf)
  } catch (error) {
    log.warn({ err: error, shelf }, 'the element is not kept for pages that name its version')
  }
  const names = await readdir(shelf).catch(() => [])
  const earlier: Bundle[] = []
  for (const name of names.filter((name) => VERSION.test(name) && name !== current.version)) {
    try {
      earlier.push(await readBundle(join(shelf, name)))
    } catch (error) {
      log.warn({ err: error, version: name }, 'a kept version of the element is broken and not served')
    }
  }
  return [current, ...earlier]
}

/** Other backends may do the same at this moment: a version appears whole or not at all. */
async function shelve({ folder, version }: Bundle, shelf: string): Promise<void> {
  const place = join(shelf, version)
  if (await isSame(folder, place)) return
  const draft = join(shelf, `.${randomUUID()}`)
  try {
    await cp(folder, draft, { recursive: true, filter: (path) => !path.endsWith('.map') })
    await rm(place, { recursive: true, force: true })
    await rename(draft, place)
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

async function isSame(one: string, other: string): Promise<boolean> {
  const [here, there] = await Promise.all(
    [one, other].map((folder) => readFile(join(folder, 'integrity.json'), 'utf8').catch(() => undefined)),
  )
  return here !== undefined && here === there
}
