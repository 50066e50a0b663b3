import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { property } from 'lit/decorators.js'
import type { LoadPlayer, OpenPlayer, Player } from '../display/player.js'
import { LocaleController } from './locale.js'
import { recordingStyles } from './recording-styles.js'
import { msg, str } from './words.js'

/** What an arrow key moves the position by, milliseconds. */
const STEP_MS = 1_000

/**
 * Plays what guacd recorded of a desktop: play, pause, and the position by a slider, all by keyboard too.
 *
 * @summary A recorded session of a lab, for those who teach.
 * @tag lab-recording
 *
 * @attr {string} lang - Language of the words; by default the page's at this place.
 *
 * @csspart frame - The frame around it.
 * @csspart screen - The picture.
 *
 * @cssprop [--lab-font=system-ui] - Font of the words.
 * @cssprop [--lab-radius=8px] - Corners of the frame.
 * @cssprop --lab-surface - Background of the bar.
 * @cssprop --lab-text - Text.
 * @cssprop --lab-border - Lines.
 * @cssprop --lab-accent - Main button, slider and focus.
 */
export class LabRecording extends LitElement {
  static override styles = recordingStyles

  /** Where the player comes from; set where the element is registered. */
  static loadPlayer: LoadPlayer = () => Promise.reject(new Error('no player of recordings'))

  /** The recording, as the backend or a file gives it (`GET /v1/labs/:lab/recordings/:id`). */
  @property({ attribute: false }) source: Blob | undefined

  /** Its accessible name; by default “Recording”. */
  @property() label = ''

  /** `auto` follows the page, else `dark` or `light`. */
  @property() theme: 'auto' | 'dark' | 'light' = 'auto'

  readonly #locale = new LocaleController(this)
  readonly #observer = new ResizeObserver(() => this.#fit())
  #player: Player | undefined
  #frame: number | undefined
  #failed = false

  static override get observedAttributes(): string[] {
    return [...super.observedAttributes, 'lang']
  }

  override connectedCallback(): void {
    super.connectedCallback()
    if (this.hasUpdated) this.#open()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#close()
  }

  override attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    super.attributeChangedCallback(name, before, after)
    if (name === 'lang' && this.isConnected) this.#locale.refresh()
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has('source')) this.#open()
  }

  protected override render(): TemplateResult {
    return this.#locale.run(() => this.#view())
  }

  #open(): void {
    this.#close()
    const { source } = this
    if (!source) return
    LabRecording.loadPlayer().then(
      (open) => this.source === source && this.isConnected && this.#show(open, source),
      () => this.#fail(),
    )
  }

  #show(open: OpenPlayer, source: Blob): void {
    this.#close()
    const player = open(source, { changed: () => this.requestUpdate(), failed: () => this.#fail() })
    this.#player = player
    const screen = this.#screen
    screen?.replaceChildren(player.element)
    if (screen) this.#observer.observe(screen)
    this.requestUpdate()
  }

  #close(): void {
    this.#observer.disconnect()
    this.#player?.dispose()
    this.#player = undefined
    this.#failed = false
  }

  #fail(): void {
    this.#close()
    this.#failed = true
    this.requestUpdate()
  }

  /** Not within the observer: the picture changes the height of what is observed. */
  #fit(): void {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined
      this.#player?.fit(this.#screen?.clientWidth ?? 0)
    })
  }

  get #screen(): Element | null {
    return this.renderRoot.querySelector('.screen')
  }

  #toggle(): void {
    if (this.#player?.playing) this.#player.pause()
    else this.#player?.play()
  }

  #view(): TemplateResult {
    const player = this.#player
    return html`
      <div
        class="block ${this.theme}"
        part="frame"
        role="region"
        aria-label=${this.label || msg('Recording')}
        lang=${this.#locale.name}
      >
        <div class="screen" part="screen" role="img" aria-label=${msg('Picture of the recording')}></div>
        <div class="bar">
          ${player?.loaded ? this.#controls(player) : nothing}
          <span class="said" role="status">${this.#said()}</span>
        </div>
      </div>
    `
  }

  #controls(player: Player): TemplateResult {
    const at = clock(player.position)
    const all = clock(player.duration)
    return html`
      <button class="main" @click=${() => this.#toggle()}>${player.playing ? msg('Pause') : msg('Play')}</button>
      <input
        type="range"
        min="0"
        max=${Math.ceil(player.duration)}
        step="1"
        .value=${String(player.position)}
        aria-label=${msg('Position')}
        aria-valuetext=${msg(str`${at} of ${all}`)}
        @input=${(event: Event) => event.target instanceof HTMLInputElement && player.seek(event.target.valueAsNumber)}
        @keydown=${(event: KeyboardEvent) => this.#pressed(event, player)}
      />
      <span class="time" aria-hidden="true">${at} / ${all}</span>
    `
  }

  /** The slider's own arrows are for its steps, which are so fine that it ends where the recording does. */
  #pressed(event: KeyboardEvent, player: Player): void {
    const { direction } = getComputedStyle(this)
    const way = wayOf(event.key, direction === 'rtl')
    if (event.key === ' ') this.#toggle()
    else if (way !== undefined) player.seek(player.position + way * STEP_MS)
    else return
    event.preventDefault()
  }

  #said(): string {
    if (this.#failed) return msg('This recording cannot be played.')
    return this.source && !this.#player?.loaded ? msg('The recording is being read…') : ''
  }
}

/** Where an arrow leads on a slider (ARIA Authoring Practices); undefined for other keys. */
function wayOf(key: string, rtl: boolean): 1 | -1 | undefined {
  if (key === 'ArrowUp' || key === (rtl ? 'ArrowLeft' : 'ArrowRight')) return 1
  return key === 'ArrowDown' || key === (rtl ? 'ArrowRight' : 'ArrowLeft') ? -1 : undefined
}

/** As clocks of players show it: 1:05, 1:00:00. */
function clock(ms: number): string {
  const seconds = Math.floor(ms / 1_000)
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60].map((part) => String(part).padStart(2, '0'))
  const hours = Math.floor(seconds / 3_600)
  return hours > 0 ? [hours, ...parts].join(':') : parts.join(':').replace(/^0/, '')
}

declare global {
  interface HTMLElementTagNameMap {
    'lab-recording': LabRecording
  }
}
