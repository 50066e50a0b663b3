/** Paste by the person. */
import { cleanPaste } from './input.js'

/** Only a person's own paste (a shortcut or the browser's menu) reads the clipboard, and it comes in cleaned. */
export function cleanPastes(host: HTMLElement, paste: (text: string) => void, signal: AbortSignal): void {
  host.addEventListener(
    'paste',
    (event) => {
      event.preventDefault()
      event.stopPropagation()
      paste(cleanPaste(event.clipboardData?.getData('text/plain') ?? ''))
    },
    { capture: true, signal },
  )
}
