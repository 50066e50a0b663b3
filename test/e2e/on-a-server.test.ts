import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'
import { path } from './support/backend.js'

/** Runs a module in a plain Node, where there is no page; anything on stderr is a failure. */
async function inNode(code: string): Promise<string> {
  const args = ['--input-type=module', '--eval', code]
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: path('.') })
  assert.equal(stderr, '')
  return stdout.trim()
}

describe('the package where pages are rendered on a server', () => {
  for (const entry of ['lab-terminal', 'lab-terminal/define', 'lab-terminal/vue', 'lab-terminal/svelte']) {
    it(`${entry} is imported, does nothing, and lets the process end`, async () => {
      const answer = await inNode(`
        const { LabTerminal } = await import('${entry}')
        console.log(typeof LabTerminal, typeof document)`)
      assert.equal(answer, 'function undefined')
    })
  }

  it('lab-terminal/react renders the tag with the names of HTML, and no secret of a property', async () => {
    const html = await inNode(`
      import { createElement } from 'react'
      import { renderToString } from 'react-dom/server'
      import { LabTerminal } from 'lab-terminal/react'
      const props = { lab: 'a', tokenUrl: '/t', fontSize: 16, readOnly: true, hiddenLab: false, className: 'wide' }
      const more = { tokenProvider: async () => 'secret', onLabStatus: () => {} }
      console.log(renderToString(createElement(LabTerminal, { ...props, ...more }, 'Loading')))`)
    assert.equal(
      html,
      '<lab-terminal lab="a" token-url="/t" font-size="16" read-only="" class="wide">Loading</lab-terminal>',
    )
  })
})
