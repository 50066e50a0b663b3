/**
 * Registers `<lab-terminal>` with its displays and `<lab-command>`. Running it again, or another bundle of it, changes nothing: the first
 * one stays. This is the only module with side effects.
 */
import { guacamoleLoader } from './display/guacamole/loader.js'
import { xtermLoader } from './display/xterm/loader.js'
import { LabCommand } from './element/lab-command.js'
import { LabTerminal } from './element/lab-terminal.js'
import { ownScript } from './element/own-script.js'

// On a server Lit brings a registry of its own; where there is none, there is nothing to register.
if (typeof customElements !== 'undefined' && !customElements.get('lab-terminal')) {
  LabTerminal.displays.register(xtermLoader)
  LabTerminal.displays.register(guacamoleLoader)
  // A classic bundle has the address of its script here too: the bundler takes it from `document.currentScript`.
  LabTerminal.defaultBackend = originOf(import.meta.url)
  LabTerminal.script = ownScript(import.meta.url)
  customElements.define('lab-terminal', LabTerminal)
  customElements.define('lab-command', LabCommand)
}

function originOf(address: string): string {
  const { origin, protocol } = new URL(address)
  return protocol.startsWith('http') ? origin : ''
}

export { LabCommand, LabTerminal }
