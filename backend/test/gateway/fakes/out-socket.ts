import type { OutSocket } from '../../../src/gateway/outflow.js'

/** Takes what it is given; `bufferedAmount` is what the test says. */
export class FakeOutSocket implements OutSocket {
  bufferedAmount = 0
  readonly sent: Buffer[] = []

  send(data: unknown): void {
    if (Buffer.isBuffer(data)) this.sent.push(data)
  }

  get bytes(): Buffer {
    return Buffer.concat(this.sent)
  }
}
