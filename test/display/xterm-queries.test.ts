import { expect } from '@open-wc/testing'
import { Stage } from './fakes/stage.js'

/** Every question that xterm, or a terminal like it, would answer. */
const QUERIES: Record<string, string> = {
  DA1: '\x1b[c',
  'DA1 with 0': '\x1b[0c',
  DA2: '\x1b[>c',
  DA3: '\x1b[=c',
  'DSR status': '\x1b[5n',
  CPR: '\x1b[6n',
  DECXCPR: '\x1b[?6n',
  'colour scheme': '\x1b[?996n',
  'DECRQM ANSI': '\x1b[4$p',
  'DECRQM private': '\x1b[?2026$p',
  XTVERSION: '\x1b[>q',
  'XTVERSION with 0': '\x1b[>0q',
  'DECRQSS SGR': '\x1bP$qm\x1b\\',
  'DECRQSS margins': '\x1bP$qr\x1b\\',
  'DECRQSS unknown': '\x1bP$qz\x1b\\',
  XTGETTCAP: '\x1bP+q544e\x1b\\',
  'OSC 4': '\x1b]4;1;?\x07',
  'OSC 4 many': '\x1b]4;1;?;2;?\x1b\\',
  'OSC 10': '\x1b]10;?\x07',
  'OSC 11': '\x1b]11;?\x1b\\',
  'OSC 12': '\x1b]12;?\x07',
  'OSC 10 to 12': '\x1b]10;?;?;?\x07',
  'OSC 52': '\x1b]52;c;?\x07',
  'window size in pixels': '\x1b[14t',
  'cell size': '\x1b[16t',
  'window size in cells': '\x1b[18t',
  title: '\x1b[21t',
  DECREQTPARM: '\x1b[x',
  ENQ: '\x05',
  'kitty keyboard': '\x1b[?u',
  'focus reports on': '\x1b[?1004h',
  'focus reports on, among others': '\x1b[?1004;2004;1004h',
}

describe('questions to the terminal', () => {
  let stage: Stage
  before(() => {
    stage = new Stage()
    stage.attach()
  })
  afterEach(() => {
    stage.socket.sentBytes.length = 0
  })
  after(() => stage.remove())

  for (const [title, query] of Object.entries(QUERIES)) {
    it(`${title} is answered by the server alone`, async () => {
      stage.socket.bytes(`\x1bc${query}(${title})`)
      await stage.parsed((text) => text.includes(`(${title})`))
      expect(stage.socket.input).to.equal('')
      expect(stage.eventsOf('input')).to.be.empty
    })
  }

  it('a snapshot is no question either', async () => {
    const all = Object.values(QUERIES).join('')
    stage.socket.attach({ seq: 70, snapshot: all.length })
    stage.socket.bytes(`${all}end`)
    await stage.parsed((text) => text.includes('end'))
    expect(stage.socket.input).to.equal('')
  })

  it('what is no question still works: modes, colours, titles', async () => {
    stage.socket.bytes(
      '\x1bc\x1b]11;#102030\x07\x1b]2;mine\x07\x1b[22;2t\x1b]2;other\x07\x1b[23;2t\x1b[?25l\x1b[?1hset',
    )
    await stage.parsed((text) => text.includes('set'))
    expect(stage.eventsOf('title').map(({ title }) => title)).to.deep.equal(['mine', 'other', 'mine'])
    expect(getComputedStyle(stage.find('.xterm-scrollable-element')).backgroundColor).to.equal('rgb(16, 32, 48)')
    stage.textarea.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowUp', keyCode: 38, cancelable: true }))
    expect(stage.socket.input, 'application cursor keys').to.equal('\x1bOA')
  })

  it('a change of focus after an answer that read-only held back is told', async () => {
    const other = new Stage()
    const socket = other.connect()
    socket.attach({ readOnly: true })
    socket.bytes('\x1b[?1004h!')
    await other.parsed((text) => text === '!')
    const next = other.connect()
    next.attach({ seq: 9 })
    // As the browser tells it; a page that is not in front is told nothing.
    other.textarea.dispatchEvent(new FocusEvent('focus'))
    expect(next.input).to.equal('\x1b[I')
    other.remove()
  })
})
