import { css } from 'lit'
import { buttonStyles } from './button-styles.js'

/** Of an element that is a block of the page with a line around it and one main button. Nothing of the page leaks in. */
const block = css`
  :host { display: block; margin-block: 1em }
  :host([hidden]) { display: none }
  .block {
    all: initial;
    --surface: var(--lab-surface, light-dark(#f5f6f8, #1d2128));
    --text: var(--lab-text, light-dark(#1b1f24, #e8eaee));
    --line: var(--lab-border, light-dark(#d5d9df, #353b45));
    --accent: var(--lab-accent, light-dark(#1d5fc2, #8db7fb));
    display: block;
    box-sizing: border-box;
    max-inline-size: 100%;
    border: 1px solid var(--line);
    border-radius: var(--lab-radius, 8px);
    overflow: clip;
    background: var(--surface);
    color: var(--text);
    font: 14px/1.5 var(--lab-font, system-ui, sans-serif);
  }
  .auto { color-scheme: light dark }
  .light { color-scheme: light }
  .dark { color-scheme: dark }
  .main { border-color: transparent; background: var(--accent); color: light-dark(#fff, #0c1c36); font-weight: 600 }
  .main:hover { background: color-mix(in srgb, var(--accent), var(--text) 14%) }
  @media (forced-colors: active) { .main { border-color: ButtonText } }
`

export const blockStyles = [buttonStyles, block]
