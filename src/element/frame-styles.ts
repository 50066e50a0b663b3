import { css } from 'lit'

/**
 * Nothing of the page leaks in (`all: initial`), nothing is sized by the viewport (a course frame is as tall as its
 * course), everything follows the writing direction, and the width that counts is the element's own.
 */
export const frameStyles = css`
  :host { display: block; max-inline-size: 100% }
  :host([hidden]) { display: none }
  .frame {
    all: initial;
    --bg: var(--lab-background, light-dark(#fff, #14171c));
    --surface: var(--lab-surface, light-dark(#f5f6f8, #1d2128));
    --text: var(--lab-text, light-dark(#1b1f24, #e8eaee));
    --muted: var(--lab-muted, light-dark(#57606b, #a7afba));
    --line: var(--lab-border, light-dark(#d5d9df, #353b45));
    --accent: var(--lab-accent, light-dark(#1d5fc2, #8db7fb));
    --on-accent: var(--lab-accent-text, light-dark(#fff, #0c1c36));
    --ok: light-dark(#1a7f45, #5fc98a);
    --bad: light-dark(#b3261e, #ff9a92);
    display: grid;
    grid-template: auto minmax(0, 1fr) auto / minmax(0, 1fr);
    position: relative;
    container: lab / inline-size;
    contain-intrinsic-inline-size: 480px;
    box-sizing: border-box;
    block-size: 420px;
    border: 1px solid var(--line);
    border-radius: var(--lab-radius, 8px);
    overflow: clip;
    isolation: isolate;
    background: var(--bg);
    color: var(--text);
    font: 14px/1.5 var(--lab-font, system-ui, sans-serif);
    overflow-wrap: anywhere;
    -webkit-text-size-adjust: 100%;
    text-size-adjust: 100%;
  }
  .dark { color-scheme: dark }
  .light { color-scheme: light }
  .line { block-size: auto }
  .frame:fullscreen { block-size: 100% !important; border: 0; border-radius: 0 }
  .frame * { box-sizing: border-box }
  p, dl, dd { margin: 0 }
  .sr {
    position: absolute;
    inline-size: 1px;
    block-size: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  .muted, .note { color: var(--muted) }
  .note { font-size: 13px }
  code { font-family: ui-monospace, Menlo, Consolas, monospace; font-size: .93em }
  kbd { font: inherit; font-weight: 600 }
`
