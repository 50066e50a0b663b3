import { createHash } from 'node:crypto'

/** Of the service's own pages. Colours as the element's. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; --text: #1c2025; --muted: #565d66; --page: #ffffff; --line: #8b939d;
  --accent: #0a5bc4; --accent-text: #ffffff; --soft: #f3f5f8; }
@media (prefers-color-scheme: dark) { :root { --text: #e8eaed; --muted: #a9b1bb; --page: #16191d; --line: #6b737d;
  --accent: #7fb4ff; --accent-text: #0b1420; --soft: #20252b; } }
* { box-sizing: border-box; }
html, body { block-size: 100%; margin: 0; }
body { background: var(--page); color: var(--text); font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: break-word; }
main { max-inline-size: 40rem; margin: 0 auto; padding: 1.5rem 1rem; }
h1 { font-size: 1.375rem; line-height: 1.3; margin: 0 0 .75rem; }
p { margin: 0 0 1rem; }
.small { color: var(--muted); font-size: .875rem; }
fieldset { border: 1px solid var(--line); border-radius: 8px; margin: 0 0 1rem; padding: .5rem 1rem 1rem; }
legend { font-weight: 600; padding: 0 .375rem; }
label { display: flex; gap: .625rem; align-items: flex-start; padding: .5rem; border-radius: 6px; min-block-size: 2.75rem; }
label:hover { background: var(--soft); }
input[type=radio], input[type=checkbox] { inline-size: 1.25rem; block-size: 1.25rem; margin: .125rem 0 0; flex: none;
  accent-color: var(--accent); }
.name { display: block; color: var(--muted); font-size: .875rem; }
.row { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1rem 0; }
button, .button { font: inherit; font-weight: 600; padding: .625rem 1.125rem; min-block-size: 2.75rem; border-radius: 8px;
  border: 1px solid var(--accent); background: var(--accent); color: var(--accent-text); cursor: pointer;
  text-decoration: none; display: inline-block; }
button.quiet { background: transparent; color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
@media (forced-colors: active) { button, .button { border-color: ButtonText; } }
`

/** The same for a page that is all lab: as large as its frame. */
export const LAB_STYLE = `
html, body { block-size: 100%; margin: 0; background: Canvas; color: CanvasText; color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; }
main { display: flex; flex-direction: column; block-size: 100%; min-block-size: 20rem; }
h1 { position: absolute; inline-size: 1px; block-size: 1px; margin: 0; overflow: hidden; clip-path: inset(50%); }
lab-terminal { display: block; flex: 1; min-block-size: 0; }
#again { margin: 0; padding: .75rem 1rem; }
`

/** A source for `style-src` that allows this text only (CSP level 3). */
export function hashSource(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}
