/**
 * A page of Chromium that nobody watches. A page of Playwright reports every frame of its WebSockets to the test, which
 * takes longer than it takes a terminal to show what is in them.
 */
import { once } from 'node:events'
import { WebSocket } from 'ws'

/** Input.dispatchKeyEvent of the Chrome DevTools Protocol. */
const KEYS = {
  k: { key: 'k', code: 'KeyK', windowsVirtualKeyCode: 75, text: 'k' },
  'Control+c': { key: 'c', code: 'KeyC', windowsVirtualKeyCode: 67, modifiers: 2 },
}

interface Answer {
  readonly id?: number
  readonly method?: string
  readonly error?: { message: string }
  readonly result?: { result?: { value?: unknown }; exceptionDetails?: { exception?: { description?: string } } }
}

interface Size {
  readonly width: number
  readonly height: number
}

export class Tab {
  readonly #socket: WebSocket
  readonly #waiting = new Map<number, (answer: Answer) => void>()
  #calls = 0
  #loaded: () => void = () => undefined

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('close', () => {
      for (const answer of this.#waiting.values()) answer({ error: { message: 'the page is gone' } })
    })
    socket.on('message', (data: Buffer) => this.#heard(JSON.parse(data.toString())))
  }

  /** Opens `url` in the Chromium whose remote debugging listens on `port`; resolves when it is loaded. */
  static async open(port: number, url: string, size: Size): Promise<Tab> {
    const made = await fetch(`http://127.0.0.1:${port}/json/new?about:blank`, { method: 'PUT' })
    const target: unknown = await made.json()
    const address = typeof target === 'object' && target ? Reflect.get(target, 'webSocketDebuggerUrl') : undefined
    const socket = new WebSocket(String(address), { perMessageDeflate: false })
    await once(socket, 'open')
    const tab = new Tab(socket)
    await tab.#call('Page.enable')
    await tab.#call('Emulation.setDeviceMetricsOverride', { ...size, deviceScaleFactor: 1, mobile: false })
    await tab.#call('Emulation.setFocusEmulationEnabled', { enabled: true })
    const loaded = new Promise<void>((resolve) => {
      tab.#loaded = resolve
    })
    await tab.#call('Page.navigate', { url })
    await loaded
    return tab
  }

  /** The value of an expression, once a promise of it is fulfilled. */
  async evaluate(expression: string): Promise<unknown> {
    const { result } = await this.#call('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true })
    if (result?.exceptionDetails) throw new Error(result.exceptionDetails.exception?.description ?? expression)
    return result?.result?.value
  }

  async press(name: keyof typeof KEYS): Promise<void> {
    const key = KEYS[name]
    await this.#call('Input.dispatchKeyEvent', { type: 'keyDown', ...key })
    await this.#call('Input.dispatchKeyEvent', { type: 'keyUp', ...key })
  }

  async close(): Promise<void> {
    await this.#call('Page.close')
    this.#socket.close()
  }

  async #call(method: string, params: object = {}): Promise<Answer> {
    const id = ++this.#calls
    const answer = new Promise<Answer>((resolve) => this.#waiting.set(id, resolve))
    this.#socket.send(JSON.stringify({ id, method, params }))
    const heard = await answer
    if (heard.error) throw new Error(`${method}: ${heard.error.message}`)
    return heard
  }

  #heard(answer: Answer): void {
    if (answer.method === 'Page.loadEventFired') this.#loaded()
    if (answer.id === undefined) return
    this.#waiting.get(answer.id)?.(answer)
    this.#waiting.delete(answer.id)
  }
}
