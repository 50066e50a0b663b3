import { css } from 'lit'
import { buttonStyles } from './button-styles.js'
import { desktopStyles } from './desktop-styles.js'

/**
 * Nothing of the page leaks in (`all: initial`), nothing is sized by the viewport (a course frame is as tall as its
 * course), everything follows the writing direction, and the width that counts is the element's own.
 */
const frame = css`
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

const controls = css`
  input, select {
    min-block-size: 32px;
    box-sizing: border-box;
    padding: 3px 8px;
    border: 1px solid light-dark(#868e99, #6d7683);
    border-radius: 6px;
    background: var(--bg);
    color: inherit;
    font: inherit;
  }
  .primary {
    border-color: transparent;
    background: var(--accent);
    color: var(--on-accent);
    font-weight: 600;
    &:hover { background: color-mix(in srgb, var(--accent), var(--text) 14%) }
  }
  .danger { border-color: var(--bad); color: var(--bad) }
  .stage:focus, .card:focus { outline: none }
  progress {
    display: block;
    inline-size: 100%;
    block-size: 6px;
    margin-block: 4px 6px;
    border: 0;
    border-radius: 3px;
    overflow: hidden;
    appearance: none;
    background: color-mix(in srgb, var(--text) 14%, transparent);
    color: var(--accent);
    &::-webkit-progress-bar { background: none }
    &::-webkit-progress-value { border-radius: 3px; background: var(--accent); transition: inline-size .4s }
    &::-moz-progress-bar { border-radius: 3px; background: var(--accent) }
    &:indeterminate { background: linear-gradient(90deg, transparent 30%, var(--accent) 50%, transparent 70%) 50% / 200% color-mix(in srgb, var(--text) 14%, transparent) }
    &:indeterminate::-moz-progress-bar { background: none }
  }
`

const bar = css`
  .bar {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 2px 12px;
    min-block-size: 41px;
    padding: 4px 4px 4px 14px;
    padding-inline: 14px 4px;
    border-block-end: 1px solid var(--line);
    background: var(--surface);
  }
  .line .bar { border: 0; padding-inline-end: 14px }
  .name {
    flex: 1 1 0;
    min-inline-size: 4em;
    overflow: hidden;
    font-weight: 600;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .status {
    display: inline-flex;
    align-items: center;
    gap: 7px;
    color: var(--muted);
    white-space: nowrap;
    &::before {
      content: '';
      inline-size: 8px;
      block-size: 8px;
      border: 2px solid var(--dot, currentColor);
      border-radius: 50%;
      background: var(--dot, none);
    }
    &.ok { --dot: var(--ok) }
    &.busy { --dot: var(--accent) }
    &.bad { --dot: var(--bad) }
  }
  .status:last-child { padding-inline-end: 10px }
  .line .status:last-child { padding: 0 }
  .why { flex: 1 0 100%; padding-block-end: 6px; color: var(--muted) }
  /* Takes the room that is left and never a line: the screen below must not change its size with the focus. */
  .keys {
    flex: 99 1 0;
    min-inline-size: 0;
    max-inline-size: max-content;
    overflow: hidden;
    color: var(--muted);
    font-size: 13px;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .icon {
    padding: 0;
    border-color: transparent;
    & svg { display: block; inline-size: 16px; margin: auto; fill: none; stroke: currentColor; stroke-width: 3; stroke-linecap: round }
  }
  .tabs {
    display: flex;
    gap: 2px;
    max-inline-size: 100%;
    overflow-x: auto;
    & button { flex: none; max-inline-size: 14em; padding-inline: 10px; border-color: transparent; color: var(--muted); overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
    & [aria-selected='true'] { background: var(--bg); border-color: var(--line); color: var(--text); font-weight: 600 }
    & :focus-visible { outline-offset: -3px }
  }
  .menu {
    position: absolute;
    z-index: 3;
    inset-block-start: 44px;
    inset-inline-end: 6px;
    display: grid;
    inline-size: max-content;
    max-inline-size: calc(100% - 12px);
    max-block-size: calc(100% - 52px);
    padding: 5px;
    border: 1px solid var(--line);
    border-radius: 8px;
    overflow-y: auto;
    background: var(--surface);
    box-shadow: 0 6px 24px rgb(0 0 0 / .22);
    &:focus { outline: none }
    & .item { padding-inline: 10px; border-color: transparent; text-align: start }
    & :focus-visible { outline-offset: -2px }
    & [aria-pressed='true']::after { content: '✓'; float: inline-end }
  }
  .choice, .figure {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: space-between;
    gap: 2px 12px;
    margin: 0;
    padding: 4px 4px 4px 11px;
    padding-inline: 11px 4px;
  }
  .figure { padding-block: 6px; color: var(--muted); & span { padding-inline-end: 6px; font-variant-numeric: tabular-nums } }
  .size {
    display: flex;
    align-items: center;
    gap: 4px;
    padding-inline: 11px 0;
    & span { flex: 1; padding-inline-end: 16px }
    & output { min-inline-size: 2em; text-align: center; font-variant-numeric: tabular-nums }
    & button { padding: 0 }
  }
  @container lab (inline-size < 560px) {
    .keys { display: none }
    .tabs { order: 9; flex: 1 0 100% }
  }
`

const stage = css`
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

const motion = css`
  @keyframes appear { from { visibility: hidden } }
  @media (prefers-reduced-motion: no-preference) {
    .status.busy::before { animation: pulse 1.6s ease-in-out infinite }
    progress:indeterminate { animation: sweep 2s linear infinite }
    .prompt { animation: rise .25s ease-out }
    @keyframes pulse { 50% { opacity: .35 } }
    @keyframes sweep { from { background-position: 150% 0 } to { background-position: -50% 0 } }
    @keyframes rise { from { opacity: 0; transform: translateY(8px) } }
  }
  @media (prefers-reduced-motion: reduce) {
    .frame * { transition: none !important }
  }
  @media (forced-colors: active) {
    .status::before { forced-color-adjust: none }
    .frame { --accent: Highlight }
    progress, progress:indeterminate { forced-color-adjust: none; border: 1px solid CanvasText; background-color: Canvas }
    .primary { border-color: ButtonText }
    .tabs [aria-selected='true'] { border-color: Highlight }
    .hint { border: 1px solid CanvasText }
  }
`

export const styles = [frame, buttonStyles, controls, bar, stage, desktopStyles, motion]
