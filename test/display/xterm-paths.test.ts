import { expect, waitUntil } from '@open-wc/testing'
import { fileAddress, pathOf, pathWords } from '../../src/display/xterm/path-words.js'
import { Stage, type StageOptions } from './fakes/stage.js'

const RULES = { lab: 'a', terminal: 'shell', upload: false, download: true, largest: 100 }

describe('paths in a line of output', () => {
  for (const [line, paths] of [
    ['see /etc/hosts, or ~/notes.txt.', ['/etc/hosts', '~/notes.txt']],
    ['src/a.c:12:3: error', ['/home/me/src/a.c']],
    ['./run.sh* ../up.log Makefile', ['/home/me/run.sh', '/home/me/../up.log']],
    [`-rw-r--r-- 1 me me 5 'a b.txt' "c d/e"`, ['/home/me/a b.txt', '/home/me/c d/e']],
    ['ä/ö.txt 日本/語.md', ['/home/me/ä/ö.txt', '/home/me/日本/語.md']],
    ['--file=/tmp/x (/tmp/y) </tmp/z>', ['/tmp/x', '/tmp/y', '/tmp/z']],
    ['https://example.org/a/b.txt host:/etc/passwd me@host:/x /usr/bin:/bin', []],
    ['/ // //x . .. /tmp/ src/ ~root/x -x/y 1.2.3 and', []],
  ] as const) {
    it(line, () => expect(pathWords(line, '/home/me').map(({ path }) => path)).to.deep.equal(paths))
  }

  it('are where they say', () => {
    const line = 'ls: "c d/e" x/y.txt:3'
    const found = pathWords(line, '/')
    expect(found.map(({ begin, end }) => line.slice(begin, end))).to.deep.equal(['c d/e', 'x/y.txt'])
    expect(found[0]?.path).to.equal('/c d/e')
  })

  it('are absolute or from the home where nobody knows the folder', () => {
    expect(pathWords('a/b.txt /c ~/d', undefined).map(({ path }) => path)).to.deep.equal(['/c', '~/d'])
  })

  for (const word of ['', '/', '/a/', '/a/..', 'a\nb', '/a\u202eb', '~', '~me', `/${'a'.repeat(5_000)}`]) {
    it(`${JSON.stringify(word.slice(0, 12))} is none`, () => expect(pathOf(word, '/home')).to.equal(undefined))
  }

  for (const [text, address] of [
    ['file:///a%20b', { host: '', path: '/a b' }],
    ['file:/a', { host: '', path: '/a' }],
    ['file://localhost/a', { host: '', path: '/a' }],
    ['FILE://Lab.Example/a%', { host: 'lab.example', path: '/a%' }],
    ['file://lab', undefined],
    ['https://lab/a', undefined],
    ['file:///a%0Ab', undefined],
  ] as const) {
    it(`${text} says ${JSON.stringify(address)}`, () => expect(fileAddress(text)).to.deep.equal(address))
  }
})

