/** How large the lab's screen should be, and how large it is shown. Pure; lengths are CSS pixels unless they say other. */

export interface Size {
  readonly width: number
  readonly height: number
}

/** What the lab is asked for: its pixels, and how many of them make an inch. */
export interface WantedScreen extends Size {
  readonly dpi: number
}

/** CSS's inch. */
const CSS_DPI = 96
/** Text size of the element's menu at which nothing is enlarged. */
const PLAIN_TEXT = 14
/** Smaller than any desktop works with, larger than any guacd takes. */
const LEAST = 64
const MOST = 8192

/** The learner's text size is the zoom of a desktop. */
export function zoomOf(fontSize: number): number {
  return fontSize / PLAIN_TEXT
}

/** Text of so many CSS pixels, in whole pixels of the lab, which is what guacd takes; `zoom` makes up for the rest. */
export function textSize(fontSize: number, pixelRatio: number): { readonly pixels: number; readonly zoom: number } {
  const pixels = Math.max(1, Math.round(fontSize * pixelRatio))
  return { pixels, zoom: (fontSize * pixelRatio) / pixels }
}

/** One pixel of the lab for each of the screen; undefined while there is no room (hidden, or not laid out). */
export function wantedScreen(room: Size, pixelRatio: number, zoom: number): WantedScreen | undefined {
  if (room.width === 0 || room.height === 0) return undefined
  const pixels = (length: number) => evenly((length * pixelRatio) / zoom)
  return { width: pixels(room.width), height: pixels(room.height), dpi: Math.round(CSS_DPI * pixelRatio) }
}

/** Desktops by RDP have an even width. */
function evenly(length: number): number {
  return Math.min(MOST, Math.max(LEAST, 2 * Math.floor(length / 2)))
}

/**
 * CSS pixels for one of the lab's. A lab that has the size that was asked for is shown as it is; another one (VNC may
 * have a size of its own, or another page rules it) is fitted, and then enlarged by the zoom.
 */
export function scaleOf(lab: Size, room: Size, pixelRatio: number, zoom: number): number {
  if (lab.width === 0 || lab.height === 0 || room.width === 0 || room.height === 0) return 1 / pixelRatio
  const natural = zoom / pixelRatio
  const wanted = wantedScreen(room, pixelRatio, zoom)
  const asAsked =
    wanted !== undefined && Math.abs(lab.width - wanted.width) < 8 && Math.abs(lab.height - wanted.height) < 8
  const fit = Math.min(room.width / lab.width, room.height / lab.height)
  return asAsked ? Math.min(natural, fit) : fit * zoom
}
