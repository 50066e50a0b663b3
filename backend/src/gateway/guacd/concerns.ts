/** Which instructions of guacd a seat looks at: by a letter or two, for it is asked of every one. */

/** Letters and digits as bytes. */
const ONE = 0x31
const THREE = 0x33
const FOUR = 0x34
const FIVE = 0x35
const EIGHT = 0x38
const A = 0x61
const B = 0x62
const D = 0x64
const E = 0x65
const F = 0x66
const R = 0x72
const S = 0x73
const U = 0x75
const Y = 0x79

export interface Needs {
  /** guacd may show file systems to this user. */
  readonly givesFiles: boolean
  /** Blobs and their like may be of a file that does not go through the tunnel. */
  readonly hasFiles: boolean
  /** There is no picture yet, or nobody else who answers. */
  readonly wantsFrames: boolean
}

/** Whether a seat wants to see the instruction that begins at `at`. More than it needs, never less. Pure. */
export function concerns(needs: Needs, bytes: Buffer, at: number): boolean {
  switch (bytes[at]) {
    case FIVE: // error
      return bytes[at + 2] === E
    case EIGHT: // required undefine
      return bytes[at + 2] === R || (bytes[at + 2] === U && needs.givesFiles)
    case ONE: // 10.disconnect 10.filesystem
      return bytes[at + 3] === D || (bytes[at + 3] === F && needs.givesFiles)
    case FOUR: // sync, and of files: file body blob
      if (bytes[at + 2] === S) return bytes[at + 3] === Y && needs.wantsFrames
      return (bytes[at + 2] === B || bytes[at + 2] === F) && needs.hasFiles
    case THREE: // ack end
      return (bytes[at + 2] === A || bytes[at + 2] === E) && needs.hasFiles
    default:
      return false
  }
}
