/** Writes down every listener, observer, interval and frame outside the terminal’s own elements until `close`. */
export class Ledger {
  readonly #open = new Map<unknown, Map<string, string>>()
  readonly #undo: (() => void)[] = []

  constructor() {
    this.#watchListeners()
    this.#watchObserver('ResizeObserver')
    this.#watchObserver('IntersectionObserver')
    this.#watchObserver('MutationObserver')
    this.#watchIntervals()
  }

  get open(): string[] {
    return [...this.#open.values()].flatMap((entries) => [...entries.values()])
  }

  close(): void {
    for (const undo of this.#undo.splice(0)) undo()
  }

  #add(owner: unknown, key: string, words: string): void {
    const entries = this.#open.get(owner) ?? new Map<string, string>()
    this.#open.set(owner, entries.set(key, words))
  }

  #remove(owner: unknown, key: string): void {
    this.#open.get(owner)?.delete(key)
  }

  #watchListeners(): void {
    const ledger = this
    const ids = new WeakMap<object, number>()
    let last = 0
    const keyOf = (type: string, listener: object, options: unknown) => {
      const id = ids.get(listener) ?? ++last
      ids.set(listener, id)
      const capture = typeof options === 'object' && options !== null ? Reflect.get(options, 'capture') : options
      return `${type}/${id}/${capture === true}`
    }
    const { addEventListener, removeEventListener } = EventTarget.prototype
    EventTarget.prototype.addEventListener = function (type, listener, options) {
      addEventListener.call(this, type, listener, options)
      // Listeners on elements that go away with the terminal go with them.
      if (!listener || this instanceof Element || this instanceof AbortSignal || isFake(this)) return
      const key = keyOf(type, listener, options)
      ledger.#add(this, key, `${type} on ${this.constructor.name}`)
      const signal = typeof options === 'object' ? options.signal : undefined
      if (signal) addEventListener.call(signal, 'abort', () => ledger.#remove(this, key))
    }
    EventTarget.prototype.removeEventListener = function (type, listener, options) {
      removeEventListener.call(this, type, listener, options)
      if (listener) ledger.#remove(this, keyOf(type, listener, options))
    }
    this.#undo.push(() => Object.assign(EventTarget.prototype, { addEventListener, removeEventListener }))
    this.#watchMediaListeners()
  }

  /** xterm uses the old names. */
  #watchMediaListeners(): void {
    const ledger = this
    const { addListener, removeListener } = MediaQueryList.prototype
    MediaQueryList.prototype.addListener = function (listener) {
      addListener.call(this, listener)
      ledger.#add(this, 'media', `${this.media} on MediaQueryList`)
    }
    MediaQueryList.prototype.removeListener = function (listener) {
      removeListener.call(this, listener)
      ledger.#remove(this, 'media')
    }
    this.#undo.push(() => Object.assign(MediaQueryList.prototype, { addListener, removeListener }))
  }

  #watchObserver(name: 'ResizeObserver' | 'IntersectionObserver' | 'MutationObserver'): void {
    const ledger = this
    const { prototype } = window[name]
    const { observe, disconnect } = prototype
    Object.assign(prototype, {
      observe(this: object, ...args: unknown[]) {
        Reflect.apply(observe, this, args)
        ledger.#add(this, 'observe', name)
      },
      disconnect(this: object) {
        Reflect.apply(disconnect, this, [])
        ledger.#remove(this, 'observe')
      },
    })
    this.#undo.push(() => Object.assign(prototype, { observe, disconnect }))
  }

  #watchIntervals(): void {
    const { setInterval, clearInterval } = window
    Object.assign(window, {
      setInterval: (callback: () => void, ms?: number) => {
        const id = setInterval(callback, ms)
        this.#add(window, `interval ${id}`, `interval of ${ms} ms`)
        return id
      },
      clearInterval: (id: number) => {
        clearInterval(id)
        this.#remove(window, `interval ${id}`)
      },
    })
    this.#undo.push(() => Object.assign(window, { setInterval, clearInterval }))
  }
}

function isFake(target: EventTarget): boolean {
  return target.constructor.name.includes('FakeSocket')
}
