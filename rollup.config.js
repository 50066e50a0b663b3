/**
 * The bundles of the element library:
 *   dist/                            ES modules for bundlers, dependencies left outside, displays and languages lazy
 *   dist/cdn/lab-terminal.js         everything inside, a module; displays and languages lazy
 *   dist/cdn/lab-terminal.iife.js    the same as a classic script: its import() resolves against the script's address
 *   dist/cdn/lab-terminal.all.iife.js  one file
 *   dist/cdn/service-pages.js        what the backend's own pages do: LTI launches, sign-in windows
 *   dist/cdn/lab-recording.js        the player of recordings, for pages of those who teach; languages lazy
 *   dist/cdn/lazy/                   the displays and languages that both lazy bundles load, immutable by name
 */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { nodeResolve } from '@rollup/plugin-node-resolve'
import esbuild from 'rollup-plugin-esbuild'
import { guacamoleParts, recordingParts } from './test/tools/guacamole-parts.mjs'
import { licences } from './test/tools/licences.mjs'

const ROOT = fileURLToPath(new URL('.', import.meta.url))
const SRC = join(ROOT, 'src')
/** What the elements do. */
const PARTS = ['lab', 'command', 'sign-in-window'].map((name) => join(SRC, 'element', `${name}.ts`))
const [ELEMENT] = PARTS
const CDN = join(ROOT, 'dist/cdn')
const { dependencies, peerDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))

/** `parts`: of Guacamole's client, those of a display. */
const compile = (minify, parts = guacamoleParts) => [
  nodeResolve({ browser: true, extensions: ['.ts', '.js', '.mjs'] }),
  parts,
  esbuild({ target: 'es2022', minify, legalComments: 'none', tsconfig: join(ROOT, 'tsconfig.json') }),
]
const failOnWarning = (warning) => {
  throw new Error(warning.message)
}
const shared = { onwarn: failOnWarning }

/** Name of a module that is loaded when first needed: what an element does, a display, a language; undefined for any other. */
const lazyName = (id) => {
  const folder = basename(dirname(id))
  if (id.startsWith(join(SRC, 'display') + sep) && basename(id) === 'display.ts' && folder !== 'display') return folder
  if (dirname(id) === join(SRC, 'element/locales') || PARTS.includes(id)) return basename(id, '.ts')
  return undefined
}

const lazyModules = () => {
  const displays = readdirSync(join(SRC, 'display')).map((name) => join(SRC, 'display', name, 'display.ts'))
  const locales = join(SRC, 'element/locales')
  const languages = existsSync(locales) ? readdirSync(locales).map((name) => join(locales, name)) : []
  return [...PARTS, ...displays, ...languages].filter(
    (path) => path.endsWith('.ts') && existsSync(path) && lazyName(path),
  )
}

/** File names of the lazy modules, as they were written; filled by the first build, read by those after it. */
const written = new Map()

const remember = {
  name: 'remember',
  writeBundle(_options, bundle) {
    for (const file of Object.values(bundle)) {
      if (file.type === 'chunk' && file.facadeModuleId) written.set(file.facadeModuleId, file.fileName)
    }
  },
}

/** Leaves `import()` of a display or language to the browser, relative to the bundle. */
const lazy = {
  name: 'lazy',
  async resolveDynamicImport(specifier, importer) {
    if (typeof specifier !== 'string') throw new Error(`${importer}: import() of an address that is not a literal`)
    const found = await this.resolve(specifier, importer)
    if (!found || !lazyName(found.id)) return null
    const file = written.get(found.id)
    if (!file) throw new Error(`${found.id} was not written`)
    return { id: join(SRC, 'lazy', file), external: 'relative' }
  },
}

/** An entry without exports: a classic script has nowhere to put them. Named as if in src, where paths begin. */
const ENTRY = join(SRC, 'entry.js')
const entry = {
  name: 'entry',
  resolveId: (id) => (id === ENTRY ? id : null),
  load: (id) => (id === ENTRY ? "import './define.js'" : null),
}

