/** What one desk and one page may take. Bytes, milliseconds. */
export interface DeskLimits {
  /** Within this guacd must show a sign of life, … */
  readonly firstWord: number
  /** … and within this say that we are on: to load a protocol may take it a while. */
  readonly handshake: number
  /** Whoever comes second is let in when the first picture was drawn, or after this long; … */
  readonly firstPicture: number
  /** … and where another replica opened the connection, when it is this old. */
  readonly beginning: number
  /** How often everything is looked at. */
  readonly checkEvery: number
  /** How often guacd is asked for a sign of life where a page is, … */
  readonly askEvery: number
  /** … and where none is, or it owes one: it lets go of whoever says nothing for 15 seconds. */
  readonly askHeld: number
  /**
   * guacd answers within half a second, and within one on a machine with ten times its work; where it did not for this
   * long, in checks, the page is told: with `askEvery` it must stay below two seconds. …
   */
  readonly guacdAnswer: number
  /** … and after this long without a word there is no way back to the connection. */
  readonly guacdSilence: number
  readonly pingEvery: number
  /** A page that said nothing for this long is gone. */
  readonly silence: number
  /** Output handed to the WebSocket and not yet to its peer: from here on guacd waits, … */
  readonly bufferedOutput: number
  /** … unless others look on as well: then the slow page is let go from here on. */
  readonly bufferedShared: number
  /** Input that waits for guacd: from here on the page waits. */
  readonly queuedInput: number
  /** Input that came before guacd was ready. */
  readonly earlyInput: number
  /** How long a closing WebSocket may take. */
  readonly closeTimeout: number
  /** Pages on one desk at once. */
  readonly viewers: number
}

export const DEFAULT_DESK_LIMITS: DeskLimits = {
  firstWord: 1_700,
  handshake: 10_000,
  firstPicture: 10_000,
  beginning: 3_000,
  checkEvery: 200,
  askEvery: 400,
  askHeld: 4_000,
  guacdAnswer: 1_400,
  guacdSilence: 12_000,
  pingEvery: 2_000,
  silence: 10_000,
  bufferedOutput: 512 * 1024,
  bufferedShared: 8 * 1024 * 1024,
  queuedInput: 256 * 1024,
  earlyInput: 64 * 1024,
  closeTimeout: 2_000,
  viewers: 32,
}
