/** Web fonts must be there before cells are measured, but a slow font server must not keep a terminal from opening. */

export interface FontTimers {
  setTimeout(callback: () => void, ms: number): number
  clearTimeout(id: number): void
}

/** True where nothing is to be waited for: system fonts, loaded fonts, and names the browser cannot read. */
export function isFontReady(fonts: FontFaceSet, font: string): boolean {
  try {
    return fonts.check(font)
  } catch {
    return true
  }
}

/** Resolves when the font is loaded or failed, or after `limit` milliseconds. Never rejects. */
export function loadFont(fonts: FontFaceSet, font: string, limit: number, timers: FontTimers): Promise<void> {
  return new Promise((resolve) => {
    const timer = timers.setTimeout(() => resolve(), limit)
    const done = () => {
      timers.clearTimeout(timer)
      resolve()
    }
    fonts.load(font).then(done, done)
  })
}
