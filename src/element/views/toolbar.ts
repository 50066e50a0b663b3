import { html, nothing, svg, type TemplateResult } from 'lit/html.js'
import { noticeWords, statusWord, toneOf } from '../status-words.js'
import { msg, str } from '../words.js'
import { menuOffered, menuView } from './menu.js'
import type { View } from './view.js'

const dots = svg`<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M3 8h.01M8 8h.01M13 8h.01" /></svg>`

/**
 * Title, terminals, status, menu: one slim line, two where the page is narrow and there are several terminals. The hint
 * goes when a tab is pressed, and is before the tabs, so that the tab is still under the pointer.
 */
export function toolbar(view: View): TemplateResult {
  return html`
    <div class="bar" part="toolbar" ?inert=${view.dialog !== undefined}>
      <span class="name">${view.title}</span>
      ${
        view.entered && view.state.name === 'connected'
          ? html`<span class="keys" aria-hidden="true">${msg(str`Leave: ${view.leaveKeys}`)}</span>`
          : nothing
      }
      ${view.terminals.length > 1 ? tabs(view) : nothing}
      ${view.recorded && view.state.name === 'connected' ? html`<span class="recorded">${msg('Recorded')}</span>` : nothing}
      ${noticeLine(view)} ${statusLine(view)} ${menuOffered(view.state) ? menuButton(view) : nothing}
    </div>
    ${view.menuOpen ? menuView(view) : nothing}
  `
}

/** What the lab's page says once, when the learner is in the lab; the way there has said it aloud. */
function noticeLine({ state }: View): TemplateResult | typeof nothing {
  const words = state.name === 'connected' ? noticeWords(state.lab) : ''
  return words === '' ? nothing : html`<span class="keys">${words}</span>`
}

export function statusLine({ state, late }: View): TemplateResult {
  const slow = late && state.name === 'connected'
  return html`<span class="status ${slow ? 'busy' : toneOf(state)}" part="status">${slow ? msg('Slow connection') : statusWord(state)}</span>`
}

function menuButton({ menuOpen, commands }: View): TemplateResult {
  return html`
    <button
      class="icon"
      id="menu-button"
      aria-label=${msg('Lab menu')}
      aria-expanded=${menuOpen}
      aria-controls="menu"
      @click=${commands.toggleMenu}
    >
      ${dots}
    </button>
  `
}

function tabs({ terminals, terminal, commands }: View): TemplateResult {
  return html`
    <div class="tabs" role="tablist" aria-label=${msg('Terminals')} @keydown=${moveBetweenTabs}>
      ${terminals.map(
        ({ name, title }) => html`
          <button
            role="tab"
            aria-selected=${name === terminal}
            aria-controls="terminal"
            tabindex=${name === terminal ? 0 : -1}
            @click=${() => commands.selectTerminal(name)}
          >
            ${title}
          </button>
        `,
      )}
    </div>
  `
}

/** Arrow keys, Home and End (ARIA Authoring Practices, tabs). A tab is selected by Enter: switching takes a connection. */
function moveBetweenTabs(event: KeyboardEvent): void {
  const { currentTarget, target } = event
  if (!(currentTarget instanceof HTMLElement) || !(target instanceof HTMLElement)) return
  const all = [...currentTarget.querySelectorAll('button')]
  const at = all.findIndex((tab) => tab.contains(target))
  const forward = getComputedStyle(target).direction === 'rtl' ? 'ArrowLeft' : 'ArrowRight'
  const backward = forward === 'ArrowLeft' ? 'ArrowRight' : 'ArrowLeft'
  const next = new Map([
    [forward, (at + 1) % all.length],
    [backward, (at - 1 + all.length) % all.length],
    ['Home', 0],
    ['End', all.length - 1],
  ]).get(event.key)
  if (next === undefined) return
  event.preventDefault()
  all[next]?.focus()
}
