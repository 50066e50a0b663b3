import { execFile } from 'node:child_process'
import { chmod, cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { pack } from '../../tools/packages.mjs'
import { path } from './backend.js'

const run = promisify(execFile)

/** A folder where somebody uses the package as it is published: packed, unpacked, and no file of this project. */
export class Consumer {
  readonly folder: string

  private constructor(folder: string) {
    this.folder = folder
  }

  static async create(): Promise<Consumer> {
    const folder = await mkdtemp(join(tmpdir(), 'lab-consumer-'))
    const modules = join(folder, 'node_modules')
    await mkdir(join(modules, 'lab-terminal'), { recursive: true })
    const archive = await pack('lab-terminal', folder)
    await run('tar', ['-xzf', archive, '-C', join(modules, 'lab-terminal'), '--strip-components=1'])
    // The other packages are the ones that are installed here.
    for (const name of await readdir(path('node_modules'))) {
      if (!name.startsWith('.') && !name.startsWith('lab-terminal')) {
        await symlink(path(join('node_modules', name)), join(modules, name))
      }
    }
    return new Consumer(folder)
  }

  /** An empty folder into which npm installs both packages with what they need. */
  static async install(): Promise<Consumer> {
    const folder = await mkdtemp(join(tmpdir(), 'lab-installed-'))
    // For a root's run: the database's own user must be able to enter.
    await chmod(folder, 0o755)
    const archives = [await pack('lab-terminal', folder), await pack('lab-terminal-backend', folder)]
    await writeFile(join(folder, 'package.json'), '{ "private": true }')
    await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', ...archives], { cwd: folder })
    return new Consumer(folder)
  }

  /** A program of the installed packages. */
  bin(name: string): string {
    return join(this.folder, 'node_modules/.bin', name)
  }

  /** Builds an example with Vite, as its own `npm run build` does. */
  async build(example: string, labs: string): Promise<void> {
    const cwd = join(this.folder, example)
    await cp(path(join('examples', example)), cwd, {
      recursive: true,
      filter: (from) => !/node_modules|dist/.test(from.slice(path('').length)),
    })
    const env = { ...process.env, VITE_LABS: labs }
    await this.#node('vite/bin/vite.js', ['build', '--base', `/${example}/`, '--logLevel', 'warn'], { cwd, env })
  }

  /** Runs a module of theirs in Node; answers what it prints. */
  async run(code: string): Promise<string> {
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', code], { cwd: this.folder })
    return stdout
  }

  /** Bundles a module of theirs for a page, as `name`.js among the built files of an example. */
  async bundle(code: string, example: string, name: string): Promise<void> {
    await build({
      stdin: { contents: code, resolveDir: this.folder, sourcefile: `${name}.js` },
      outdir: join(this.folder, example, 'dist'),
      entryNames: name,
      bundle: true,
      splitting: true,
      format: 'esm',
      define: { 'process.env.NODE_ENV': '"development"' },
      logLevel: 'warning',
    })
  }

  async checkTypes(example: string): Promise<void> {
    await this.#node('typescript/bin/tsc', ['-p', join(this.folder, example)], { cwd: this.folder })
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true })
  }

  async #node(tool: string, args: string[], options: { cwd: string; env?: NodeJS.ProcessEnv }): Promise<string> {
    const { stdout, stderr } = await run(process.execPath, [path(join('node_modules', tool)), ...args], options).catch(
      (error: { stdout?: string; stderr?: string }) => {
        throw new Error(`${tool} ${args[0]}: ${error.stdout ?? ''}${error.stderr ?? String(error)}`)
      },
    )
    return stdout + stderr
  }
}
