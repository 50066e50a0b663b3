import { css } from 'lit'

/** What moves, for whom it may, and what forced colours need. */
export const motionStyles = css`
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
