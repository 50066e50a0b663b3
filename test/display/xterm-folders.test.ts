import { expect } from '@open-wc/testing'
import { Terminal } from '@xterm/xterm'
import { Folders } from '../../src/wire/folders.js'

const told = (folder: string) => `\x1b]7;file://lab${folder}\x1b\\`

/** The xterm of a page lets rows of the alternate screen be marked, the one of the server does not. */
describe('the folders that a shell tells', () => {
  it('on the alternate screen are of no row of the normal one, and end with it', async () => {
    const terminal = new Terminal({ cols: 20, rows: 6 })
    const folders = new Folders(terminal)
    const show = (output: string) => new Promise<void>((done) => terminal.write(output, done))
    await show(`${told('/a')}x\r\n${told('/b')}y\r\n\x1b[?1049h\x1b[H${told('/inside')}shell`)
    expect(folders.at(1), 'a row that is hidden now').to.equal('file://lab/b')
    await show('\x1b[?1049lz')
    expect([0, 1, 2].map((row) => folders.at(row))).to.deep.equal(['file://lab/a', 'file://lab/b', 'file://lab/b'])
    terminal.dispose()
  })
})
