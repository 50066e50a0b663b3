/**
 * The chord that leaves a terminal by keyboard (WCAG 2.1.2: no trap, and the person is told the way out).
 *
 * A terminal needs every key that a shell can see, so the way out is a chord that no terminal can encode, that no
 * browser, window manager or screen reader takes, that does not depend on the keyboard layout, and that does nothing
 * bad when half of it is missed. Control+Shift+Escape, Shift+Escape (task managers), Alt+Escape and Control+Alt+Escape
 * (window switching in Windows and GNOME, VoiceOver), F6 (the browser's panes), Shift+Tab (used by shells), letters
 * with Control+Shift (browsers, password managers) and Control+Shift+Enter (half of it runs the command) all fail that.
 */

/** What is read of a `KeyboardEvent`. */
export interface Chord {
  readonly type: string
  readonly key: string
  readonly ctrlKey: boolean
  readonly shiftKey: boolean
  readonly altKey: boolean
  readonly metaKey: boolean
}

export const LEAVE_CHORD = {
  /** Value of `aria-keyshortcuts` (WAI-ARIA 1.2). */
  ariaKeyShortcuts: 'Control+Shift+Backspace',
  /** Words for people; `apple` for keyboards where the Backspace key is labelled “delete”. */
  label: (apple: boolean) => (apple ? 'Control+Shift+Delete' : 'Ctrl+Shift+Backspace'),
  matches: (event: Chord) =>
    event.key === 'Backspace' && event.ctrlKey && event.shiftKey && !event.altKey && !event.metaKey,
} as const
