/**
 * Builds the element library and the backend: `build.mjs` everything, `build.mjs --missing` what is missing or was
 * built from other sources. Content decides, not the clock: a hash of the sources is kept with the caches.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { finishCdn } from './cdn.mjs'
import { htmlCustomData } from './editor-data.mjs'
import { writeXtermCss } from './xterm-css.mjs'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const STAMPS = join(ROOT, 'node_modules/.cache/lab-terminal')
const at = (path) => join(ROOT, path)

const PARTS = [
  {
    name: 'element',
    sources: ['src', 'rollup.config.js', 'tsconfig.json', 'package.json', 'package-lock.json', 'test/tools'],
    outputs: ['dist/index.js', 'dist/define.js', 'dist/cdn/lab-terminal.js', 'dist/cdn/integrity.json'],
    build: buildElement,
  },
  {
    name: 'backend',
    sources: ['backend/src', 'src/wire', 'backend/tsconfig.json', 'package-lock.json', 'test/tools'],
    outputs: ['backend/dist/main.js'],
    build: buildBackend,
  },
  {
    name: 'types',
    sources: ['src', 'custom-elements.json', 'tsconfig.json', 'package-lock.json', 'test/tools'],
    outputs: ['dist/index.d.ts', 'dist/frameworks/react.d.ts', 'dist/html-custom-data.json'],
    build: buildTypes,
    isForPackages: true,
  },
]

async function buildElement() {
  rmSync(at('dist'), { recursive: true, force: true })
  const rollup = at('node_modules/rollup/dist/bin/rollup')
  run(process.execPath, [rollup, '--config', 'rollup.config.js', '--silent'])
  const { version } = JSON.parse(readFileSync(at('package.json'), 'utf8'))
  await finishCdn(at('dist/cdn'), version)
}

async function buildBackend() {
  const { build } = await import('esbuild')
  rmSync(at('backend/dist'), { recursive: true, force: true })
  const entryPoints = {
    main: at('backend/src/main.ts'),
    'host-main': at('backend/src/clouds/local/host-main.ts'),
  }
  await build({
    entryPoints: Object.fromEntries(Object.entries(entryPoints).filter(([, path]) => existsSync(path))),
    outdir: at('backend/dist'),
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: true,
    sourcesContent: false,
    logLevel: 'warning',
    tsconfig: at('backend/tsconfig.json'),
  })
  const migrations = at('backend/src/store/migrations')
  if (existsSync(migrations)) {
    const isSql = (path) => statSync(path).isDirectory() || path.endsWith('.sql')
    cpSync(migrations, at('backend/dist/migrations'), { recursive: true, filter: isSql })
  }
}

function buildTypes() {
  const options = [
    '--noEmit',
    'false',
    '--declaration',
    '--emitDeclarationOnly',
    '--outDir',
    'dist',
    '--rootDir',
    'src',
  ]
  run(process.execPath, [at('node_modules/typescript/bin/tsc'), '-p', 'src/tsconfig.json', ...options])
  const data = htmlCustomData(JSON.parse(readFileSync(at('custom-elements.json'), 'utf8')))
  writeFileSync(at('dist/html-custom-data.json'), `${JSON.stringify(data, null, 2)}\n`)
}

function run(command, args) {
  const { status } = spawnSync(command, args, { cwd: ROOT, stdio: 'inherit' })
  if (status !== 0) throw new Error(`${args[0]} failed`)
}

function filesUnder(path) {
  if (!existsSync(path)) return []
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesUnder(join(path, name)))
}

function hashOf(part) {
  const hash = createHash('sha256').update(process.version)
  for (const file of part.sources.flatMap((source) => filesUnder(at(source)))) {
    hash.update(file).update('\0').update(readFileSync(file)).update('\0')
  }
  return hash.digest('hex')
}

function isFresh(part, hash) {
  const stamp = join(STAMPS, part.name)
  return part.outputs.every((path) => existsSync(at(path))) && existsSync(stamp) && readFileSync(stamp, 'utf8') === hash
}

/** @param {{ missingOnly?: boolean, types?: boolean }} options `types` for those who use the packages; nothing here needs them */
export async function build({ missingOnly = false, types = !missingOnly } = {}) {
  writeXtermCss()
  for (const part of PARTS) {
    if (part.isForPackages && !types) continue
    const hash = hashOf(part)
    if (missingOnly && isFresh(part, hash)) continue
    const start = performance.now()
    process.stderr.write(`building ${part.name} … `)
    await part.build()
    process.stderr.write(`${((performance.now() - start) / 1000).toFixed(1)} s\n`)
    mkdirSync(STAMPS, { recursive: true })
    writeFileSync(join(STAMPS, part.name), hash)
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  build({ missingOnly: process.argv.includes('--missing') }).catch((error) => {
    console.error(`\nbuild failed: ${error.message}`)
    process.exitCode = 1
  })
}
