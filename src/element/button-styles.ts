import { css } from 'lit'

/** Buttons of every element. `--accent` is theirs. */
export const buttonStyles = css`
  button {
    min-block-size: 32px;
    min-inline-size: 32px;
    padding: 4px 14px;
    border: 1px solid light-dark(#868e99, #6d7683);
    border-radius: 6px;
    background: none;
    color: inherit;
    font: inherit;
    cursor: pointer;
    &:hover { background: color-mix(in srgb, currentColor 9%, transparent) }
    &[aria-disabled] { opacity: .7; cursor: default }
  }
  :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
`
