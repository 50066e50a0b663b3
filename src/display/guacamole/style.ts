/** The container's own position, if it has any, comes first. */
export const GUACAMOLE_STYLE = `
:where(:has(> .lab-guacamole)) { position: relative; }
.lab-guacamole {
  position: absolute; inset: 0; display: grid; overflow: auto; contain: strict;
  forced-color-adjust: none; background: #000;
}
.lab-guacamole .surface { position: relative; margin: auto; overflow: hidden; user-select: none; -webkit-user-select: none; }
.lab-guacamole .touch { position: absolute; inset: 0; z-index: 2147483647; }
.lab-guacamole.focused .touch { touch-action: none; }
.lab-guacamole.drop::after {
  content: ''; position: absolute; inset: 0; z-index: 1; border: 3px dashed currentColor; pointer-events: none;
}
.lab-guacamole textarea {
  position: sticky; inset-block-end: 0; inset-inline-start: 0; align-self: end; grid-area: 1 / 1; inline-size: 1px;
  block-size: 1px; margin: 0; padding: 0; border: 0; outline: 0; opacity: 0; resize: none; pointer-events: none;
}
.lab-guacamole .surface { grid-area: 1 / 1; }
`
