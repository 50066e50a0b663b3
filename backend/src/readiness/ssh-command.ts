import type { Client } from 'ssh2'
import { LabError } from '../../../src/wire/problems.js'

/** Characters kept of what a command says. */
const OUTPUT_LIMIT = 2_000

/** Runs one command on a connection and closes it. `code` is null when a signal ended it. */
export function runCommand(
  client: Client,
  command: string,
  input: string | Buffer = '',
): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    client.exec(command, (error, channel) => {
      if (error) {
        client.end()
        return reject(new LabError('link/shell-unreachable', { message: 'ssh: no command' }))
      }
      let output = ''
      const listen = (text: Buffer): void => {
        output = (output + text.toString('utf8')).slice(-OUTPUT_LIMIT)
      }
      channel.on('data', listen)
      channel.stderr.on('data', listen)
      channel.on('close', (code: number | null) => {
        client.end()
        resolve({ code, output })
      })
      channel.end(input)
    })
  })
}
