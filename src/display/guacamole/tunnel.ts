/** Guacamole's tunnel on one WebSocket that also offers the ticket, which the stock tunnel cannot. */
import { Parser, Tunnel } from 'guacamole-common-js'
import type { LinkSocket } from '../link-ports.js'

export interface TunnelListener {
  /** An instruction for the page itself: opcode and arguments; the tunnel's own id is not among them. */
  internal(opcode: string, args: readonly string[]): void
  /** Comes before the client acts on it; false keeps it from the client. */
  instruction(opcode: string, args: readonly string[]): boolean
}

class PlainTunnel extends Tunnel {}

export class SocketTunnel extends PlainTunnel {
  readonly #listener: TunnelListener
  readonly #parser = new Parser()
  #socket: LinkSocket | undefined

  constructor(open: (query: string) => LinkSocket, listener: TunnelListener) {
    super()
    this.#listener = listener
    this.#parser.oninstruction = (opcode, args) => this.#heard(opcode, args)
    // The base class puts its methods on the instance, where they would hide those of a subclass.
    this.connect = (query) => {
      this.setState(Tunnel.State.CONNECTING)
      this.#socket = open(query)
    }
    this.disconnect = () => {
      this.setState(Tunnel.State.CLOSED)
      this.#socket?.close(1000)
      this.#socket = undefined
    }
    this.sendMessage = (...elements) => {
      if (this.isConnected()) this.#socket?.send(Parser.toInstruction(elements))
    }
  }

  /** Takes a text frame: whole instructions. Throws where it is none of the protocol. */
  receive(frame: string): void {
    if (!frame.endsWith(';')) throw new TypeError('not whole instructions')
    this.#parser.receive(frame)
  }

  sendInternal(opcode: string, arg: string): void {
    this.sendMessage(Tunnel.INTERNAL_DATA_OPCODE, opcode, arg)
  }

  #heard(opcode: string, args: string[]): void {
    if (this.state === Tunnel.State.CLOSED) return
    if (opcode !== Tunnel.INTERNAL_DATA_OPCODE) {
      if (this.#listener.instruction(opcode, args)) this.oninstruction?.(opcode, args)
      return
    }
    const [first = '', ...rest] = args
    if (this.uuid === null && rest.length === 0) {
      this.setUUID(first)
      this.setState(Tunnel.State.OPEN)
    } else {
      this.#listener.internal(first, rest)
    }
  }
}
