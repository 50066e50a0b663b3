/** What some instructions come to. Pure. */

/** Where each painting instruction names the layer that it paints on. */
const LAYER_OF: ReadonlyMap<string, number> = new Map([
  ['img', 2],
  ['png', 1],
  ['jpeg', 1],
  ['copy', 6],
  ['transfer', 6],
  ['cfill', 1],
  ['cstroke', 1],
  ['lfill', 1],
  ['lstroke', 1],
  ['video', 1],
])

/**
 * Whether it paints on a layer that is shown. Layers below zero are buffers, which are never shown (the Guacamole manual, "Layers and
 * buffers").
 */
export function isPainting(opcode: string, args: readonly string[]): boolean {
  const at = LAYER_OF.get(opcode)
  return at !== undefined && Number(args[at]) >= 0
}

/** A pointer without a size, which Guacamole's display cannot draw (its frame would break off there). */
export function isEmptyCursor(opcode: string, args: readonly string[]): boolean {
  return opcode === 'cursor' && !(Number(args[5]) > 0 && Number(args[6]) > 0)
}
