import { css } from 'lit'

/** Fields, the weightier buttons and the progress bar. */
export const controlStyles = css`
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
