/** The full screen of the element, with the keys that the browser or the system would take (Keyboard Lock, Chromium). */

/** An app or a page may refuse; then everything stays as it is. */
export async function toggleFullScreen(root: ShadowRoot | null): Promise<void> {
  try {
    if (root?.fullscreenElement) await document.exitFullscreen()
    else await enter(root?.querySelector('.frame'))
  } catch {
    // Refused.
  }
}

async function enter(frame: Element | null | undefined): Promise<void> {
  await frame?.requestFullscreen()
  // Escape, Alt+Tab and Ctrl+W go to the lab; Escape held leaves, and the browser says so. Ends with the full screen.
  const keyboard: unknown = Reflect.get(navigator, 'keyboard')
  if (keyboard instanceof Object && 'lock' in keyboard && typeof keyboard.lock === 'function') await keyboard.lock()
}
