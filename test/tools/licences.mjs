/** Rollup plugin: writes the licences of the packages inside a bundle beside it, as those licences ask. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, sep } from 'node:path'

const found = new Map()

/** @param {string} root of the project  @param {string} target file to write */
export function licences(root, target) {
  return {
    name: 'licences',
    writeBundle(_options, bundle) {
      for (const file of Object.values(bundle)) {
        for (const id of Object.keys(file.modules ?? {})) {
          const folder = packageFolder(id, root)
          if (folder && !found.has(folder)) found.set(folder, licenceOf(folder))
        }
      }
      mkdirSync(dirname(target), { recursive: true })
      writeFileSync(target, [...found.values()].sort().join(`\n${'-'.repeat(80)}\n\n`))
    },
  }
}

/** `…/node_modules/@xterm/xterm` of a module inside it; undefined for a module of this project. */
function packageFolder(id, root) {
  const marker = `${sep}node_modules${sep}`
  const at = id.lastIndexOf(marker)
  if (at === -1 || !id.startsWith(root)) return
  const [scope, name] = id.slice(at + marker.length).split(sep)
  return join(id.slice(0, at + marker.length), scope, scope.startsWith('@') ? name : '')
}

function licenceOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry))
  if (!file) throw new Error(`${name}: no licence file in ${dirname(folder)}`)
  return `${name} ${version} (${license})\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`
}
