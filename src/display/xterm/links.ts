/**
 * Addresses in the output, plain or by OSC 8. What a program prints is not to be trusted: only http, https and mailto,
 * opened by Ctrl or Command with a click (a plain click selects and focuses), the true address shown while hovering.
 */
import type { Platform } from '../platform.js'

export type OpenPage = (url: string) => void

/** Answers to the pointer on a link of this text. */
export interface LinkHandlers {
  activate(event: MouseEvent, text: string): void
  hover(event: MouseEvent, text: string): void
  leave(): void
}

export function linkHandlers(host: HTMLElement, platform: Platform, openPage: OpenPage): LinkHandlers {
  const modifier = platform === 'apple' ? '⌘' : 'Ctrl'
  return {
    activate(event, text) {
      const wanted = platform === 'apple' ? event.metaKey : event.ctrlKey
      const url = wanted ? webAddress(text) : undefined
      if (url !== undefined) openPage(url)
    },
    hover(_event, text) {
      const url = webAddress(text)
      if (url !== undefined) host.title = `${url} (${modifier} + click)`
    },
    leave: () => host.removeAttribute('title'),
  }
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
