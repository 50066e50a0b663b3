/**
 * The wheel belongs to the page until the terminal has focus: it would catch a reader who scrolls past it, and turn
 * the wheel into keys or clicks in the lab. Ctrl with the wheel is the browser's zoom in either case.
 */
export function guardWheel(host: HTMLElement, signal: AbortSignal): void {
  host.addEventListener(
    'wheel',
    (event) => {
      if (event.ctrlKey || !host.matches(':focus-within')) event.stopPropagation()
    },
    { capture: true, passive: true, signal },
  )
}
