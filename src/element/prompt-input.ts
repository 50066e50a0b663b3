import type { PageSignal, PageSignals } from '../session/activity.js'

/** What the page's signals take for input. */
const EVENTS = ['keydown', 'pointerdown', 'touchmove', 'wheel'] as const
/** Keys that walk and press within the prompt. Every other key keeps the lab running, there as anywhere. */
const PROMPT_KEYS: ReadonlySet<string> = new Set(['Tab', 'Shift', 'Enter', ' '])

/**
 * The page's signals, less the input that is aimed at the idle prompt: walking to “Pause now” must not keep the lab
 * running and take the button away on the way there.
 */
export class PromptAwareSignals implements PageSignals {
  readonly #page: PageSignals
  readonly #isPrompt: (target: EventTarget) => boolean

  constructor(page: PageSignals, isPrompt: (target: EventTarget) => boolean) {
    this.#page = page
    this.#isPrompt = isPrompt
  }

  get visible(): boolean {
    return this.#page.visible
  }

  get focused(): boolean {
    return this.#page.focused
  }

  get online(): boolean {
    return this.#page.online
  }

  subscribe(listener: (signal: PageSignal) => void): () => void {
    let aimed = false
    const look = (event: Event) => {
      const key = event instanceof KeyboardEvent ? event.key : undefined
      aimed = event.composedPath().some(this.#isPrompt) && (key === undefined || PROMPT_KEYS.has(key))
    }
    // On the way down and before the page's own listeners, which come after.
    for (const type of EVENTS) window.addEventListener(type, look, { capture: true, passive: true })
    const unsubscribe = this.#page.subscribe((signal) => {
      if (signal !== 'input' || !aimed) listener(signal)
    })
    return () => {
      unsubscribe()
      for (const type of EVENTS) window.removeEventListener(type, look, { capture: true })
    }
  }
}

/** Whether an event went through an idle prompt. */
export function isPrompt(target: EventTarget): boolean {
  return (
    target instanceof HTMLElement && target.classList.contains('prompt') && target.getRootNode() instanceof ShadowRoot
  )
}
