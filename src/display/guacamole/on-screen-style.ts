/** In the colours of the element around it. Which face of a key is seen follows the modifiers that are down. */
const hide = (modifier: string) => `
.guac-keyboard:not(.guac-keyboard-modifier-${modifier}) .guac-keyboard-requires-${modifier},
.guac-keyboard-modifier-${modifier} .guac-keyboard-uses-${modifier} .guac-keyboard-cap:not(.guac-keyboard-requires-${modifier}) { display: none; }`

export const ON_SCREEN_KEYBOARD_STYLE = `
.lab-keyboard {
  position: absolute; inset: auto 0 0; box-sizing: border-box; padding: 4px 1px; overflow: hidden;
  border-block-start: 1px solid var(--line, #888); background: var(--surface, canvas); color: var(--text, canvastext);
  font: 14px/1.2 system-ui, sans-serif; touch-action: none; user-select: none; -webkit-user-select: none;
}
.lab-keyboard .head { display: flex; justify-content: space-between; gap: 8px; padding: 0 4px 4px; }
.lab-keyboard .head > * { min-block-size: 32px; }
.lab-keyboard .guac-keyboard { inline-size: max-content; margin: auto; }
.lab-keyboard .guac-keyboard-group { display: flex; }
.lab-keyboard .guac-keyboard > .guac-keyboard-group { display: block; }
.lab-keyboard .guac-keyboard-key-container { box-sizing: border-box; min-block-size: var(--row); padding: 1px; }
.lab-keyboard .guac-keyboard-key {
  display: grid; place-items: center; box-sizing: border-box; block-size: 100%; min-block-size: calc(var(--row) - 2px); overflow: hidden;
  border: 1px solid var(--line, #888); border-radius: 4px; background: var(--bg, canvas); cursor: pointer;
}
.lab-keyboard .guac-keyboard-key:focus-visible { outline: 2px solid var(--accent, highlight); outline-offset: -1px; }
.lab-keyboard .guac-keyboard-cap { font-size: clamp(10px, .42em, 17px); line-height: 1; white-space: nowrap; }
.lab-keyboard .guac-keyboard-pressed, .lab-keyboard [aria-pressed='true'] {
  border-color: transparent; background: var(--accent, highlight); color: var(--on-accent, highlighttext);
}
${['shift', 'alt-gr', 'fn'].map(hide).join('')}
@media (forced-colors: active) {
  .lab-keyboard .guac-keyboard-pressed, .lab-keyboard [aria-pressed='true'] { forced-color-adjust: none; background: highlight; color: highlighttext; }
}
`
