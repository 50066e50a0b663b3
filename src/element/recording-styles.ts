import { css } from 'lit'
import { blockStyles } from './block-styles.js'

const own = css`
  .screen { min-block-size: 120px; background: #000; forced-color-adjust: none; direction: ltr }
  .bar { display: flex; flex-wrap: wrap; align-items: center; gap: 6px 10px; padding: 6px; border-block-start: 1px solid var(--line) }
  .main { min-inline-size: 6em }
  input { flex: 1 1 8em; min-inline-size: 0; block-size: 32px; margin: 0; accent-color: var(--accent) }
  .time { font-variant-numeric: tabular-nums }
  .said { padding-inline: 4px }
  .said:empty { display: none }
`

export const recordingStyles = [...blockStyles, own]
