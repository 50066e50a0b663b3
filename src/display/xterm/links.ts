/**
 * Addresses in the output, plain or by OSC 8. What a program prints is not to be trusted: only http, https and mailto,
 * opened by Ctrl or Command with a click (a plain click selects and focuses), the true address shown while hovering.
 */
import type { Platform } from '../platform.js'

export type OpenPage = (url: string) => void

/** What a link leads to. */
export interface Target {
  /** The truth about it, as it is shown while hovering. */
  readonly shown: string
  open(): void
}

/** Answers to the pointer on a link of this text. */
export interface LinkHandlers {
  activate(event: MouseEvent, text: string): void
  hover(event: MouseEvent, text: string): void
  leave(): void
}

export function linkHandlers(
  host: HTMLElement,
  platform: Platform,
  targetOf: (text: string) => Target | undefined,
): LinkHandlers {
  const modifier = platform === 'apple' ? '⌘' : 'Ctrl'
  return {
    activate(event, text) {
      const wanted = platform === 'apple' ? event.metaKey : event.ctrlKey
      if (wanted) targetOf(text)?.open()
    },
    hover(_event, text) {
      const target = targetOf(text)
      if (target) host.title = `${target.shown} (${modifier} + click)`
    },
    leave: () => host.removeAttribute('title'),
  }
}

export function webTarget(text: string, openPage: OpenPage): Target | undefined {
  const url = webAddress(text)
  return url === undefined ? undefined : { shown: url, open: () => openPage(url) }
}

const PROTOCOLS: ReadonlySet<string> = new Set(['http:', 'https:', 'mailto:'])

/** The address in the form the browser will open, or undefined where it is not of the web. */
export function webAddress(text: string): string | undefined {
  try {
    const url = new URL(text)
    return PROTOCOLS.has(url.protocol) ? url.href : undefined
  } catch {
    return undefined
  }
}
