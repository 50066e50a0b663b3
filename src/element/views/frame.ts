import { html, nothing, type TemplateResult } from 'lit/html.js'
import { LEAVE_CHORD } from '../../display/leave-chord.js'
import { problemWords } from '../problem-words.js'
import { alarm, announcement } from '../status-words.js'
import { msg, str } from '../words.js'
import { dialogView } from './dialog.js'
import { dragged, dropped, transfersSaid, transfersView } from './files.js'
import { searchBar } from './search.js'
import { lineAction, stage } from './stage.js'
import { statusLine, toolbar } from './toolbar.js'
import { touchKeys, touchKeysOffered } from './touch-keys.js'
import { isLive, showsScreen, type View } from './view.js'

/** The whole element: what is said, the toolbar, the terminal, and what lies over it. */
export function frameView(view: View): TemplateResult {
  return html`
    <div
      class="frame ${tint(view)}"
      role="region"
      aria-label=${view.label}
      lang=${view.language}
      @fullscreenchange=${view.commands.changed}
    >
      ${spoken(view)} ${toolbar(view)}
      <div class="stage ${showsScreen(view) ? 'painted' : ''}" tabindex="-1">
        ${terminal(view)} ${isLive(view) && view.tools.search ? searchBar(view) : nothing} ${stage(view)}
        ${view.transfers.length > 0 ? transfersView(view) : nothing}
        ${view.dialog ? dialogView(view, view.dialog) : nothing}
      </div>
      ${touchKeysOffered(view) ? touchKeys(view) : nothing}
    </div>
  `
}

/** `hidden-lab`: the lab runs, its terminal is not shown. */
export function lineView(view: View): TemplateResult {
  return html`
    <div class="frame line ${tint(view)}" role="region" aria-label=${view.label} lang=${view.language}>
      ${spoken(view)}
      <div class="bar" part="toolbar">
        <span class="name">${view.title}</span>
        ${statusLine(view)} ${lineAction(view)}
        ${
          'problem' in view.state
            ? html`<p class="why">${problemWords(view.state.problem).title} <code>${view.state.problem.code}</code></p>`
            : nothing
        }
      </div>
    </div>
  `
}

/** Nodes that stay: a live region that comes and goes is not heard. */
function spoken(view: View): TemplateResult {
  return html`
    <div class="sr" role="status">${announcement(view)}</div>
    <div class="sr" role="status">${transfersSaid(view)}</div>
    <div class="sr" role="alert">${alarm(view.state)}</div>
  `
}

/**
 * A focusable stop around the terminal: Enter or a click goes in, the display's chord comes back out here, and Tab goes
 * on from here. The displays put themselves into the room.
 */
function terminal(view: View): TemplateResult {
  const { commands, state } = view
  const live = isLive(view)
  const ended = state.name === 'connected' && state.shell === 'ended'
  return html`
    <div
      class="dock ${live ? 'live' : ''} ${view.tools.bell ? 'rung' : ''}"
      id="terminal"
      part="terminal"
      role="group"
      aria-label=${terminalLabel(view)}
      aria-keyshortcuts=${LEAVE_CHORD.ariaKeyShortcuts}
      tabindex=${live ? 0 : -1}
      ?inert=${!live || view.dialog !== undefined}
      @keydown=${{ handleEvent: (event: KeyboardEvent) => pressed(event, view, ended), capture: true }}
      @focusin=${(event: FocusEvent) => event.target !== event.currentTarget && !view.entered && commands.entered(true)}
      @focusout=${() => commands.entered(false)}
      @click=${(event: Event) => clicked(event, view)}
      @dragover=${(event: DragEvent) => dragged(event, view)}
      @drop=${(event: DragEvent) => dropped(event, view)}
    >
      <div class="room"></div>
      <span class="hint" aria-hidden="true">${msg('Enter: type in the terminal')}</span>
    </div>
  `
}

/** Beside the text, where the display does not take the focus itself. */
function clicked({ currentTarget }: Event, { commands }: View): void {
  if (currentTarget instanceof HTMLElement && currentTarget.matches(':focus')) commands.enter()
}

function pressed(event: KeyboardEvent, { commands }: View, ended: boolean): void {
  if (event.key !== 'Enter' || event.isComposing || !(ended || event.target === event.currentTarget)) return
  // The key goes no further: it would be the first line of the new shell.
  event.preventDefault()
  event.stopPropagation()
  if (ended) commands.newShell()
  else commands.enter()
}

function terminalLabel({ terminals, terminal, title }: View): string {
  const name = terminals.length > 1 ? (terminals.find((info) => info.name === terminal)?.title ?? terminal) : title
  return msg(str`Terminal: ${name}. Press Enter to type in it.`)
}

/** Named schemes say by their name whether they are light. */
function tint({ scheme }: View): string {
  return /light/i.test(scheme) ? 'light' : 'dark'
}
