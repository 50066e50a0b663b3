import type { Config } from '../config/config.js'
import type { Lab, LabChange } from '../labs/lab.js'
import * as wishes from '../labs/wishes.js'
import type { Store } from '../store/store.js'
import { type Command, configOf, print, printJson, UsageError, type Words, withStore } from './command.js'
import { score } from './score.js'
import { ago, span, table } from './table.js'

/** Milliseconds that a command waits for the service to do what was asked. */
const PATIENCE_MS = 20 * 60_000

const WISHES = ['suspend', 'resume', 'delete'] as const
type Wish = (typeof WISHES)[number]

/** `labs list`, `labs show ID`, `labs score ID… --given N --maximum N`, `labs suspend|resume|delete ID…`. */
export const labs: Command = async (words) => {
  const [verb, ...ids] = words.rest
  const wish = WISHES.find((one) => one === verb)
  if (verb !== 'list' && verb !== 'show' && verb !== 'score' && wish === undefined) {
    throw new UsageError(
      `labs needs list, show, score, suspend, resume or delete${verb === undefined ? '' : `, not ${verb}`}`,
    )
  }
  if (verb !== 'list' && ids.length === 0) throw new UsageError(`labs ${verb} needs the id of a lab (see labs list)`)
  if (wish === 'delete' && !words.values.yes) {
    throw new UsageError("labs delete removes the lab and the learner's work for good; say --yes to do it")
  }
  const config = await configOf(words)
  return await withStore(config, async (store) => {
    if (verb === 'list') return await list(store, words)
    const all = await store.labs.list()
    const chosen = ids.map((id) => find(all, id))
    if (verb === 'score') return await score(store, words, config, chosen)
    if (wish === undefined) return await show(store, words, chosen)
    return await change(store, words, config, chosen, wish)
  })
}

/** By id, or by its beginning where that is only one lab's. */
function find(all: readonly Lab[], id: string): Lab {
  const found = all.filter((lab) => lab.id.startsWith(id))
  const [lab] = found
  if (lab === undefined) throw new UsageError(`there is no lab with the id ${id}`)
  if (found.length > 1) throw new UsageError(`${found.length} labs have an id that begins with ${id}`)
  return lab
}

async function list(store: Store, { values }: Words): Promise<number> {
  const { lab: name, phase, learner, json } = values
  const rows = (await store.labs.list()).filter(
    (lab) =>
      (name ?? lab.name) === lab.name &&
      (learner ?? lab.subject) === lab.subject &&
      (phase === undefined ? lab.phase !== 'absent' : lab.phase === phase),
  )
  if (json) printJson(rows)
  else if (rows.length === 0) print('no labs\n')
  else {
    const now = new Date()
    const head = ['ID', 'LAB', 'LEARNER', 'PHASE', 'FOR', 'CLOUD', 'NEXT', 'PROBLEM']
    print(
      table(
        head,
        rows.map((lab) => row(lab, now)),
      ),
    )
  }
  return 0
}

function row(lab: Lab, now: Date): string[] {
  const next =
    lab.phase === 'running' && lab.suspendAt
      ? `suspends in ${span(lab.suspendAt.getTime() - now.getTime())}`
      : lab.phase === 'suspended' && lab.deleteAt
        ? `deleted in ${span(lab.deleteAt.getTime() - now.getTime())}`
        : ''
  const problem =
    lab.problem === null ? '' : `${lab.problem}${lab.reason === null ? '' : `: ${lab.reason.slice(0, 60)}`}`
  return [lab.id.slice(0, 8), lab.name, lab.subject, lab.phase, ago(lab.since, now), lab.cloud ?? '', next, problem]
}

async function show(store: Store, { values }: Words, chosen: readonly Lab[]): Promise<number> {
  const shown = await Promise.all(chosen.map(async (lab) => ({ ...lab, history: await store.labs.history(lab.id) })))
  if (values.json) printJson(shown)
  else for (const { history, ...lab } of shown) print(`${describe(lab)}\n${past(history)}\n`)
  return 0
}

function describe(lab: Lab): string {
  const rows = Object.entries(lab)
    .filter(([, value]) => value !== null)
    .map(([key, value]) => [
      key,
      value instanceof Date ? value.toISOString() : typeof value === 'object' ? JSON.stringify(value) : String(value),
    ])
  return rows.map(([key, value]) => `${(key ?? '').padEnd(10)}  ${value?.replace(/\p{Cc}+/gu, ' ')}\n`).join('')
}

function past(history: Awaited<ReturnType<Store['labs']['history']>>): string {
  const rows = history.map(({ at, from, to, cause, cloud }) => [at.toISOString(), from, to, cause ?? '', cloud ?? ''])
  return rows.length === 0 ? '' : table(['AT', 'FROM', 'TO', 'CAUSE', 'CLOUD'], rows)
}

async function change(
  store: Store,
  { values }: Words,
  config: Config,
  chosen: readonly Lab[],
  wish: Wish,
): Promise<number> {
  const served = (await store.others()) > 0
  for (const { id } of chosen) await store.labs.update(id, (lab) => changeOf(lab, wish, config))
  const wait = served && !values['no-wait']
  const after = await Promise.all(chosen.map(({ id }) => (wait ? settled(store, id) : store.labs.get(id))))
  const done = after.map((lab) => lab !== undefined && (lab.phase === lab.desired || lab.phase === 'absent'))
  if (values.json) printJson(after)
  else {
    for (const lab of after)
      if (lab) print(`${lab.id.slice(0, 8)}  ${lab.name}  ${lab.phase}${lab.reason ? `: ${lab.reason}` : ''}\n`)
    if (!served) print('No backend is running: it will be done when one starts.\n')
  }
  return wait && done.includes(false) ? 1 : 0
}

function changeOf(lab: Lab, wish: Wish, config: Config): LabChange | undefined {
  const now = new Date()
  if (wish === 'suspend') return wishes.suspend(lab, now, 'operator')
  if (wish === 'delete') return wishes.remove(lab, now, 'operator')
  const policy = config.labs.get(lab.name)?.policy
  if (policy === undefined) throw new UsageError(`lab ${lab.name} is not in the configuration any more`)
  return { ...wishes.start(lab, now, policy), cause: 'operator' }
}

/** The lab when it is where it was sent, or failed to get there. */
function settled(store: Store, id: string): Promise<Lab | undefined> {
  return new Promise((resolve, reject) => {
    let stop: () => void = () => undefined
    const end = (lab: Lab | undefined): void => {
      clearTimeout(timer)
      stop()
      resolve(lab)
    }
    const look = async (late = false): Promise<void> => {
      const lab = await store.labs.get(id)
      if (late || !lab || lab.phase === lab.desired || lab.phase === 'failed') end(lab)
    }
    const timer = setTimeout(() => void look(true).catch(reject), PATIENCE_MS)
    stop = store.labs.watch((changed) => {
      if (changed === id) look().catch(reject)
    })
    look().catch(reject)
  })
}
