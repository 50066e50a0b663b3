/** The configurations that authors copy: those beside the examples, and the one of docs/authors.md. */
import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { loadConfig } from '../../src/config/load.js'

const root = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url))

describe('the configurations that authors copy', () => {
  for (const file of ['examples/course/lab-terminal.yaml', 'examples/lms/labs.yaml']) {
    it(file, async () => {
      assert.ok((await loadConfig(root(file), {})).labs.has('first-steps'))
    })
  }

  it('docs/authors.md, and its lab is the one that the example pages ask for', async () => {
    const text = /<<'YAML'\n([\s\S]*?)^ *YAML$/m.exec(await readFile(root('docs/authors.md'), 'utf8'))?.[1]
    assert.ok(text)
    const folder = await mkdtemp(join(tmpdir(), 'authors-'))
    try {
      await mkdir(join(folder, 'welcome'))
      await writeFile(join(folder, 'labs.yaml'), text.replace(/^ {3}/gm, ''))
      const config = await loadConfig(join(folder, 'labs.yaml'), {})
      for (const page of ['plain/page.html', 'openedx/unit.html', 'moodle/page.html']) {
        const lab = /<lab-terminal lab="([^"]+)"/.exec(await readFile(root(`examples/${page}`), 'utf8'))?.[1]
        assert.ok(lab !== undefined && config.labs.has(lab), page)
      }
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
