import { expect } from '@open-wc/testing'
import { sendKeys } from '@web/test-runner-commands'
import { LEAVE_CHORD } from '../../src/display/leave-chord.js'
import { platformOf } from '../../src/display/platform.js'
import { cleanPaste, cutFrames } from '../../src/display/xterm/input.js'
import { type KeyContext, type KeyOwner, keyOwner } from '../../src/display/xterm/keys.js'
import { CharacterJoiner } from '../../src/display/xterm/utf8.js'
import { frames, Stage } from './fakes/stage.js'

describe('whose a key is', () => {
  const okay: KeyContext = { platform: 'other', readOnly: false, hasSelection: false }
  const table: [string, Partial<KeyContext>, KeyOwner][] = [
    ['a', {}, 'shell'],
    ['Tab', {}, 'shell'],
    ['Shift+Tab', {}, 'shell'],
    ['Escape', {}, 'shell'],
    ['F5', {}, 'shell'],
    ['F11', {}, 'shell'],
    ['Control+c', {}, 'shell'],
    ['Control+c', { hasSelection: true }, 'shell'],
    ['Control+c', { hasSelection: true, platform: 'apple' }, 'shell'],
    ['Control+c', { hasSelection: true, platform: 'windows' }, 'copy-once'],
    ['Control+c', { platform: 'windows' }, 'shell'],
    ['Control+v', {}, 'shell'],
    ['Control+r', {}, 'shell'],
    ['Control+Shift+C', {}, 'copy'],
    ['Control+Shift+c', {}, 'copy'],
    ['Control+Insert', {}, 'copy'],
    ['Shift+Insert', {}, 'shell'],
    ['Meta+c', { platform: 'apple' }, 'page'],
    ['Meta+v', { platform: 'apple' }, 'page'],
    ['Meta+t', { platform: 'apple' }, 'page'],
    ['Meta+a', { platform: 'apple' }, 'shell'],
    ['Meta+a', {}, 'page'],
    ['Control++', {}, 'larger'],
    ['Control+-', {}, 'smaller'],
    ['Control+=', {}, 'larger'],
    ['Control+0', {}, 'usual-size'],
    ['Control+0', { platform: 'apple' }, 'shell'],
    ['Meta+0', { platform: 'apple' }, 'usual-size'],
    ['Control+Shift+F', {}, 'search'],
    ['Control+f', {}, 'shell'],
    ['Meta+f', { platform: 'apple' }, 'search'],
    ['Control+Shift+_', {}, 'shell'],
    ['Control+Alt+0', {}, 'shell'],
    ['Control+Shift+Backspace', {}, 'leave'],
    ['Control+Shift+Backspace', { readOnly: true }, 'leave'],
    ['Control+Backspace', {}, 'shell'],
    ['Shift+Backspace', {}, 'shell'],
    ['Control+Alt+Shift+Backspace', {}, 'shell'],
    ['Tab', { readOnly: true }, 'page'],
    ['a', { readOnly: true }, 'page'],
    ['Shift+PageUp', { readOnly: true }, 'shell'],
    ['Control+Shift+C', { readOnly: true }, 'copy'],
  ]
  for (const [keys, context, owner] of table) {
    it(`${keys} ${JSON.stringify(context)}: ${owner}`, () => {
      expect(keyOwner(keyOf(keys), { ...okay, ...context })).to.equal(owner)
    })
  }

  it('knows platforms', () => {
    const names = ['MacIntel', 'iPhone', 'Win32', 'Linux x86_64', ''].map((platform) => platformOf({ platform }))
    expect(names).to.deep.equal(['apple', 'apple', 'windows', 'other', 'other'])
  })
})

