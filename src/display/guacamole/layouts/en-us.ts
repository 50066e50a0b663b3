import { characters, commonKeys, type KeyboardLayout, withFunctions } from './layout.js'

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
    ...commonKeys({
      control: 'Ctrl',
      insert: 'Ins',
      delete: 'Del',
      home: 'Home',
      end: 'End',
      pageUp: 'PgUp',
      pageDown: 'PgDn',
    }),
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
