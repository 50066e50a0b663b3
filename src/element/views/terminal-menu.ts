import { html, nothing, type TemplateResult } from 'lit/html.js'
import { msg, str } from '../words.js'
import type { View } from './view.js'

/** The part of the menu that is about the terminal. */
export function terminalItems(view: View): TemplateResult {
  const { tools, commands, state } = view
  return html`
    ${
      state.name === 'connected' && tools.canSearch
        ? html`<button class="item" @click=${commands.search}>${msg('Search the terminal')}</button>`
        : nothing
    }
    ${coloursChoice(view)}
    ${
      tools.latency === undefined
        ? nothing
        : html`<p class="figure">${msg('Response time')} <span>${msg(str`${tools.latency} ms`)}</span></p>`
    }
  `
}

function coloursChoice({ chosenScheme, commands }: View): TemplateResult {
  const schemes: readonly (readonly [string, string])[] = [
    ['', msg('As the page')],
    ['dark', msg('Dark')],
    ['light', msg('Light')],
    ['high-contrast', msg('High contrast, dark')],
    ['high-contrast-light', msg('High contrast, light')],
    ['solarized-dark', msg('Solarized dark')],
    ['solarized-light', msg('Solarized light')],
    ['gruvbox-dark', msg('Gruvbox dark')],
    ['gruvbox-light', msg('Gruvbox light')],
  ]
  return html`
    <label class="choice">
      <span>${msg('Colours')}</span>
      <select @change=${(event: Event) => chosen(event, commands.chooseScheme)}>
        ${schemes.map(([name, words]) => html`<option value=${name} ?selected=${name === chosenScheme}>${words}</option>`)}
      </select>
    </label>
  `
}

function chosen({ currentTarget }: Event, choose: (name: string) => void): void {
  if (currentTarget instanceof HTMLSelectElement) choose(currentTarget.value)
}