describe('bytes', () => {
  it('are cut at characters, whatever the limit', () => {
    const bytes = new TextEncoder().encode('añ€🎉'.repeat(20))
    for (let limit = 4; limit < 20; limit++) {
      const cut = [...cutFrames(bytes, limit)]
      expect(cut.flatMap((frame) => [...frame])).to.deep.equal([...bytes])
      expect(cut.every(({ length }) => length > 0 && length <= limit)).to.equal(true)
      for (const frame of cut) new TextDecoder('utf-8', { fatal: true }).decode(frame)
    }
  })

  it('that are no UTF-8 are cut all the same', () => {
    const bytes = new Uint8Array(50).fill(0x80)
    expect([...cutFrames(bytes, 8)].reduce((sum, { length }) => sum + length, 0)).to.equal(50)
  })

  it('are joined to whole characters, whatever the cuts', () => {
    const text = 'a—“é\u0800🎉\u{10ffff}z'.repeat(3)
    const bytes = new TextEncoder().encode(text)
    for (let size = 1; size < 8; size++) {
      const joiner = new CharacterJoiner()
      const decoder = new TextDecoder('utf-8', { fatal: true })
      let joined = ''
      for (let start = 0; start < bytes.length; start += size) {
        joined += decoder.decode(joiner.join(bytes.slice(start, start + size)))
      }
      expect(joined).to.equal(text)
    }
  })

  it('that are no UTF-8 are not kept back for ever', () => {
    const joiner = new CharacterJoiner()
    expect([...joiner.join(new Uint8Array([0x61, 0xff, 0xf8, 0x80]))]).to.deep.equal([0x61, 0xff, 0xf8, 0x80])
    expect([...joiner.join(new Uint8Array([0x62, 0xe2]))]).to.deep.equal([0x62])
    expect([...joiner.join(new Uint8Array([0x63]))]).to.deep.equal([0xe2, 0x63])
  })

  it('of a paste lose what could steer the terminal', () => {
    expect(cleanPaste('a\tb\r\nc\n🎉é')).to.equal('a\tb\r\nc\n🎉é')
    expect(cleanPaste('x\x1b[201~rm -rf\x00\x03\x7f\x9b201~')).to.equal('x[201~rm -rf201~')
  })
})

describe('typing', () => {
  let stage: Stage
  beforeEach(() => {
    stage = new Stage()
    stage.attach()
  })
  afterEach(() => stage.remove())

  it('sends what real keys make, Tab and Escape among them', async () => {
    stage.display.focus()
    await sendKeys({ type: 'ls' })
    for (const press of ['Tab', 'Escape', 'ArrowUp', 'F1', 'Enter', 'Control+c']) await chord(press)
    expect(stage.socket.input).to.equal('ls\t\x1b\x1b[A\x1bOP\r\x03')
    expect(stage.root.activeElement).to.equal(stage.textarea)
  })

  it('the chord leaves, is told once, and reaches no shell', async () => {
    stage.display.focus()
    await chord('Control+Shift+Backspace')
    expect(stage.eventsOf('leave')).to.have.length(1)
    expect(stage.socket.input).to.equal('')
    expect(LEAVE_CHORD.label(false)).to.equal('Ctrl+Shift+Backspace')
    expect(LEAVE_CHORD.label(true)).to.equal('Control+Shift+Delete')
  })

  it('a read-only terminal lets Tab go on, and says that somebody is there', async () => {
    stage.remove()
    stage = new Stage({ readOnly: true })
    stage.attach()
    const after = document.createElement('button')
    document.body.append(after)
    stage.display.focus()
    await sendKeys({ type: 'x' })
    await chord('Tab')
    expect(document.activeElement).to.equal(after)
    expect(stage.socket.sentBytes).to.be.empty
    expect(stage.eventsOf('input').length).to.be.greaterThan(0)
    after.remove()
  })

  it('a page that takes the key the shell would not see gets it', () => {
    for (const [keys, prevented] of [
      ['Control+0', true],
      ['Meta+v', false],
      ['Control+Shift+C', true],
      ['Tab', true],
    ] as const) {
      const event = new KeyboardEvent('keydown', { ...keyOf(keys), keyCode: 9, bubbles: true, cancelable: true })
      stage.textarea.dispatchEvent(event)
      expect(event.defaultPrevented, keys).to.equal(prevented)
    }
  })

  it('tells the shell of focus where it asked, and that is not typing', async () => {
    stage.socket.bytes('\x1b[?1004h!')
    await stage.parsed((text) => text === '!')
    expect(stage.socket.input, 'no answer to switching it on').to.equal('')
    stage.textarea.focus()
    stage.textarea.blur()
    expect(stage.socket.input).to.equal('\x1b[I\x1b[O')
    expect(stage.eventsOf('input')).to.be.empty
  })

  it('sends the pointer where a program asked for it', async () => {
    stage.socket.bytes('\x1b[?1000h\x1b[?1006h!')
    await stage.parsed((text) => text === '!')
    const screen = stage.find('.xterm-screen').getBoundingClientRect()
    const at = { clientX: screen.left + 20, clientY: screen.top + 20, bubbles: true, composed: true, cancelable: true }
    stage.find('.xterm-screen').dispatchEvent(new MouseEvent('mousedown', { ...at, button: 0 }))
    expect(stage.socket.input).to.equal('\x1b[<0;3;2M')
    document.dispatchEvent(new MouseEvent('mouseup', { ...at, button: 0 }))
    stage.socket.bytes('\x1b[?1006l\x1b[?1000h?')
    await stage.parsed((text) => text === '!?')
    stage.find('.xterm-screen').dispatchEvent(new MouseEvent('mousedown', { ...at, button: 0 }))
    expect([...(stage.socket.sentBytes.at(-1) ?? [])]).to.deep.equal([0x1b, 0x5b, 0x4d, 32, 32 + 3, 32 + 2])
    document.dispatchEvent(new MouseEvent('mouseup', { ...at, button: 0 }))
  })

  it('says that somebody is there when they select or click', () => {
    stage.find('.xterm-screen').dispatchEvent(new PointerEvent('pointerdown', { bubbles: true }))
    expect(stage.eventsOf('input')).to.have.length(1)
  })
})

