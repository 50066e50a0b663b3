import { html, svg, type TemplateResult } from 'lit/html.js'
import { msg, str } from '../words.js'
import type { View } from './view.js'

const up = svg`<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M3 10l5-5 5 5" /></svg>`
const down = svg`<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M3 6l5 5 5-5" /></svg>`
const cross = svg`<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M4 4l8 8M12 4l-8 8" /></svg>`

/** Over the terminal's corner. Enter finds the one above, as a reader of a terminal looks back; Escape closes. */
export function searchBar({ tools, toolCommands }: View): TemplateResult {
  const { find, closeSearch } = toolCommands
  const text = tools.search?.text ?? ''
  return html`
    <div class="search" role="search" aria-label=${msg('Search the terminal')} @keydown=${(event: KeyboardEvent) => event.key === 'Escape' && closeSearch()}>
      <input
        id="search"
        type="search"
        autocomplete="off"
        spellcheck="false"
        aria-label=${msg('Search for')}
        placeholder=${msg('Search for')}
        .value=${text}
        @input=${(event: Event) => event.target instanceof HTMLInputElement && find(event.target.value, 'previous')}
        @keydown=${(event: KeyboardEvent) => event.key === 'Enter' && !event.isComposing && find(text, event.shiftKey ? 'next' : 'previous')}
      />
      <output role="status">${found(tools.search)}</output>
      <button class="icon" aria-label=${msg('Previous match')} @click=${() => find(text, 'previous')}>${up}</button>
      <button class="icon" aria-label=${msg('Next match')} @click=${() => find(text, 'next')}>${down}</button>
      <button class="icon" aria-label=${msg('Close the search')} @click=${closeSearch}>${cross}</button>
    </div>
  `
}

function found(search: View['tools']['search']): string {
  if (!search || search.text === '' || search.count === undefined) return ''
  if (search.count === 0) return msg('No match')
  return msg(str`${search.index} of ${search.count}`)
}
