import { finish, hangUp, type Program, type ProgramOptions, signalGroup } from './program.js'
import { Pty } from './pty.js'

/**
 * Runs a program in a pseudo-terminal. A reader that does not keep up pauses the terminal, and so the program; nothing
 * is buffered beyond the channel's window. Throws when there is no terminal to be had.
 */
export function runInTerminal(options: ProgramOptions & { columns: number; rows: number }): Program {
  const { channel, socket, tree } = options
  const pty = new Pty(options)
  let ended = false
  let left = false
  const regulate = (): void => {
    if (!left && (channel.writableNeedDrain || socket.writableNeedDrain)) pty.pause()
    else pty.resume()
  }
  pty.onData((bytes) => {
    if (left) return
    channel.write(bytes)
    regulate()
  })
  channel.on('drain', regulate)
  socket.on('drain', regulate)
  channel.on('error', () => undefined)
  channel.pipe(pty.input)
  pty.onExit((end) => {
    ended = true
    socket.off('drain', regulate)
    finish(channel, end)
  })
  channel.on('close', () => {
    left = true
    socket.off('drain', regulate)
    if (ended) return
    // What it still prints is read and dropped, or it could not end.
    pty.resume()
    hangUp(pty.pid, tree)
  })
  return {
    signal: (name) => {
      if (!ended) signalGroup(pty.pid, name)
    },
    resize: (columns, rows) => pty.resize(columns, rows),
  }
}
