import type { Display } from 'guacamole-common-js'

/** The lab's pointer as the browser's own, so that it never lags behind the hand. */
export function followCursor(display: Display, surface: HTMLElement): void {
  display.oncursor = (canvas, x, y) => {
    surface.style.cursor = cssCursor(canvas, x, y, display.getScale())
  }
}

/** Browsers ignore a cursor that is larger. */
const LARGEST = 128

function cssCursor(canvas: HTMLCanvasElement, x: number, y: number, scale: number): string {
  const width = Math.round(canvas.width * scale)
  const height = Math.round(canvas.height * scale)
  if (width === 0 || height === 0) return 'none'
  if (width > LARGEST || height > LARGEST) return 'default'
  const picture = scale === 1 ? canvas : scaled(canvas, width, height)
  return `url(${picture.toDataURL()}) ${Math.round(x * scale)} ${Math.round(y * scale)}, default`
}

function scaled(source: HTMLCanvasElement, width: number, height: number): HTMLCanvasElement {
  const canvas = source.ownerDocument.createElement('canvas')
  Object.assign(canvas, { width, height })
  canvas.getContext('2d')?.drawImage(source, 0, 0, width, height)
  return canvas
}
