/** The colour schemes that are fetched when one of them is chosen. */

/**
 * Foreground, background, cursor, selection (with alpha or without), and the sixteen of ANSI with a space between; no
 * `#` before any.
 */
export type Colours = readonly [foreground: string, background: string, cursor: string, selection: string, ansi: string]

const SOLARIZED_ANSI =
  '073642 dc322f 859900 b58900 268bd2 d33682 2aa198 eee8d5 002b36 cb4b16 586e75 657b83 839496 6c71c4 93a1a1 fdf6e3'

export const SCHEMES = {
  'high-contrast': [
    'ffffff',
    '000000',
    'ffff00',
    '1aebff66',
    '000000 ff7b7b 5cff5c ffff5c 8cb4ff ff8cff 5cffff ffffff b3b3b3 ffa3a3 99ff99 ffff99 b3ccff ffb3ff 99ffff ffffff',
  ],
  'high-contrast-light': [
    '000000',
    'ffffff',
    '0000c8',
    '0050ff55',
    '000000 9b0000 005a00 5c4400 00009b 780078 005258 3c3c3c 333333 8a0000 004d00 4d3900 00008a 690069 00474d 000000',
  ],
  'solarized-dark': ['93a1a1', '002b36', '93a1a1', '586e7599', SOLARIZED_ANSI],
  'solarized-light': ['586e75', 'fdf6e3', '586e75', '93a1a166', SOLARIZED_ANSI],
  'gruvbox-dark': [
    'ebdbb2',
    '282828',
    'ebdbb2',
    '66545499',
    '282828 cc241d 98971a d79921 458588 b16286 689d6a a89984 928374 fb4934 b8bb26 fabd2f 83a598 d3869b 8ec07c ebdbb2',
  ],
  'gruvbox-light': [
    '3c3836',
    'fbf1c7',
    '3c3836',
    'bdae9399',
    'fbf1c7 cc241d 98971a d79921 458588 b16286 689d6a 7c6f64 928374 9d0006 79740e b57614 076678 8f3f71 427b58 3c3836',
  ],
} as const satisfies Record<string, Colours>