describe('a path on the screen', function () {
  this.timeout(120_000)
  let stage: Stage
  afterEach(() => stage.remove())

  async function showing(output: string, options: StageOptions = {}): Promise<void> {
    await Promise.all([
      import('../../src/display/xterm/extras.js'),
      import('../../src/display/xterm/paths.js'),
      import('../../src/display/xterm/search.js'),
    ])
    stage = new Stage({ hostFiles: RULES, ...options })
    stage.attach().bytes(output)
    await stage.parsed((text) => text !== '')
  }

  /** The cell of a row and a column, from 0. */
  function at(row: number, column: number): MouseEventInit {
    const screen = stage.find('.xterm-screen').getBoundingClientRect()
    const rows = stage.find('.xterm-rows').childElementCount
    const width = stage.find('.xterm-helper-textarea').getBoundingClientRect()
    const [x, y] = [
      screen.left + (column + 0.5) * (width.width || 8),
      screen.top + ((row + 0.5) * screen.height) / rows,
    ]
    return { clientX: x, clientY: y, bubbles: true, composed: true, cancelable: true, view: window }
  }

  async function point(row: number, column: number): Promise<string> {
    const screen = stage.find('.xterm-screen')
    // Links are asked for by a pointer that comes to another cell.
    screen.dispatchEvent(new MouseEvent('mousemove', at(row + 3, column + 3)))
    screen.dispatchEvent(new MouseEvent('mousemove', at(row, column)))
    return stage.find('.lab-xterm').title
  }

  async function click(row: number, column: number, keys: MouseEventInit = {}): Promise<void> {
    const screen = stage.find('.xterm-screen')
    for (const type of ['mousedown', 'mouseup'])
      screen.dispatchEvent(new MouseEvent(type, { ...at(row, column), ...keys }))
  }

  /** By the search; it is asked for again until what it needs has been fetched. */
  async function selects(text: string, path: string | undefined): Promise<void> {
    const before = stage.eventsOf('found').length
    const isFound = () =>
      stage
        .eventsOf('found')
        .slice(before)
        .some(({ count }) => count > 0)
    await waitUntil(
      () => {
        stage.display.find?.(text, 'previous')
        return isFound() && stage.display.selectedPath === path
      },
      `${text} selected`,
      { timeout: 100_000 },
    )
  }

  const wanted = () => stage.eventsOf('download').map(({ path }) => path)

  it('is asked for by Ctrl with a click, never by a click, and says what it is', async () => {
    await showing('\x1b]7;file://lab/home/me\x07notes.txt\r\n$ ')
    await waitUntil(async () => (await point(0, 2)) !== '', 'a link', { timeout: 100_000 })
    expect(stage.find('.lab-xterm').title).to.equal('/home/me/notes.txt (Ctrl + click)')
    await click(0, 2)
    expect(wanted()).to.deep.equal([])
    await click(0, 2, { ctrlKey: true })
    expect(wanted()).to.deep.equal(['/home/me/notes.txt'])
    expect(stage.opened).to.deep.equal([])
  })

  it('over two rows is one; that of a file: link is where the link leads, on this host only', async () => {
    const long = `/${'d/'.repeat(60)}end.txt`
    const link = (host: string) => `\x1b]8;;file://${host}/real%20one\x07shown\x1b]8;;\x07\r\n`
    await showing(`\x1b]7;file://lab/home\x07${long}\r\n${link('lab')}${link('')}${link('other')}$ `)
    await waitUntil(async () => (await point(0, 2)) !== '', 'a link', { timeout: 100_000 })
    const rows = Math.ceil(long.length / Number(stage.socket.messagesOf('attach')[0]?.['cols']))
    expect(rows).to.be.greaterThan(1)
    await click(0, 2, { ctrlKey: true })
    for (const row of [rows, rows + 1, rows + 2]) {
      await point(row, 2)
      await click(row, 2, { ctrlKey: true })
    }
    expect(wanted()).to.deep.equal([long, '/real one', '/real one'])
  })

  it('is of the folder where the shell was, and of none while the shell is at another host', async () => {
    const to = (folder: string) => `\x1b]7;file://${folder}\x07`
    await showing(
      `${to('lab/one')}a.txt\r\n${to('lab/two')}a.txt\r\n${to('far/three')}a.txt /x/y\r\n${to('lab/four')}$ `,
    )
    await waitUntil(async () => (await point(0, 2)) !== '', 'a link', { timeout: 100_000 })
    for (const row of [0, 1, 2]) {
      await point(row, 2)
      await click(row, 2, { ctrlKey: true })
    }
    expect(wanted()).to.deep.equal(['/one/a.txt', '/two/a.txt'])
  })

  it('that is selected is offered to the menu; what the search found is', async () => {
    await showing('\x1b]7;file://lab/one\x07Makefile and more\r\n$ ')
    await selects('Makefile', '/one/Makefile')
    stage.display.find?.('', 'next')
    expect(stage.display.selectedPath, 'after the search too').to.equal('/one/Makefile')
    stage.socket.bytes('\x1bc$ ')
    await stage.parsed((text) => text === '$')
    expect(stage.display.selectedPath, 'a screen that was reset').to.equal(undefined)
  })

  it('is plain text where no file may come down', async () => {
    await showing('/etc/hosts\r\n$ ', { hostFiles: { ...RULES, download: false } })
    await point(0, 2)
    await click(0, 2, { ctrlKey: true })
    expect(wanted()).to.deep.equal([])
    expect(stage.display.selectedPath).to.equal(undefined)
  })

  it('has no folder where a flood of them came since: a hundred are held', async () => {
    const to = (folder: string) => `\x1b]7;file://lab/${folder}\x07`
    const many = Array.from({ length: 300 }, (_, at) => to(String(at))).join('')
    await showing(`${to('first')}first.txt\r\n${many}last.txt\r\n${to('y'.repeat(20_000))}and.txt\r\n`)
    await selects('last.txt', '/299/last.txt')
    await selects('and.txt', '/299/and.txt')
    await selects('first.txt', undefined)
  })
})
