import { DisplayRegistry } from '../../src/display/display.js'
import type { guacamoleLoader } from '../../src/display/guacamole/loader.js'
import type { xtermLoader } from '../../src/display/xterm/loader.js'
import type { Collaborators } from '../../src/element/collaborators.js'
import { LabTerminal } from '../../src/element/lab-terminal.js'
import { LabSession } from '../../src/session/session.js'
import { RecordedDesktop } from './recorded-desktop.js'
import { RecordedSocket } from './recorded-socket.js'
import { LOST_URL, RECORDED_URL, type Script, ScriptedSession } from './scripted-session.js'

/** The element of the stories: with a script it asks no server, without one it is the real thing. */
export class StoryLab extends LabTerminal {
  /** Set before the element is in the page. */
  declare script: Script | undefined
  declare scripted: ScriptedSession | undefined

  protected override collaborators(): Partial<Collaborators> {
    const displays = new DisplayRegistry()
    displays.register({ kind: 'xterm', load: loadXterm })
    displays.register({ kind: 'guacamole', load: loadGuacamole })
    return {
      displays,
      openSession: (settings, deps) => {
        if (!this.script) return new LabSession(settings, deps)
        this.scripted = new ScriptedSession(settings, deps, this.script)
        return this.scripted
      },
    }
  }
}

/** The real xterm display; only its socket is another one where a script opens it. */
async function loadXterm(): Promise<Awaited<ReturnType<typeof xtermLoader.load>>> {
  const [{ createXtermDisplay }, { browserPorts }] = await Promise.all([
    import('../../src/display/xterm/display.js'),
    import('../../src/display/xterm/ports.js'),
  ])
  return (options) => {
    const ports = browserPorts()
    return createXtermDisplay(options, {
      ...ports,
      openSocket: (url, subprotocols) =>
        url === RECORDED_URL || url === LOST_URL
          ? new RecordedSocket(subprotocols, url === LOST_URL)
          : ports.openSocket(url, subprotocols),
    })
  }
}

/** The same for the Guacamole display, whose address also says how large the screen is. */
async function loadGuacamole(): Promise<Awaited<ReturnType<typeof guacamoleLoader.load>>> {
  const [{ createGuacamoleDisplay }, { browserPorts }] = await Promise.all([
    import('../../src/display/guacamole/display.js'),
    import('../../src/display/guacamole/ports.js'),
  ])
  return (options) => {
    const ports = browserPorts()
    return createGuacamoleDisplay(options, {
      ...ports,
      openSocket: (url, subprotocols) =>
        url.startsWith(RECORDED_URL) ? new RecordedDesktop(subprotocols) : ports.openSocket(url, subprotocols),
    })
  }
}

/** As `define.ts` does it, for the element of the stories. */
export function defineStoryLab(): void {
  if (!customElements.get('lab-terminal')) customElements.define('lab-terminal', StoryLab)
}
