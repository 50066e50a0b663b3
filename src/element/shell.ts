import { html, type TemplateResult } from 'lit'
import type { LabProperties } from './lab-properties.js'

/** The frame before the rest is there: as large as it will be, so that the page does not jump, and without a word. */
export function emptyShell({ label, hiddenLab }: LabProperties): TemplateResult {
  return html`
    <div class="frame ${hiddenLab ? 'line' : ''}" role="region" aria-label=${label || 'Lab'} aria-busy="true">
      <div class="bar" part="toolbar"><span class="name">${label}</span></div>
      <div class="stage"></div>
    </div>
  `
}

/** The rest of the script could not be fetched, and with it the other words. */
export function brokenShell(host: LabProperties, retry: () => void): TemplateResult {
  const german = /^de\b/i.test(host.closest('[lang]')?.getAttribute('lang') ?? navigator.language)
  const [text, button] = german
    ? ['Das Lab konnte nicht geladen werden. Prüfen Sie, ob Sie online sind.', 'Noch einmal versuchen']
    : ['The lab could not be loaded. Check that you are online.', 'Try again']
  return html`
    <div class="frame" role="region" aria-label=${host.label || 'Lab'} lang=${german ? 'de' : 'en'}>
      <div class="bar" part="toolbar"><span class="name">${host.label || 'Lab'}</span></div>
      <div class="stage">
        <div class="cover">
          <div class="card">
            <p role="alert">${text}</p>
            <button class="primary" @click=${retry}>${button}</button>
          </div>
        </div>
      </div>
    </div>
  `
}
