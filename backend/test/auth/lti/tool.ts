/** The whole backend as a tool, listening, with stores in memory; and a browser that keeps cookies and sends forms. */
import { randomBytes } from 'node:crypto'
import { pino } from 'pino'
import { buildApp } from '../../../src/app.js'
import { ToolKeys } from '../../../src/auth/lti/keys.js'
import { Registrations } from '../../../src/auth/lti/registrations.js'
import { Scores } from '../../../src/auth/lti/scores.js'
import { ServiceTokens } from '../../../src/auth/lti/service-tokens.js'
import { LtiTool } from '../../../src/auth/lti/tool.js'
import type { Config, LabConfig, Trust } from '../../../src/config/config.js'
import { appDeps, CONFIG } from '../../fakes/app-deps.js'
import { MemoryLtiStore } from '../../fakes/lti-store.js'

const MIN = 60_000

export function lab(name: string, courses?: readonly string[]): LabConfig {
  const shell = { name: 'shell', title: 'Shell', protocol: 'ssh', display: 'xterm', readOnly: false } as const
  return {
    name,
    title: `The lab ${name}`,
    clouds: [{ name: 'fake' }],
    terminals: [{ ...shell, host: { output: 'host' }, port: { literal: '22' } }],
    policy: { idleWarn: 10 * MIN, idleSuspend: 12 * MIN, leaveGrace: MIN, deleteAfter: 0, launchTimeout: 15 * MIN },
    ...(courses && { courses }),
  }
}

export interface ToolOptions {
  readonly port: number
  readonly trust: readonly Trust[]
  readonly labs: readonly LabConfig[]
}

export async function startTool({ port, trust, labs: list }: ToolOptions) {
  const publicUrl = `http://127.0.0.1:${port}`
  const config: Config = {
    ...CONFIG,
    listen: { host: '127.0.0.1', port },
    publicUrl,
    origins: ['https://lms.example.org'],
    trust,
    labs: new Map(list.map((one) => [one.name, one])),
  }
  const clock = { ahead: 0 }
  const now = (): Date => new Date(Date.now() + clock.ahead)
  const log = pino({ level: 'silent' })
  const store = new MemoryLtiStore(now)
  const registrations = new Registrations(trust, store)
  const keys = new ToolKeys({ store, now })
  const lti = new LtiTool({ config, registrations, keys, store, fetch, now, random: randomBytes })
  const pauses: number[] = []
  const scores = new Scores({
    ...{ store, registrations, fetch, now, log },
    tokens: new ServiceTokens({ keys, fetch, now }),
    sleep: async (ms) => void pauses.push(ms),
  })
  const app = await buildApp(appDeps(config, { lti, now }))
  await app.listen({ host: '127.0.0.1', port })
  return { app, publicUrl, store, keys, scores, pauses, clock, close: () => app.close() }
}

/** What a browser does of it: cookies of the tool, redirects one by one, forms as they stand in the answer. */
export class Visitor {
  /** Of the tool; the platform knows its people without. */
  readonly cookies = new Map<string, string>()
  language = 'en'

  async go(url: string, form?: Record<string, string>, headers: Record<string, string> = {}): Promise<Response> {
    const response = await fetch(url, {
      method: form === undefined ? 'GET' : 'POST',
      redirect: 'manual',
      headers: {
        'accept-language': this.language,
        ...(this.cookies.size > 0 && { cookie: [...this.cookies].map((pair) => pair.join('=')).join('; ') }),
        ...headers,
      },
      ...(form !== undefined && { body: new URLSearchParams(form) }),
    })
    for (const line of response.headers.getSetCookie()) {
      const [name, value] = (line.split(';')[0] ?? '').split('=')
      if (value === undefined || !name?.startsWith('__Host-lti-')) continue
      if (/max-age=0|1970/i.test(line)) this.cookies.delete(name)
      else this.cookies.set(name, value)
    }
    return response
  }
}

export interface Form {
  readonly action: string
  readonly fields: Record<string, string>
}

/** The first form of a page. */
export function formIn(html: string): Form {
  const action = unescaped(/<form[^>]* action="([^"]*)"/.exec(html)?.[1])
  const fields: Record<string, string> = {}
  for (const [input] of html.matchAll(/<input[^>]*>/g)) {
    const name = /name="([^"]*)"/.exec(input)?.[1]
    const typed = /type="(?:radio|checkbox)"/.test(input)
    if (name !== undefined && !typed) fields[name] = unescaped(/value="([^"]*)"/.exec(input)?.[1])
  }
  return { action, fields }
}

export function attributeIn(html: string, name: string): string {
  return unescaped(new RegExp(` ${name}="([^"]*)"`).exec(html)?.[1])
}

function unescaped(text = ''): string {
  return text
    .replace(/&#(\d+);/g, (_all, code: string) => String.fromCharCode(Number(code)))
    .replace(/&(quot|lt|gt|amp);/g, (_all, name: string) => ({ quot: '"', lt: '<', gt: '>', amp: '&' })[name] ?? '')
}
