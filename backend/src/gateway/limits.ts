/** What one shell and one page may take. Bytes, milliseconds, lines. */
export interface GatewayLimits {
  /** Lines kept above the screen; fewer on very wide terminals. */
  readonly scrollback: number
  /** Output kept for a page that comes back. More than the window, or a returning page would always miss some. */
  readonly ringBytes: number
  /** How long output waits for the last page that went, before it flows on without one. */
  readonly holdGrace: number
  /** A page that connects says `attach` within. */
  readonly attachTimeout: number
  /** From connecting to an open shell. */
  readonly loginTimeout: number
  /** How long an old connection may take to prove that it is alive. */
  readonly probeTimeout: number
  /** How often a connection that is watched proves it. */
  readonly probeEvery: number
  readonly pingEvery: number
  /** A page that said nothing for this long is gone. */
  readonly silence: number
  /** Input that waits for a host that does not read it. */
  readonly queuedInput: number
  /** Output handed to a WebSocket and not yet to its peer. */
  readonly bufferedOutput: number
  /** How long a closing WebSocket may take. */
  readonly closeTimeout: number
  /** Pages on one shell at once. */
  readonly viewers: number
}

export const DEFAULT_LIMITS: GatewayLimits = {
  scrollback: 5000,
  ringBytes: 1024 * 1024,
  holdGrace: 30_000,
  attachTimeout: 10_000,
  loginTimeout: 15_000,
  probeTimeout: 5_000,
  probeEvery: 30_000,
  pingEvery: 2_000,
  silence: 10_000,
  queuedInput: 1024 * 1024,
  bufferedOutput: 256 * 1024,
  closeTimeout: 2_000,
  viewers: 32,
}
