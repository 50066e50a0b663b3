import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { pino } from 'pino'
import { LabError } from '../../src/wire/problems.js'
import { createIssuer } from './auth/issuer.js'
import { allowedOrigins } from './auth/origins.js'
import type { Config } from './config/config.js'
import { describeConfig } from './config/describe.js'
import { loadConfig } from './config/load.js'
import { serve } from './serve.js'

const USAGE = `Usage: lab-backend <command> [options]

  serve                 serve labs (Ctrl+C ends it in good order)
  check-config          read the configuration, say what is wrong or what it means
  token                 make a signed token, to try things

Options
  -c, --config FILE     the configuration (default: lab-terminal.yaml)
      --json            for scripts
      --key FILE        token: the issuer's private key (made when it is not there)
      --issuer URL      token: who signs
      --audience URL    token: for whom (default: publicUrl of the configuration)
      --sub ID          token: which learner
      --context ID      token: which course
  -h, --help

Exit status: 0 done, 1 failed, 2 not understood.
`

/** Milliseconds within which signals are one wish. */
const SAME_SIGNAL_MS = 1_000

/** A mistake of the person who typed the command. */
class UsageError extends Error {}

const { positionals, values } = readArguments()

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        config: { type: 'string', short: 'c', default: 'lab-terminal.yaml' },
        json: { type: 'boolean', default: false },
        key: { type: 'string' },
        issuer: { type: 'string' },
        audience: { type: 'string' },
        sub: { type: 'string' },
        context: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n\n${USAGE}`)
    process.exit(2)
  }
}

async function run(command: string | undefined): Promise<void> {
  if (values.help) return print(USAGE)
  switch (command) {
    case 'serve':
      return runServe(await loadConfig(resolve(values.config), process.env))
    case 'check-config':
      return runCheck(await loadConfig(resolve(values.config), process.env))
    case 'token':
      return runToken()
    default:
      throw new UsageError(command === undefined ? 'a command is needed' : `there is no command "${command}"`)
  }
}

async function runServe(config: Config): Promise<void> {
  // A person at a terminal wants the address and the trouble; everything else is for machines.
  const level = process.env.LOG_LEVEL ?? (process.stdout.isTTY ? 'warn' : 'info')
  const log = pino({ level, redact: ['req.headers', 'headers.authorization'] })
  const served = await serve(config, { log, env: process.env })
  print(`\n  lab-terminal is ready: ${served.url}/\n\n`)
  let stopping: number | undefined
  const stop = (): void => {
    // A second Ctrl+C means it; one that comes at once is the first, passed on by npm as well.
    if (stopping !== undefined && performance.now() - stopping > SAME_SIGNAL_MS) process.exit(1)
    if (stopping !== undefined) return
    stopping = performance.now()
    served.close().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'not stopped in good order')
        process.exit(1)
      },
    )
  }
  void served.databaseEnded.then(() => {
    if (stopping !== undefined) return
    log.fatal('the database has ended; nothing can be served without it')
    process.exit(1)
  })
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
}

function runCheck(config: Config): void {
  print(
    values.json
      ? `${JSON.stringify({ ok: true, file: config.file })}\n`
      : describeConfig(config, allowedOrigins(config)),
  )
}

async function runToken(): Promise<void> {
  const { key, issuer, sub, context } = values
  if (key === undefined || issuer === undefined || sub === undefined) {
    throw new UsageError('token needs --key, --issuer and --sub')
  }
  const audience = values.audience ?? (await loadConfig(resolve(values.config), process.env)).publicUrl
  const made = await createIssuer({ issuer, audience, keyFile: resolve(key) })
  const token = await made.mint({ sub, ...(context === undefined ? {} : { context }) })
  print(values.json ? `${JSON.stringify({ token, jwks: made.jwks })}\n` : `${token}\n`)
}

function print(text: string): void {
  process.stdout.write(text)
}

run(positionals[0]).catch((error: unknown) => {
  if (error instanceof UsageError) {
    process.stderr.write(`${error.message}\n\n${USAGE}`)
    process.exit(2)
  }
  const expected = error instanceof LabError || (error instanceof Error && 'mistakes' in error)
  process.stderr.write(`${error instanceof Error ? (expected ? error.message : error.stack) : error}\n`)
  process.exit(1)
})