describe('pasting', () => {
  const text = 'one\ntwo\r\nthree 🎉\x1b[201~evil'
  let stage: Stage
  beforeEach(() => {
    stage = new Stage()
    stage.attach()
  })
  afterEach(() => stage.remove())

  it('many lines go in brackets where the program asked, and cannot leave them', async () => {
    stage.socket.bytes('\x1b[?2004h!')
    await stage.parsed((shown) => shown === '!')
    const event = paste(stage.textarea, text)
    expect(event.defaultPrevented).to.equal(true)
    expect(stage.socket.input).to.equal('\x1b[200~one\rtwo\rthree 🎉[201~evil\x1b[201~')
    expect(stage.eventsOf('input')).to.have.length(1)
  })

  it('goes in plain where not, by event once somebody said yes, and by method alike', () => {
    paste(stage.textarea, text)
    expect(stage.socket.input).to.equal('')
    stage.eventsOf('paste')[0]?.accept()
    const typed = stage.socket.input
    expect(typed).to.equal('one\rtwo\rthree 🎉[201~evil')
    stage.display.paste(text)
    expect(stage.socket.input).to.equal(typed + typed)
  })

  it('never reads the clipboard by itself', async () => {
    let reads = 0
    const { readText } = navigator.clipboard
    navigator.clipboard.readText = async () => {
      reads++
      return 'secret'
    }
    stage.display.focus()
    await chord('Control+Shift+V')
    await chord('Shift+Insert')
    stage.socket.bytes('\x1b]52;c;?\x07\x1b]52;c;c2VjcmV0\x07!')
    await stage.parsed((shown) => shown.includes('!'))
    navigator.clipboard.readText = readText
    expect(reads).to.equal(0)
    expect(stage.socket.input).to.equal('')
  })
})

describe('copying', () => {
  for (const [title, keys, platform, cleared] of [
    ['Ctrl+Shift+C', 'Control+Shift+C', 'other', false],
    ['Ctrl+Insert', 'Control+Insert', 'other', false],
    ['Ctrl+C on Windows', 'Control+c', 'windows', true],
  ] as const) {
    it(`${title} copies the selection${cleared ? ', and the next one interrupts' : ''}`, async () => {
      const stage = new Stage({ platform })
      stage.attach().bytes('copy me')
      await stage.parsed((text) => text !== '')
      const copied = await withClipboard(async () => {
        selectFirstLine(stage)
        press(stage, keys)
        await Promise.resolve()
      })
      expect(copied).to.deep.equal(['copy me'])
      expect(stage.socket.input).to.equal('')
      if (cleared) {
        press(stage, keys, 67)
        expect(stage.socket.input).to.equal('\x03')
      }
      stage.remove()
    })
  }

  it('falls back to the old command where the clipboard is forbidden', async () => {
    const stage = new Stage({ platform: 'windows' })
    stage.attach().bytes('copy me')
    await stage.parsed((text) => text !== '')
    const { execCommand } = document
    const commands: string[] = []
    const data = new DataTransfer()
    document.execCommand = (command) => {
      commands.push(command)
      return document.dispatchEvent(new ClipboardEvent('copy', { clipboardData: data, cancelable: true }))
    }
    await withClipboard(async () => {
      selectFirstLine(stage)
      press(stage, 'Control+c')
      await frames()
    }, new DOMException('not here', 'NotAllowedError'))
    document.execCommand = execCommand
    expect(commands).to.deep.equal(['copy'])
    expect(data.getData('text/plain')).to.equal('copy me')
    stage.remove()
  })
})

