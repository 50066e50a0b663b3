import type { Server } from 'node:http'
import { freePort } from '../../../backend/test/support/free-port.js'
import { startLms } from '../../../examples/lms/server.js'
import { TestBackend } from './backend.js'

export interface Hosts {
  readonly backend: TestBackend
  /** Address of the backend as pages know it: a site of its own, or one below the LMS. */
  readonly labs: string
  readonly lms: string
  /** The learning app of Open edX: another origin of the same site. */
  readonly learning: string
  close(): Promise<void>
}

/** The small LMS of the examples and a backend that trusts it, on names under `localhost` as on the sites of a school. */
export async function startHosts(options: {
  /** Folder of built examples. */
  built?: string
  bin?: string
  pages?: (labs: string) => Record<string, { page: string; content?: string }>
}): Promise<Hosts> {
  const port = await freePort()
  const lms = `http://lms.localhost:${port}`
  let labs = ''
  const backend = await TestBackend.start({
    publicUrl: (own) => {
      labs = `http://labs.lms.localhost:${own}`
      return labs
    },
    origins: [lms],
    ...(options.bin && { bin: options.bin }),
    more: `trust: [{ type: jwt, issuer: "${lms}", jwksUrl: "http://127.0.0.1:${port}/jwks" }]`,
  })
  const { built, pages } = options
  const server: Server = await startLms({ port, labs, ...(built && { built }), ...(pages && { pages: pages(labs) }) })
  return {
    ...{ backend, labs, lms },
    learning: `http://apps.lms.localhost:${port}`,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await backend.stop()
    },
  }
}
