/** Registers `<lab-terminal>` and tells the Svelte compiler's type checks about it. */
import type { HTMLAttributes } from 'svelte/elements'
import type { LabTerminal } from '../define.js'
import type { LabAttributes, LabListeners } from './template.js'

export { LabTerminal } from '../define.js'

declare module 'svelte/elements' {
  interface SvelteHTMLElements {
    'lab-terminal': Omit<HTMLAttributes<LabTerminal>, keyof LabAttributes> & LabAttributes & LabListeners
  }
}
