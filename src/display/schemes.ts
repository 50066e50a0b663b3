/** The colour schemes that are fetched when one of them is chosen. */

/**
 * Foreground, background, cursor, selection (with alpha or without), and the sixteen of ANSI with a space between; no
 * `#` before any.
 */
export type Colours = readonly [foreground: string, background: string, cursor: string, selection: string, ansi: string]

const SOLARIZED_ANSI =
  '073642 dc322f 859900 b58900 268bd2 d33682 2aa198 eee8d5 002b36 cb4b16 586e75 657b83 839496 6c71c4 93a1a1 fdf6e3'

export const SCHEMES = {
  // As they come with the xterm display (xterm/themes.ts), for who has not that.
  dark: [
    'e6e6e6',
    '14171c',
    'f2f2f2',
    '3d6fb499',
    '2b303b e5646e 7fc77a e2b65b 6ca8f0 c792dd 5cc2c7 d5d9e0 7a8494 ff8b94 a4e09c f5d283 96c3ff dfb1f0 8be0e3 ffffff',
  ],
  light: [
    '24292f',
    'ffffff',
    '24292f',
    '8cb8f099',
    '24292f b3261e 1a7f37 7d5800 0a58ca 8227a8 0b6b75 6a737d 57606a cf222e 2da44e 9a6700 218bff a475f9 1b7c83 8c959f',
  ],
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
