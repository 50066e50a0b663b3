/**
 * The wheel belongs to the page until the terminal has focus: xterm would catch a reader who scrolls past it, and turn
 * the wheel into arrow keys in a full-screen program. Ctrl with the wheel is the browser's zoom in either case.
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
