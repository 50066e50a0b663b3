/** Finishes dist/cdn: compresses the scripts once and well, and says how a page can insist on exactly these. */
import { createHash } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, gzip, constants as zlib } from 'node:zlib'

/** How a script is compressed. What a web server does on the fly is 5 to 15 % larger. */
const ENCODINGS = {
  br: (text) => promisify(brotliCompress)(text, { params: { [zlib.BROTLI_PARAM_SIZE_HINT]: text.length } }),
  gz: (text) => promisify(gzip)(text, { level: 9 }),
}

/** @param {string} folder of the bundles  @param {string} version of the package */
export async function finishCdn(folder, version) {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.js')).sort()
  const hashes = await Promise.all(
    names.map(async (name) => {
      const text = await readFile(join(folder, name))
      for (const [suffix, compress] of Object.entries(ENCODINGS)) {
        await writeFile(join(folder, `${name}.${suffix}`), await compress(text))
      }
      return [name, `sha384-${createHash('sha384').update(text).digest('base64')}`]
    }),
  )
  const integrity = { version, files: Object.fromEntries(hashes) }
  await writeFile(join(folder, 'integrity.json'), `${JSON.stringify(integrity, null, 2)}\n`)
  for (const [name, hash] of hashes.filter(([name]) => !name.includes('/'))) {
    process.stderr.write(`\n  /cdn/${version}/${name}\n    integrity="${hash}"`)
  }
  process.stderr.write('\n  ')
}
