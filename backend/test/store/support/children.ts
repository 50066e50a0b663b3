/** Backends as processes of their own, to be killed. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export class Child {
  readonly process: ChildProcess
  readonly #lines: string[] = []
  #wake: () => void = () => undefined
  #ended = false

  constructor(command: string, args: readonly string[], options: SpawnOptions = {}) {
    this.process = spawn(command, args, { ...options, stdio: ['pipe', 'pipe', 'inherit'] })
    if (this.process.stdout === null) throw new Error('no output')
    createInterface({ input: this.process.stdout })
      .on('line', (line) => {
        this.#lines.push(line)
        this.#wake()
      })
      .on('close', () => {
        this.#ended = true
        this.#wake()
      })
  }

  get pid(): number {
    if (this.process.pid === undefined) throw new Error('it was not started')
    return this.process.pid
  }

  /** The next line that begins with `word`, without it. Throws when the process ends first. */
  async said(word: string): Promise<string> {
    for (;;) {
      const index = this.#lines.findIndex((line) => line.startsWith(word))
      const line = this.#lines[index]
      if (line !== undefined) {
        this.#lines.splice(0, index + 1)
        return line.slice(word.length).trim()
      }
      if (this.#ended) throw new Error(`it ended without "${word}": ${this.#lines.join('\n')}`)
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return
    const exit = once(this.process, 'exit')
    this.process.kill(signal)
    await exit
  }
}

/** A script of this folder in a Node of its own. */
export function script(name: string, args: readonly string[], options: SpawnOptions = {}): Child {
  const file = fileURLToPath(new URL(`./${name}`, import.meta.url))
  return new Child(process.execPath, ['--import', 'tsx', file, ...args], options)
}
