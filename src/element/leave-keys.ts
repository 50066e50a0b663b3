import { msg } from './words.js'

/** `LEAVE_CHORD` in the words on the keys. */
export function leaveKeys(apple: boolean): string {
  return apple ? msg('Control+Shift+Delete') : msg('Ctrl+Shift+Backspace')
}

export function isApple(): boolean {
  return /^(Mac|iP)/.test(globalThis.navigator?.platform ?? '')
}