const FRAMEWORKS = readdirSync(join(SRC, 'frameworks')).filter((name) => name !== 'template.ts')
const OUTSIDE = [...Object.keys(dependencies), ...Object.keys(peerDependencies)]

const modules = {
  ...shared,
  input: {
    index: join(SRC, 'index.ts'),
    define: join(SRC, 'define.ts'),
    recording: join(SRC, 'recording.ts'),
    ...Object.fromEntries(
      FRAMEWORKS.map((name) => [`frameworks/${basename(name, '.ts')}`, join(SRC, 'frameworks', name)]),
    ),
  },
  external: (id) => OUTSIDE.some((name) => id === name || id.startsWith(`${name}/`)),
  plugins: compile(false),
  output: {
    dir: 'dist',
    format: 'es',
    sourcemap: true,
    chunkFileNames: (chunk) => `chunks/${lazyName(chunk.facadeModuleId ?? '') ?? chunk.name}-[hash].js`,
  },
}

/**
 * What several lazy modules share comes with the element's part, which is there before any display: a chunk of its own
 * would be one more round trip, found out only when the chunk that needs it has come.
 */
const withTheElement = (id, { getModuleInfo }) => {
  const users = new Set()
  const seen = new Set()
  const follow = (module) => {
    if (seen.has(module)) return
    seen.add(module)
    if (lazyName(module)) users.add(module)
    const { importers = [] } = getModuleInfo(module) ?? {}
    importers.forEach(follow)
  }
  follow(id)
  return id === ELEMENT || (users.size > 1 && !lazyName(id)) ? 'lab' : undefined
}

const lazyChunks = {
  ...shared,
  input: Object.fromEntries(lazyModules().map((path) => [lazyName(path), path])),
  preserveEntrySignatures: 'allow-extension',
  plugins: [...compile(true), remember, licences(ROOT, join(CDN, 'third-party-licences.txt'))],
  output: {
    dir: join(CDN, 'lazy'),
    format: 'es',
    sourcemap: true,
    entryFileNames: '[name]-[hash].js',
    manualChunks: withTheElement,
  },
}

/**
 * A classic script says itself where it is. One from another origin, fetched without CORS, has no base address for
 * `import()` (HTML, "muted errors"), and `document.currentScript` has no address where jQuery fetched and ran the text.
 */
const classic = {
  name: 'classic',
  resolveImportMeta: (property) => (property === 'url' ? 'labScript' : null),
  renderDynamicImport: () => ({ left: 'import(new URL(', right: ', labScript).href)' }),
}
const WHERE_AM_I =
  'const labScript = document.currentScript?.src || Array.from(document.scripts, (script) => script.src)' +
  '.reverse().find((src) => /\\/lab-terminal[^/]*\\.js/.test(src)) || document.baseURI;'

const script = (name, format, plugins, options) => ({
  ...shared,
  input: ENTRY,
  plugins: [entry, ...compile(true), ...plugins, licences(ROOT, join(CDN, 'third-party-licences.txt'))],
  output: { file: join(CDN, name), format, sourcemap: true, generatedCode: 'es2015', ...options },
})

export default [
  modules,
  ...(lazyModules().length > 0 ? [lazyChunks] : []),
  script('lab-terminal.js', 'es', [lazy]),
  script('lab-terminal.iife.js', 'iife', [lazy, classic], { intro: WHERE_AM_I }),
  script('lab-terminal.all.iife.js', 'iife', [classic], { intro: WHERE_AM_I, inlineDynamicImports: true }),
  {
    ...shared,
    input: join(SRC, 'recording.ts'),
    plugins: [lazy, ...compile(true, recordingParts), licences(ROOT, join(CDN, 'third-party-licences.txt'))],
    output: { file: join(CDN, 'lab-recording.js'), format: 'es', inlineDynamicImports: true },
  },
  // The backend's own pages; no page of anybody else loads it.
  {
    ...shared,
    input: join(SRC, 'service-pages/page.ts'),
    plugins: compile(true),
    output: { file: join(CDN, 'service-pages.js'), format: 'es' },
  },
]
