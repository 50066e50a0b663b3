import { LabTerminal, type LabTerminalElement } from 'lab-terminal/react'
import { useRef, useState } from 'react'

const LABS = import.meta.env.VITE_LABS ?? 'http://127.0.0.1:8080'

/** Any way to a token will do; this is the one that asks the LMS as the rest of the app does. */
async function token(): Promise<string> {
  const response = await fetch('/lab-token', { method: 'POST' })
  return (await response.json()).token
}

export function Unit() {
  const lab = useRef<LabTerminalElement>(null)
  const [status, setStatus] = useState('loading')
  return (
    <main>
      <h1>React</h1>
      <p>
        <button type="button" id="before" onClick={() => lab.current?.send('ls\r')}>
          Run ls
        </button>{' '}
        The lab is <output>{status}</output>.
      </p>
      <LabTerminal
        ref={lab}
        lab="first-steps"
        backend={LABS}
        tokenProvider={token}
        onLabStatus={(event) => setStatus(event.status)}
      >
        Loading the lab…
      </LabTerminal>
      <p>
        <a id="after" href="/">
          On with the course
        </a>
      </p>
    </main>
  )
}
