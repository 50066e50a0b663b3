import { characters, commonKeys, type KeyboardLayout, withFunctions } from './layout.js'

const DIGITS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '0', 'ß', '´']

/** Twelve keys wide, so that one is a finger wide on a phone. */
export const DE: KeyboardLayout = {
  language: 'de',
  name: 'Deutsch',
  type: 'qwertz',
  width: 12,
  keys: {
    ...withFunctions(characters('1! 2"² 3§³ 4$ 5% 6& 7/{ 8([ 9)] 0=} ß?\\ ´`'), DIGITS),
    ...characters("^° #' qQ@ wW eE€ rR tT zZ uU iI oO pP üÜ +*~"),
    ...characters('aA sS dD fF gG hH jJ kK lL öÖ äÄ <>| yY xX cC vV bB nN mMµ ,; .: -_'),
    ...commonKeys({
      control: 'Strg',
      insert: 'Einfg',
      delete: 'Entf',
      home: 'Pos1',
      end: 'Ende',
      pageUp: 'Bild↑',
      pageDown: 'Bild↓',
    }),
    AltGr: [{ title: 'AltGr', keysym: 0xfe03, modifier: 'alt-gr' }],
  },
  layout: [
    ['Esc', 'Tab', '^', '#', 'Super', 'Menu', 'Ins', 'Del', 'Back'],
    DIGITS,
    ['q', 'w', 'e', 'r', 't', 'z', 'u', 'i', 'o', 'p', 'ü', '+'],
    ['a', 's', 'd', 'f', 'g', 'h', 'j', 'k', 'l', 'ö', 'ä', 'Enter'],
    ['Shift', '<', 'y', 'x', 'c', 'v', 'b', 'n', 'm', ',', '.', '-'],
    ['Ctrl', 'Alt', 'AltGr', 'Fn', 'Space', 'Left', 'Up', 'Down', 'Right'],
  ],
  keyWidths: {
    Esc: 1.5,
    Tab: 1.5,
    Ins: 1.5,
    Del: 1.5,
    Back: 2,
    Ctrl: 1.5,
    Alt: 1.25,
    AltGr: 1.5,
    Fn: 1.25,
    Space: 2.5,
  },
  spoken: {
    '❖': 'Windows-Taste',
    '☰': 'Menütaste',
    '⌫': 'Rücktaste',
    '↵': 'Eingabetaste',
    '⇧': 'Umschalttaste',
    ' ': 'Leertaste',
    '←': 'Pfeil nach links',
    '↑': 'Pfeil nach oben',
    '↓': 'Pfeil nach unten',
    '→': 'Pfeil nach rechts',
  },
}
