/** The built program, as an operator runs it: beside a service that runs, and alone. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { pino } from 'pino'
import { joinStore } from '../../src/store/store.js'
import { freePort } from '../support/free-port.js'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const PROGRAM = join(ROOT, 'backend/bin/lab-backend.js')

interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

async function execute(args: readonly string[], program = process.execPath, env: NodeJS.ProcessEnv = {}): Promise<Ran> {
  const child = spawn(program, args, { cwd: ROOT, env: { ...process.env, PORT: '', ...env } })
  let [out, err] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  const [code] = await once(child, 'close')
  return { code: typeof code === 'number' ? code : null, out, err }
}

describe('lab-backend', () => {
  let folder: string
  let file: string
  let service: ChildProcess | undefined
  before(async () => {
    const tool = JSON.stringify(join(ROOT, 'test/tools/build.mjs'))
    const script = `import(${tool}).then(({ build }) => build({ missingOnly: true, only: 'backend' }))`
    const built = await execute(['-e', script])
    assert.equal(built.code, 0, built.err)
    folder = await mkdtemp(join(tmpdir(), 'lab-cli-'))
    // For a root's run: the database's own user must be able to enter.
    await chmod(folder, 0o755)
    file = join(folder, 'labs.yaml')
    await writeFile(
      file,
      `listen: 127.0.0.1:${await freePort()}
database: embedded:./database
demo: { course: ${JSON.stringify(join(ROOT, 'examples/course'))} }
clouds: { here: { type: local } }
labs:
  shell: { cost: { running: 1.5, suspended: 0.1, currency: EUR } }
`,
    )
  })
  after(async () => {
    if (service) {
      service.kill('SIGTERM')
      await once(service, 'exit')
    }
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  })

  const run = (...args: string[]) => execute([PROGRAM, ...args, '-c', file])
  const json = async (...args: string[]) => {
    const { code, out, err } = await run(...args, '--json')
    assert.ok(out !== '', `${code} ${err}`)
    return { code, value: JSON.parse(out) }
  }
  const startService = async () => {
    service = spawn(process.execPath, [PROGRAM, 'serve', '-c', file], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let said = ''
    await new Promise<void>((resolve, reject) => {
      service?.stdout?.setEncoding('utf8').on('data', (text: string) => {
        said += text
        if (said.includes('lab-terminal is ready')) resolve()
      })
      service?.once('exit', (code) => reject(new Error(`the service ended with ${code}: ${said}`)))
    })
    service.removeAllListeners('exit')
  }

  it('tells what it does, and what it did not understand', async () => {
    const help = await run('--help')
    assert.deepEqual([help.code, help.err], [0, ''])
    assert.match(help.out, /^Usage: lab-backend/)
    for (const [args, word] of [
      [[], /a command is needed/],
      [['fly'], /there is no command "fly"/],
      [['labs'], /labs needs list, show/],
      [['labs', 'show'], /needs the id of a lab/],
      [['labs', 'delete', 'x'], /say --yes/],
      [['labs', 'list', '--colour'], /--colour/],
      [['usage', '--days', '-3'], /--days/],
      [['usage', '--by', 'cloud'], /--by is lab or learner/],
      [['doctor', 'nothing'], /no lab is named nothing; there are shell/],
    ] as const) {
      const { code, out, err } = await run(...args)
      assert.deepEqual([code, out], [2, ''], args.join(' '))
      assert.match(err, word)
    }
  })

  it('runs Node with the flags of its launcher, by whatever name it is called', async () => {
    const called = join(folder, 'lab-backend')
    await symlink(PROGRAM, called)
    const flags =
      '--import=data:text/javascript,console.error(JSON.stringify([process.execArgv,process.argv.slice(2)]))'
    const { code, out, err } = await execute(['--help', 'a b'], called, { NODE_OPTIONS: flags })
    assert.deepEqual([code, JSON.parse(err)], [0, [['--max-semi-space-size=8'], ['--help', 'a b']]])
    assert.match(out, /^Usage: lab-backend/)
  })

  it('checks a configuration', async () => {
    assert.match((await run('check-config')).out, /lab +shell: shell/)
    assert.deepEqual((await json('check-config')).value, { ok: true, file, refusals: [], certificates: [] })
    const { code, err } = await execute([PROGRAM, 'check-config', '-c', join(folder, 'none.yaml')])
    assert.equal(code, 1)
    assert.match(err, /none\.yaml:1:1: there is no such file/)
  })

  it('knows no labs of a service that was never used', async () => {
    assert.deepEqual(await run('labs', 'list'), { code: 0, out: 'no labs\n', err: '' })
    assert.deepEqual((await json('labs', 'list')).value, [])
    assert.match((await run('usage')).out, /no lab was used/)
  })

  it('beside a running service: lists, shows, resumes, suspends, counts and deletes labs', async () => {
    await startService()
    const store = await joinStore(
      { type: 'embedded', folder: join(folder, 'database') },
      { log: pino({ level: 'silent' }) },
    )
    const { id } = await store.labs.ensure({ issuer: 'https://lms', subject: 'ada', name: 'shell' })
    await store.close()
    const resumed = await json('labs', 'resume', id.slice(0, 8))
    assert.deepEqual([resumed.code, resumed.value[0].phase], [0, 'running'])
    const listed = await run('labs', 'list')
    assert.match(
      listed.out,
      new RegExp(`^ID +LAB +LEARNER +PHASE.*\\n${id.slice(0, 8)} +shell +ada +running .* here +suspends in`),
    )
    assert.deepEqual((await json('labs', 'list', '--phase', 'suspended')).value, [])
    const suspended = await run('labs', 'suspend', id)
    assert.deepEqual([suspended.code, suspended.out], [0, `${id.slice(0, 8)}  shell  suspended\n`])
    const [shown] = (await json('labs', 'show', id)).value
    assert.deepEqual(
      shown.history.map(({ to, cause }: { to: string; cause: string | null }) => [to, cause]),
      [
        ['launching', 'operator'],
        ['running', null],
        ['suspending', 'operator'],
        ['suspended', null],
      ],
    )
    assert.match((await run('labs', 'show', id)).out, /phase +suspended[\s\S]*AT +FROM +TO +CAUSE/)
    const { value: used } = await json('usage', '--by', 'learner')
    assert.equal(used.lines[0].learner, 'ada')
    assert.ok(used.totals[0].cost > 0 && used.totals[0].alwaysOn > used.totals[0].cost)
    assert.match((await run('usage')).out, /shell +1 .*EUR[\s\S]*always on it would have been/)
    const deleted = await run('labs', 'delete', id, '--yes')
    assert.deepEqual([deleted.code, deleted.out], [0, `${id.slice(0, 8)}  shell  absent\n`])
    assert.match((await run('labs', 'show', 'nonsense')).err, /there is no lab with the id nonsense/)
  })

  it('doctor takes a copy of a lab through its life, beside the service', async () => {
    const { code, out, err } = await run('doctor', 'shell')
    assert.equal(code, 0, out + err)
    for (const step of ['create', 'answer', 'suspend', 'resume', 'the program runs on', 'delete']) {
      assert.match(out, new RegExp(`^ok +${step} +[0-9.]+ s$`, 'm'))
    }
    assert.match(out, /The lab is well/)
  })

  it('doctor says what is wrong', async () => {
    const broken = join(folder, 'broken.yaml')
    await writeFile(
      broken,
      `origins: [https://lms.example.org]
trust: [{ type: jwt, issuer: i, jwksUrl: https://lms.example.org/jwks }]
clouds: { here: { type: local } }
labs: { shell: { terminals: [{ name: a, host: { output: public_ip } }] } }
`,
    )
    const { code, out } = await execute([PROGRAM, 'doctor', 'shell', '-c', broken])
    assert.equal(code, 1)
    assert.match(out, /^FAIL +answer .*output public_ip of the stack is missing/m)
    assert.match(out, /^ok +delete/m)
  })
})
