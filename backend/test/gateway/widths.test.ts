import assert from 'node:assert/strict'
import { test } from 'node:test'
import xterm from '@xterm/headless'
import { eastAsianWidthType } from 'get-east-asian-width'
import { guard } from '../../src/gateway/guards.js'
import { charProperties } from '../../src/gateway/internals.js'

/** Added by 15.1, of which the library's data are; the terminal counts as 15 does, and so do the hosts of labs. */
const ADDED_LATER = (code: number) => (code >= 0x2ffc && code <= 0x2fff) || code === 0x31ef
/** Has no cell whatever East_Asian_Width says: nonspacing and enclosing marks. */
const isMark = (character: string) => /[\p{Mn}\p{Me}]/u.test(character)
/** Has no cell and is no mark: controls, format characters, and the later parts of a Hangul syllable. */
const isUnseen = (character: string) => /[\p{Cc}\p{Cf}\u1160-\u11ff]/u.test(character)
/** Marks of Unicode 11, which 14 and later take for letters that have a room of their own. */
const ONCE_MARKS = [0x1734, 0x1171e]

test('every character is as wide as Unicode 15 says (East_Asian_Width, General_Category)', () => {
  const terminal = new xterm.Terminal({ allowProposedApi: true })
  guard(terminal)
  const properties = charProperties(terminal)
  const wrong: string[] = []
  for (let code = 0x20; code < 0x110000; code++) {
    if ((code >= 0xd800 && code < 0xe000) || ADDED_LATER(code)) continue
    const character = String.fromCodePoint(code)
    const cells = (properties(code, 0) >> 1) & 3
    const wide = ['wide', 'fullwidth'].includes(eastAsianWidthType(code)) && !isMark(character)
    const mayHaveNone = isMark(character) || isUnseen(character) || ONCE_MARKS.includes(code)
    if (cells === 0 ? !mayHaveNone : (cells === 2) !== wide) wrong.push(`${code.toString(16)}: ${cells}`)
  }
  assert.deepEqual(wrong, [])
  terminal.dispose()
})

test('marks of Unicode 15 and before join what they follow', () => {
  const terminal = new xterm.Terminal({ allowProposedApi: true })
  guard(terminal)
  const properties = charProperties(terminal)
  const wide = properties('漢'.codePointAt(0) ?? 0, 0)
  for (const mark of [
    '\u0301',
    '\u20dd',
    '\u0898',
    '\u1ace',
    '\u302a',
    '\u3099',
    '\u{16fe4}',
    '\u{1e4ef}',
    '\u{11f40}',
  ]) {
    const joined = properties(mark.codePointAt(0) ?? 0, wide)
    assert.deepEqual([joined & 1, (joined >> 1) & 3], [1, 2], mark)
  }
  terminal.dispose()
})
