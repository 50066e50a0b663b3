/**
 * Where a pointer is. Guacamole walks `offsetParent`, which is wrong in nested scrollers, under transforms and in
 * shadow roots; the browser knows better.
 */
import { Position } from 'guacamole-common-js'

/** Within the element, in its own CSS pixels. */
export function positionIn(element: HTMLElement, clientX: number, clientY: number): { x: number; y: number } {
  const box = element.getBoundingClientRect()
  const along = (client: number, start: number, shown: number, own: number) =>
    shown > 0 ? ((client - start) * own) / shown : 0
  return {
    x: along(clientX, box.left, box.width, element.offsetWidth),
    y: along(clientY, box.top, box.height, element.offsetHeight),
  }
}

// Guacamole's touch modes ask here; this copy of it is our own.
Position.fromClientPosition = (element, clientX, clientY) => {
  const position = new Position()
  Object.assign(position, positionIn(element, clientX, clientY))
  return position
}
