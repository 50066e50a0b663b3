import type { DisplayHost } from './display-host.js'
import { labOf, type SessionController } from './session-controller.js'
import type { Commands } from './views/view.js'

export interface SessionCommandParts {
  readonly session: () => SessionController
  readonly screens: () => DisplayHost
  /** A command that also ends what else the menu had opened. */
  readonly fromMenu: (run: () => void) => () => void
}

/** What the learner does with the lab: all of it is the session's. */
export function sessionCommands({
  session: controller,
  screens,
  fromMenu,
}: SessionCommandParts): Pick<
  Commands,
  'launch' | 'resume' | 'retry' | 'extend' | 'suspend' | 'reset' | 'reconnect' | 'newShell'
> {
  const session = () => controller().session
  return {
    launch: () => session()?.launch(),
    resume: () => session()?.resume(),
    retry: () => (labOf(controller().state) ? session()?.launch() : session()?.reconnect()),
    extend: () => session()?.extend(),
    suspend: fromMenu(() => session()?.suspend()),
    reset: fromMenu(() => session()?.reset()),
    reconnect: fromMenu(() => session()?.reconnect()),
    newShell: () => {
      const { display } = screens()
      if (display?.newShell) display.newShell()
      else session()?.reconnect()
      display?.focus()
    },
  }
}
