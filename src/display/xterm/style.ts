import { xtermCss } from './xterm-css.generated.js'

/** The container's own position, if it has any, comes first. */
const OWN_CSS = `
:where(:has(> .lab-xterm)) { position: relative; }
.lab-xterm { position: absolute; inset: 0; overflow: hidden; contain: strict; forced-color-adjust: none; }
.lab-xterm .xterm { width: max-content; }
`

export const XTERM_STYLE = xtermCss + OWN_CSS
