import { ARROWS, characters, type KeyboardLayout, orWithFn, withFunctions } from './layout.js'

const DIGITS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '0', '-', '=']

/** Twelve keys wide, so that one is a finger wide on a phone. */
export const EN_US: KeyboardLayout = {
  language: 'en',
  name: 'English (US)',
  type: 'qwerty',
  width: 12,
  keys: {
    ...withFunctions(characters('1! 2@ 3# 4$ 5% 6^ 7& 8* 9( 0) -_ =+'), DIGITS),
    ...characters('`~ \\| qQ wW eE rR tT yY uU iI oO pP [{ ]}'),
    ...characters('aA sS dD fF gG hH jJ kK lL ;: \'" zZ xX cC vV bB nN mM ,< .> /?'),
    Esc: [{ title: 'Esc', keysym: 0xff1b }],
    Tab: [{ title: 'Tab', keysym: 0xff09 }],
    Super: [{ title: '❖', keysym: 0xffeb, modifier: 'super' }],
    Menu: [{ title: '☰', keysym: 0xff67 }],
    Ins: [{ title: 'Ins', keysym: 0xff63 }],
    Del: [{ title: 'Del', keysym: 0xffff }],
    Back: [{ title: '⌫', keysym: 0xff08 }],
    Enter: [{ title: '↵', keysym: 0xff0d }],
    Shift: [{ title: '⇧', keysym: 0xffe1, modifier: 'shift' }],
    Ctrl: [{ title: 'Ctrl', keysym: 0xffe3, modifier: 'control' }],
    Alt: [{ title: 'Alt', keysym: 0xffe9, modifier: 'alt' }],
    Fn: [{ title: 'Fn', modifier: 'fn' }],
    Space: [{ title: ' ', keysym: 0x20 }],
    Left: orWithFn('←', ARROWS.left, 'Home', ARROWS.home),
    Up: orWithFn('↑', ARROWS.up, 'PgUp', ARROWS.pageUp),
    Down: orWithFn('↓', ARROWS.down, 'PgDn', ARROWS.pageDown),
    Right: orWithFn('→', ARROWS.right, 'End', ARROWS.end),
  },
  layout: [
    ['Esc', 'Tab', '`', '\\', 'Super', 'Menu', 'Ins', 'Del', 'Back'],
    DIGITS,
    ['q', 'w', 'e', 'r', 't', 'y', 'u', 'i', 'o', 'p', '[', ']'],
    ['a', 's', 'd', 'f', 'g', 'h', 'j', 'k', 'l', ';', "'", 'Enter'],
    ['Shift', 'z', 'x', 'c', 'v', 'b', 'n', 'm', ',', '.', '/'],
    ['Ctrl', 'Alt', 'Fn', 'Space', 'Left', 'Up', 'Down', 'Right'],
  ],
  keyWidths: { Esc: 1.5, Tab: 1.5, Ins: 1.5, Del: 1.5, Back: 2, Shift: 2, Ctrl: 1.5, Alt: 1.5, Fn: 1.5, Space: 3.5 },
  spoken: {
    '❖': 'Windows key',
    '☰': 'Menu key',
    '⌫': 'Backspace',
    '↵': 'Enter',
    '⇧': 'Shift',
    ' ': 'Space',
    '←': 'Arrow left',
    '↑': 'Arrow up',
    '↓': 'Arrow down',
    '→': 'Arrow right',
  },
}
