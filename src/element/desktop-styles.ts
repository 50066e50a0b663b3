import { css } from 'lit'

/** What is beside a desktop: that it is recorded, files on their way, keys for touch screens. */
export const desktopStyles = css`
  .recorded {
    color: var(--muted);
    font-size: 13px;
    white-space: nowrap;
    &::before { content: '● '; color: var(--bad) }
  }
  .transfers {
    position: absolute;
    z-index: 2;
    inset-block-end: 8px;
    inset-inline-end: 8px;
    display: grid;
    gap: 4px;
    inline-size: 300px;
    max-inline-size: calc(100% - 16px);
    max-block-size: 50%;
    overflow: auto;
    padding: 6px 6px 6px 12px;
    border: 1px solid var(--line);
    border-radius: 8px;
    background: var(--surface);
    font-size: 13px;
    & li { display: grid; grid-template-columns: minmax(0, 1fr) auto; align-items: center; gap: 4px 8px }
    & progress { margin: 0; grid-column: 1 / -1; inline-size: 100% }
    & span { overflow-wrap: anywhere }
    & .again { justify-self: start }
  }
  /* Where the list is as wide as the screen, the screen makes room: its last line is the prompt. */
  @container lab (inline-size < 560px) {
    .transfers {
      inset: auto 0 0;
      align-content: start;
      box-sizing: border-box;
      inline-size: auto;
      max-inline-size: none;
      block-size: min(112px, 45%);
      max-block-size: none;
      border-width: 1px 0 0;
      border-radius: 0;
    }
    .dock:has(~ .transfers) { inset-block-end: min(112px, 45%) }
  }
  ul { margin: 0; padding: 0; list-style: none }
  .touch-keys {
    display: flex;
    flex-wrap: wrap;
    gap: 4px;
    padding: 4px;
    border-block-start: 1px solid var(--line);
    background: var(--surface);
    & button { flex: 1 0 auto; min-inline-size: 33px; min-block-size: 44px; padding-inline: 2px }
    & [aria-pressed='true'] { background: var(--accent); color: var(--on-accent); border-color: transparent }
    & input { flex: 1 1 8em; min-inline-size: 6em }
  }
  /* One row of keys on a small phone: rows of the terminal are what it has least of. */
  @container lab (inline-size < 400px) {
    .touch-keys { gap: 3px; padding: 3px; & button { flex-basis: 0; min-inline-size: 31px; padding-inline: 0; font-size: 13px } }
  }
  form { display: grid; gap: 10px; inline-size: 100%; & input { display: block; inline-size: 100% } }
`
