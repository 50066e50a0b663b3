import { html, nothing, type TemplateResult } from 'lit/html.js'

export interface CardButton {
  readonly label: string
  readonly run: () => void
  /** Already pressed: says so, keeps the focus, and does nothing. */
  readonly busy?: boolean | undefined
}

export interface CardContent {
  readonly title: string
  /** Shown one below the other; empty ones are left out. */
  readonly lines: readonly (string | TemplateResult | typeof nothing | undefined)[]
  readonly button?: CardButton | undefined
  /** Small print below the button. */
  readonly note?: string | TemplateResult | undefined
  /** Shown after a moment only, for what is over in most cases before anybody could read it. */
  readonly late?: boolean
}

/** The one thing to read while there is no terminal to use. Lies over the last screen where there is one. */
export function card({ title, lines, button, note, late }: CardContent): TemplateResult {
  return html`
    <div class="cover ${late ? 'late' : ''}">
      <div class="card">
        <p class="title">${title}</p>
        ${lines.map((line) => (line && line !== nothing ? html`<p>${line}</p>` : nothing))}
        ${button ? primary(button) : nothing}
        ${note ? html`<p class="note">${note}</p>` : nothing}
      </div>
    </div>
  `
}

function primary({ label, run, busy = false }: CardButton): TemplateResult {
  return html`
    <button class="primary" aria-disabled=${busy ? 'true' : nothing} @click=${busy ? nothing : run}>${label}</button>
  `
}
