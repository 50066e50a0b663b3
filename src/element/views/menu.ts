import { html, nothing, type TemplateResult } from 'lit/html.js'
import type { State } from '../../core/state.js'
import type { Switch } from '../preferences.js'
import { msg, str } from '../words.js'
import { terminalItems } from './terminal-menu.js'
import { keyboardToggle } from './touch-keys.js'
import type { View } from './view.js'

/** There is a menu wherever something in it can be done. */
export function menuOffered(state: State): boolean {
  return state.name !== 'loading' && state.name !== 'signed-out' && 'lab' in state && state.lab !== undefined
}

function linked(state: State): boolean {
  return state.name === 'connected' || state.name === 'connecting' || state.name === 'reconnecting'
}

/** A list of plain buttons: Tab goes through them, Escape and leaving close it. */
export function menuView(view: View): TemplateResult {
  const { state, commands, fontSize } = view
  return html`
    <div
      class="menu"
      id="menu"
      role="group"
      tabindex="-1"
      aria-label=${msg('Lab menu')}
      @keydown=${(event: KeyboardEvent) => event.key === 'Escape' && commands.closeMenu()}
      @focusout=${(event: FocusEvent) => closeWhenLeft(event, commands.closeMenu)}
    >
      ${
        linked(state)
          ? html`
              ${item(msg('Pause now'), commands.suspend)} ${item(msg('Reconnect the terminal'), commands.reconnect)}
            `
          : nothing
      }
      ${
        state.name === 'connected'
          ? html`
              ${view.files.upload ? uploadItem(commands.upload) : nothing}
              ${view.files.download ? downloadItem(view) : nothing}
            `
          : nothing
      }
      ${view.canReset ? item(msg('Reset the lab…'), () => commands.ask('reset')) : nothing}
      <div class="size" role="group" aria-label=${msg('Text size')}>
        <span>${msg('Text size')}</span>
        <button aria-label=${msg('Smaller text')} @click=${() => commands.resizeText(-1)}>−</button>
        <output aria-label=${msg(str`Text size ${fontSize}`)}>${fontSize}</output>
        <button aria-label=${msg('Larger text')} @click=${() => commands.resizeText(1)}>+</button>
      </div>
      ${
        view.canFullScreen
          ? item(view.fullScreen ? msg('Leave full screen') : msg('Full screen'), commands.toggleFullScreen)
          : nothing
      }
      ${view.canOpenWindow && linked(state) ? item(msg('Open in a window'), commands.openWindow) : nothing}
      ${view.tools.canPress ? switchItem(view, 'touchKeys', msg('Keys for touch screens')) : nothing}
      ${
        view.tools.keyboard === undefined
          ? nothing
          : choice(msg('On-screen keyboard'), view.tools.keyboard, keyboardToggle(view))
      }
      ${
        view.desktop
          ? switchItem(view, 'touchpad', msg('Screen as a touchpad'))
          : html`
              ${switchItem(view, 'screenReader', msg('Screen reader mode'))}
              ${switchItem(view, 'localEcho', msg('Show typing at once'))}
            `
      }
      ${terminalItems(view)} ${item(msg('Keyboard help'), () => commands.ask('keys'))}
    </div>
  `
}

function item(label: string, run: () => void): TemplateResult {
  return html`<button class="item" @click=${run}>${label}</button>`
}

/** What is selected in the terminal is very likely meant. */
function downloadItem({ path, commands }: View): TemplateResult {
  const label = path === undefined ? msg('Download a file…') : msg(str`Download ${nameOf(path)}…`)
  return item(label, () => commands.askDownload(path))
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

function uploadItem(upload: (files: readonly File[]) => void): TemplateResult {
  const chosen = ({ target }: Event) => {
    if (target instanceof HTMLInputElement) upload([...(target.files ?? [])])
  }
  const choose = ({ currentTarget }: Event) => {
    const field = currentTarget instanceof HTMLElement ? currentTarget.nextElementSibling : undefined
    if (field instanceof HTMLInputElement) field.click()
  }
  return html`
    <button class="item" @click=${choose}>${msg('Upload files…')}</button>
    <input type="file" multiple hidden @change=${chosen} />
  `
}

function choice(label: string, chosen: boolean, toggle: () => void): TemplateResult {
  return html`<button class="item" aria-pressed=${chosen} @click=${toggle}>${label}</button>`
}

function switchItem(view: View, name: Switch, label: string): TemplateResult {
  return choice(label, view[name], () => view.commands.toggle(name))
}

function closeWhenLeft({ currentTarget, relatedTarget }: FocusEvent, close: () => void): void {
  if (!(currentTarget instanceof HTMLElement)) return
  const inside = relatedTarget instanceof Node && currentTarget.contains(relatedTarget)
  const button = relatedTarget instanceof HTMLElement && relatedTarget.id === 'menu-button'
  if (!inside && !button) close()
}
