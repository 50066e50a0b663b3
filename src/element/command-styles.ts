import { css } from 'lit'
import { blockStyles } from './block-styles.js'

const own = css`
  pre { margin: 0; padding: 10px 12px; font: 14px/1.5 ui-monospace, Menlo, Consolas, monospace; overflow-wrap: anywhere; white-space: pre-wrap }
  code { font: inherit }
  [hidden] { display: none }
  ::slotted(*) { margin: 0 !important; padding: 0 !important; background: none !important; font: inherit !important }
  .row { display: flex; flex-wrap: wrap; align-items: center; gap: 6px; padding: 6px; border-block-start: 1px solid var(--line) }
  .said { flex: 1 1 8em; padding-inline: 4px }
  :host([done]) .said::before { content: '✓ ' / '' }
`

export const commandStyles = [...blockStyles, own]
