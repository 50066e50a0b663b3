import { css } from 'lit'

/** The bar at the top with its status, tabs and menu. */
export const barStyles = css`
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
