/** Packs the packages as they would be published, and what linters of packages say about them. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const FOLDERS = { 'lab-terminal': '.', 'lab-terminal-backend': 'backend' }
const run = promisify(execFile)

/**
 * Packs what is built; nothing is built here.
 * @param {keyof typeof FOLDERS} name  @param {string} destination a folder
 * @returns {Promise<string>} path of the archive
 */
export async function pack(name, destination) {
  const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', destination]
  const { stdout } = await run('npm', args, { cwd: join(ROOT, FOLDERS[name]), maxBuffer: 16 * 1024 * 1024 })
  const [{ filename }] = JSON.parse(stdout)
  return join(destination, filename)
}

/** Throws what publint and attw find in the packages: broken exports, types that do not resolve. */
export async function checkPackages() {
  const folder = await mkdtemp(join(tmpdir(), 'lab-pack-'))
  try {
    const [library, backend] = await Promise.all(Object.keys(FOLDERS).map((name) => pack(name, folder)))
    await Promise.all([
      lint('publint/src/cli.js', library, '--strict'),
      lint('publint/src/cli.js', backend, '--strict'),
      // ESM only: a page is no CommonJS, and Node since 20.19 takes both.
      lint('@arethetypeswrong/cli/dist/index.js', library, '--profile', 'esm-only'),
    ])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function lint(tool, archive, ...args) {
  const command = [join(ROOT, 'node_modules', tool), archive, ...args]
  await run(process.execPath, command, { env: { ...process.env, NO_COLOR: '1' } }).catch((error) => {
    throw new Error([error.stdout, error.stderr].filter(Boolean).join('\n').trim() || error.message)
  })
}
