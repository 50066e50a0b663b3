import { css } from 'lit'

/** The room below the bar: the screen and all that may lie over it. */
export const stageStyles = css`
  .stage { position: relative; min-block-size: 0 }
  .dock {
    position: absolute;
    inset: 0;
    transition: opacity .2s;
    &:focus-visible { outline: none }
    &:focus-visible::after { content: ''; position: absolute; inset: 0; z-index: 1; border: 3px solid var(--accent); pointer-events: none }
    &:not(.live) { opacity: 0; .painted & { opacity: .65; filter: grayscale(1) } }
  }
  .room, .screen { position: absolute; inset: 0 }
  .screen .xterm { padding: 8px 10px; & .xterm-viewport { background: none } }
  [hidden] { display: none }
  .hint { display: none }
  .dock:focus-visible .hint {
    display: block;
    position: absolute;
    z-index: 2;
    inset-block-end: 8px;
    inset-inline-end: 8px;
    padding: 2px 10px;
    border-radius: 6px;
    background: var(--accent);
    color: var(--on-accent);
    font-size: 13px;
  }
  .cover {
    position: absolute;
    inset: 0;
    display: grid;
    overflow: auto;
    padding: 16px;
    background: var(--bg);
    &.veil, .painted & { background: color-mix(in srgb, var(--bg) 40%, transparent) }
    &.veil { z-index: 4 }
    &.late { animation: appear 0s .5s both }
  }
  .card {
    display: grid;
    gap: 10px;
    justify-items: start;
    inline-size: 100%;
    max-inline-size: 440px;
    margin: auto;
    & .primary { margin-block-start: 6px }
    & > p { inline-size: 100% }
    .veil &, .painted & { padding: 18px 20px; border: 1px solid var(--line); border-radius: 10px; background: var(--surface); box-shadow: 0 6px 24px rgb(0 0 0 / .18) }
  }
  .title { font-size: 17px; font-weight: 600; line-height: 1.35 }
  .row { display: flex; flex-wrap: wrap; align-items: center; gap: 8px; & .primary { margin: 0 } }
  .search {
    position: absolute;
    z-index: 2;
    inset-block-start: 6px;
    inset-inline-end: 6px;
    display: flex;
    align-items: center;
    gap: 2px;
    max-inline-size: calc(100% - 12px);
    box-sizing: border-box;
    padding: 4px;
    border: 1px solid var(--line);
    border-radius: 8px;
    background: var(--surface);
    box-shadow: 0 4px 16px rgb(0 0 0 / .2);
    & input { flex: 1 1 12em; min-inline-size: 0 }
    & output { min-inline-size: 4em; padding-inline: 6px; color: var(--muted); font-variant-numeric: tabular-nums; text-align: end; white-space: nowrap }
    & .icon { flex: none }
    & .icon svg { stroke-width: 2 }
  }
  .preview {
    box-sizing: border-box;
    inline-size: 100%;
    max-block-size: 9em;
    margin: 0;
    padding: 8px 10px;
    border: 1px solid var(--line);
    border-radius: 6px;
    overflow: auto;
    background: var(--bg);
    font: 13px/1.4 ui-monospace, monospace;
    white-space: pre;
  }
  .folder {
    font: inherit;
    white-space: normal;
    & button { inline-size: 100%; border: 0; text-align: start; overflow-wrap: anywhere }
  }
  .rung::after { content: ''; position: absolute; inset: 0; z-index: 1; border: 3px solid var(--muted); pointer-events: none }
  .notice {
    position: absolute;
    inset-inline: 0;
    inset-block-start: 0;
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: space-between;
    gap: 4px 12px;
    padding: 6px 8px 6px 14px;
    padding-inline: 14px 8px;
    border-block-end: 1px solid var(--line);
    background: var(--surface);
    & > span { flex: 1 1 12em }
    & span span { font-variant-numeric: tabular-nums }
    &.end { inset-block: auto 0; border-block: 1px solid var(--line) 0 }
  }
  .prompt {
    position: absolute;
    z-index: 2;
    inset-block-end: 12px;
    inset-inline: 12px;
    display: grid;
    gap: 8px;
    max-inline-size: 460px;
    max-block-size: calc(100% - 24px);
    margin-inline: auto;
    padding: 14px 16px;
    border: 1px solid var(--line);
    border-radius: 10px;
    overflow: auto;
    background: var(--surface);
    box-shadow: 0 6px 24px rgb(0 0 0 / .25);
    & .title { flex: 1 }
  }
  .clock { font-size: 17px; font-weight: 600; font-variant-numeric: tabular-nums }
  dl {
    display: grid;
    gap: 8px;
    & div { display: grid; grid-template-columns: minmax(0, 12em) minmax(0, 1fr); gap: 12px }
  }
  @container lab (inline-size < 400px) {
    dl div { grid-template-columns: 1fr; gap: 0 }
  }
`