describe('the wheel', () => {
  let stage: Stage
  let scroller: HTMLElement
  beforeEach(async () => {
    scroller = document.createElement('div')
    scroller.style.cssText = 'height: 200px; overflow: auto'
    document.body.append(scroller)
    stage = new Stage({ parent: scroller })
    stage.attach().bytes(Array.from({ length: 200 }, (_, line) => `${line}`).join('\r\n'))
    await stage.parsed((text) => text.endsWith('199'))
    await frames()
  })
  afterEach(() => {
    stage.remove()
    scroller.remove()
  })

  // Chromium gives a made-up event a `wheelDelta` of the wrong sign, which is what xterm reads: this one turns upwards.
  const turn = (more: WheelEventInit = {}) => {
    const event = new WheelEvent('wheel', { deltaY: 120, bubbles: true, composed: true, cancelable: true, ...more })
    stage.find('.xterm-screen').dispatchEvent(event)
    return event.defaultPrevented
  }

  it('is the page’s until the terminal has focus', async () => {
    expect(turn()).to.equal(false)
    stage.display.focus()
    expect(turn()).to.equal(true)
    stage.textarea.blur()
    expect(turn()).to.equal(false)
  })

  it('is not turned into keys for a full-screen program, nor sent to it, without focus', async () => {
    stage.socket.bytes('\x1b[?1049h!')
    await stage.parsed((text) => text.endsWith('!'))
    expect(turn()).to.equal(false)
    stage.socket.bytes('\x1b[?1000h?')
    await stage.parsed((text) => text.endsWith('!?'))
    expect(turn()).to.equal(false)
    expect(stage.socket.input).to.equal('')
    stage.display.focus()
    expect(turn()).to.equal(true)
    expect(stage.socket.input).not.to.equal('')
  })

  it('with Ctrl is the browser’s zoom', () => {
    stage.display.focus()
    expect(turn({ ctrlKey: true })).to.equal(false)
  })
})

function keyOf(keys: string) {
  const parts = keys.endsWith('++') ? [...keys.slice(0, -2).split('+'), '+'] : keys.split('+')
  const has = (name: string) => parts.slice(0, -1).includes(name)
  return {
    type: 'keydown',
    key: parts.at(-1) ?? '',
    ctrlKey: has('Control'),
    shiftKey: has('Shift'),
    altKey: has('Alt'),
    metaKey: has('Meta'),
  }
}

/** Real keys, from the browser. */
async function chord(keys: string): Promise<void> {
  const parts = keys.split('+')
  for (const down of parts) await sendKeys({ down })
  for (const up of parts.reverse()) await sendKeys({ up })
}

function press(stage: Stage, keys: string, keyCode = 0): void {
  stage.textarea.dispatchEvent(
    new KeyboardEvent('keydown', { ...keyOf(keys), keyCode, bubbles: true, cancelable: true }),
  )
}

function paste(target: HTMLElement, text: string): ClipboardEvent {
  const clipboardData = new DataTransfer()
  clipboardData.setData('text/plain', text)
  const event = new ClipboardEvent('paste', { clipboardData, bubbles: true, composed: true, cancelable: true })
  target.dispatchEvent(event)
  return event
}

function selectFirstLine(stage: Stage): void {
  const box = stage.find('.xterm-screen').getBoundingClientRect()
  const at = { clientX: box.left + 5, clientY: box.top + 5, button: 0, bubbles: true, composed: true, cancelable: true }
  stage.find('.xterm-screen').dispatchEvent(new MouseEvent('mousedown', { ...at, detail: 3 }))
  document.dispatchEvent(new MouseEvent('mouseup', at))
}

/** What is written to the clipboard meanwhile. */
async function withClipboard(body: () => Promise<void>, refusal?: Error): Promise<string[]> {
  const { writeText } = navigator.clipboard
  const written: string[] = []
  navigator.clipboard.writeText = async (text) => {
    if (refusal) throw refusal
    written.push(text)
  }
  try {
    await body()
  } finally {
    navigator.clipboard.writeText = writeText
  }
  return written
}
