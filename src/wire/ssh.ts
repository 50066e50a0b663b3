/**
 * `lab-ssh.v1`: the WebSocket subprotocol of a text terminal. No imports, no side effects.
 *
 * Text frames are JSON control messages, binary frames are bytes of the terminal. The server owns the stream: it holds
 * the SSH channel, the screen (a headless xterm) and a ring of the last bytes. Output bytes are numbered from 0 since
 * the stream began; the number is never sent with the bytes, both sides count. Input bytes are not numbered: they are
 * sent once and never again.
 */

/** Most output bytes sent but not yet acknowledged; fewer while a page is slow to take them. */
export const SSH_WINDOW_BYTES = 512 * 1024
/** The page acknowledges whenever it has taken this many more bytes. */
export const SSH_ACK_BYTES = 16 * 1024
/** The page pings this often (ms) and gives the link up when nothing at all came for `SSH_SILENCE_MS`. */
export const SSH_PING_MS = 5_000
export const SSH_SILENCE_MS = 15_000
/** Largest frame the server takes from a page, in bytes; a page cuts a larger paste. */
export const SSH_MAX_INPUT_BYTES = 32 * 1024

/** Terminal size in cells, each 1 to 1000. */
export interface TerminalSize {
  cols: number
  rows: number
}

export type SshClientMessage =
  /**
   * First message, once. `have`: the page still shows the stream up to byte `seq` and wants the rest only. `keep`: where
   * that stream is gone, the page can keep what it shows above the new one (see `lost`).
   */
  | ({ type: 'attach'; have?: { stream: string; seq: number }; keep?: true } & TerminalSize)
  | ({ type: 'resize' } & TerminalSize)
  /** The page's terminal has room for more than the output before `seq`: parsed it, let it go, or keeps it for a frame. */
  | { type: 'ack'; seq: number }
  | { type: 'ping'; id: number }
  /** After `exited`: open another shell on the same host. */
  | { type: 'new-shell' }

export type SshServerMessage =
  /**
   * The page is on the stream. With `snapshot`, the next `snapshot` bytes of binary frames are a serialised screen that
   * replaces whatever the page shows and are not counted; then output goes on from byte `seq`. Without it, output goes
   * on from byte `seq`, which is the `have.seq` that was asked for. May come again later on a link (slow page).
   *
   * `lost` (only to a page that said `keep`): the stream that the page had is gone for good, with its shell, because the
   * server that held it died or was replaced; `stream` is a new one with a new shell. Without `snapshot`, `seq` is 0: the
   * page takes back what the old program had set (alternate screen, modes), begins a new line below what it shows, says
   * that the shell before was lost, and goes on from byte 0. With `snapshot`, the screen replaces what the page shows as
   * ever, and the page only says so.
   */
  | ({
      type: 'attached'
      stream: string
      seq: number
      snapshot?: number
      lost?: true
      readOnly: boolean
      running: boolean
    } & TerminalSize)
  /** Another page of the same learner resized the terminal. */
  | ({ type: 'resized' } & TerminalSize)
  | { type: 'pong'; id: number }
  /** The shell ended (its learner typed `exit`, or the host closed it). */
  | { type: 'exited'; code?: number; signal?: string }
  /** A new shell runs on this stream. */
  | { type: 'opened' }
  /** Sent before the server closes the socket with the problem's close code. */
  | { type: 'problem'; code: string; detail?: string }
