/**
 * Files for pages that joined. guacd shows file systems, and gives downloads and printed pages, to the user that opened
 * the connection only. When that seat is free the gateway passes them on to a page, and its answers back.
 */
import type { Instruction } from './instruction.js'
import type { Seat } from './seat.js'
import { STATUS } from './status.js'

/** Added to the indices of streams that are passed on: a page's own never come near. */
const OFFSET = 4096
/** Streams to guacd of which one user has 64; the highest is the gateway's own (see `answers.ts`). */
const INPUT_STREAMS = 63

export class Relay {
  /** Object → the instruction that showed it. */
  readonly #filesystems = new Map<string, Instruction>()
  /** Stream of the owner → the page that has it. */
  readonly #outputs = new Map<string, Seat>()
  /** Stream of the owner to guacd → whose stream it is, and by which index there. */
  readonly #inputs = new Map<string, { readonly seat: Seat; readonly index: string }>()

  /** What the page that joined can see of files. */
  welcome(seat: Seat): void {
    if (!seat.owner) for (const shown of this.#filesystems.values()) seat.deliver(shown)
  }

  /** Remembers what guacd showed to its owner, whoever sits there. */
  noticed(instruction: Instruction): void {
    const [opcode, object = ''] = instruction
    if (opcode === 'filesystem') this.#filesystems.set(object, instruction)
    if (opcode === 'undefine') this.#filesystems.delete(object)
  }

  /** What guacd says to the owner while nobody sits there. `pages`: the one to which files go first. */
  pass(owner: Seat, pages: readonly Seat[], instruction: Instruction): void {
    const [opcode, first = '', second = '', ...rest] = instruction
    switch (opcode) {
      case 'filesystem':
      case 'undefine':
        for (const page of pages) page.deliver(instruction)
        return
      case 'file':
        this.#offer(owner, pages[0], first)?.deliver(['file', shifted(first), second, ...rest])
        return
      case 'body':
        this.#offer(owner, pages[0], second)?.deliver(['body', first, shifted(second), ...rest])
        return
      case 'blob':
      case 'end':
        this.#outputs.get(first)?.deliver([opcode, shifted(first), ...(opcode === 'blob' ? [second] : [])])
        if (opcode === 'end') this.#outputs.delete(first)
        return
      case 'ack': {
        const input = this.#inputs.get(first)
        input?.seat.deliver(['ack', input.index, second, ...rest])
        return
      }
    }
  }

  /** What a page that joined says of files: for the owner's user. Undefined where it is for the page's own. */
  translate(seat: Seat, instruction: Instruction): Instruction | undefined {
    const [opcode, first = '', second = '', ...rest] = instruction
    switch (opcode) {
      case 'get':
        return instruction
      case 'put': {
        const index = this.#freeInput()
        if (index === undefined) return undefined
        this.#inputs.set(index, { seat, index: second })
        return ['put', first, index, ...rest]
      }
      case 'ack':
        return Number(first) >= OFFSET ? ['ack', String(Number(first) - OFFSET), second, ...rest] : undefined
      case 'blob':
      case 'end': {
        const found = [...this.#inputs].find(([, input]) => input.seat === seat && input.index === first)
        if (!found) return undefined
        if (opcode === 'end') this.#inputs.delete(found[0])
        return opcode === 'end' ? ['end', found[0]] : ['blob', found[0], second]
      }
      default:
        return undefined
    }
  }

  /** The page is gone: what it had is ended. */
  gone(seat: Seat, owner: Seat | undefined): void {
    for (const [index, page] of [...this.#outputs]) {
      if (page !== seat) continue
      this.#outputs.delete(index)
      owner?.input(['ack', index, 'Gone', String(STATUS.clientTimeout)])
    }
    for (const [index, input] of [...this.#inputs]) {
      if (input.seat !== seat) continue
      this.#inputs.delete(index)
      owner?.input(['end', index])
    }
  }

  #offer(owner: Seat, page: Seat | undefined, index: string): Seat | undefined {
    if (page) this.#outputs.set(index, page)
    else owner.input(['ack', index, 'Nobody is there', String(STATUS.closed)])
    return page
  }

  #freeInput(): string | undefined {
    for (let index = INPUT_STREAMS - 1; index >= 0; index--) if (!this.#inputs.has(`${index}`)) return `${index}`
    return undefined
  }
}

function shifted(index: string): string {
  return String(Number(index) + OFFSET)
}
