/**
 * Addresses in the output, plain or by OSC 8. What a program prints is not to be trusted: only http and https, opened
 * by Ctrl or Command with a click (a plain click selects and focuses), the true address shown while hovering.
 */
import { WebLinksAddon } from '@xterm/addon-web-links'
import type { Terminal } from '@xterm/xterm'
import type { Platform } from '../platform.js'

export type OpenPage = (url: string) => void

export function enableLinks(terminal: Terminal, host: HTMLElement, platform: Platform, openPage: OpenPage): void {
  const modifier = platform === 'apple' ? '⌘' : 'Ctrl'
  const activate = (event: MouseEvent, text: string) => {
    const wanted = platform === 'apple' ? event.metaKey : event.ctrlKey
    const url = wanted ? webAddress(text) : undefined
    if (url !== undefined) openPage(url)
  }
  const hover = (_event: MouseEvent, text: string) => {
    const url = webAddress(text)
    if (url !== undefined) host.title = `${url} (${modifier} + click)`
  }
  const leave = () => host.removeAttribute('title')
  terminal.loadAddon(new WebLinksAddon(activate, { hover, leave }))
  terminal.options.linkHandler = { activate, hover, leave }
}

/** The address in the form the browser will open, or undefined where it is not of the web. */
export function webAddress(text: string): string | undefined {
  try {
    const url = new URL(text)
    return url.protocol === 'http:' || url.protocol === 'https:' ? url.href : undefined
  } catch {
    return undefined
  }
}
