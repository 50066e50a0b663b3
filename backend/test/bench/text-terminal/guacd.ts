/** How long guacd's own SSH terminal takes, with a user who draws nothing and confirms each frame at once. */
import { connect } from 'node:net'
import { answerArgs } from '../../../src/gateway/guacd/handshake.js'
import { encode, InstructionReader } from '../../../src/gateway/guacd/instruction.js'
import type { SshTarget } from '../../../src/gateway/ports.js'

/** guacd is at its end when nothing new came for so long (ms); not counted. */
const QUIET_MS = 2_000
const SCREEN = { width: 780, height: 400, dpi: 96, audio: [], video: [], image: ['image/png'], timezone: '' }

/** Seconds until the last instruction for `line`, typed into a new shell on `target`. */
export function guacdSeconds(guacd: string, target: SshTarget, line: string): Promise<number> {
  const [host = '', port = ''] = guacd.split(':')
  const parameters = {
    hostname: target.host,
    port: String(target.port),
    username: target.user,
    'private-key': target.privateKey ?? '',
  }
  const socket = connect(Number(port), host, () => socket.write(encode('select', 'ssh')))
  const reader = new InstructionReader(16 * 1024 * 1024)
  return new Promise((resolve, reject) => {
    let typed = 0
    let last = 0
    let quiet: NodeJS.Timeout | undefined
    const calm = () => {
      if (typed > 0) {
        socket.destroy()
        resolve((last - typed) / 1000)
        return
      }
      typed = performance.now()
      for (const char of line) {
        const key = char === '\n' ? 0xff0d : char.charCodeAt(0)
        socket.write(encode('key', String(key), '1') + encode('key', String(key), '0'))
      }
    }
    socket.on('error', reject)
    socket.on('data', (bytes: Buffer) => {
      for (const instruction of reader.read(bytes)) {
        const [opcode, ...args] = instruction
        if (opcode === 'args')
          socket.write(answerArgs(instruction, { parameters, screen: SCREEN, readOnly: false, name: '' }))
        else if (opcode === 'error') reject(new Error(args.join(' ')))
        else if (opcode === 'sync') socket.write(encode('sync', args[0] ?? ''))
        if (opcode !== 'sync' && opcode !== 'nop') {
          last = performance.now()
          clearTimeout(quiet)
          quiet = setTimeout(calm, QUIET_MS)
        }
      }
    })
  })
}
