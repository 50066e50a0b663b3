/** The environment of a lab's programs: made from nothing, so that no secret of the backend's is in it. */
import { accessSync, constants } from 'node:fs'
import { userInfo } from 'node:os'
import { basename } from 'node:path'

/** In the environment of every process of a lab; its value is the stack's id. By it they are found again. */
export const STACK_VARIABLE = 'LAB_TERMINAL_STACK'
/** In the environment of the host alone. */
export const HOST_VARIABLE = 'LAB_TERMINAL_HOST'

/** The one user name that a host lets in. */
export const SSH_USER = 'lab'

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
const SHELLS = new Set(['bash', 'zsh', 'sh', 'dash', 'ksh', 'mksh'])
const FALLBACKS = ['/bin/bash', '/usr/bin/bash', '/bin/sh']

/** The wanted shell if we know how to start it and it is there, else the first that is. */
export function chooseShell(wanted: string | undefined, isUsable = isExecutable): string {
  const known = wanted?.startsWith('/') && SHELLS.has(basename(wanted)) ? [wanted] : []
  return [...known, ...FALLBACKS].find(isUsable) ?? '/bin/sh'
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** The account's name; containers run as a number that has none. */
export function accountName(): string {
  try {
    return userInfo().username
  } catch {
    return SSH_USER
  }
}

export interface LabSettings {
  /** Name of the lab in the configuration. */
  readonly lab: string
  /** The stack's id. */
  readonly id: string
  readonly home: string
  readonly shell: string
  readonly account: string
  readonly lang: string
}

export function labEnvironment(settings: LabSettings): Record<string, string> {
  return {
    PATH,
    HOME: settings.home,
    USER: settings.account,
    LOGNAME: settings.account,
    SHELL: settings.shell,
    LANG: settings.lang,
    LAB: settings.lab,
    [STACK_VARIABLE]: settings.id,
  }
}

const ACCEPTED = /^(LANG|LC_[A-Z]{1,20}|COLORTERM)$/
const VALUE = /^[\w.@:=+-]{1,64}$/

/** What a client may set in the environment of a session: its language and what its terminal can do. */
export function isAcceptedVariable(name: string, value: string): boolean {
  return ACCEPTED.test(name) && VALUE.test(value)
}

/** A terminal type that goes into TERM; anything odd is replaced. */
export function terminalType(wanted: string | undefined): string {
  return wanted !== undefined && VALUE.test(wanted) ? wanted : 'xterm-256color'
}

/** The machine's language if it is a plain word, else one that every system has. */
export function languageOf(wanted: string | undefined): string {
  return wanted !== undefined && VALUE.test(wanted) ? wanted : 'C.UTF-8'
}
