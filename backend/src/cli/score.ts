import { setTimeout as sleep } from 'node:timers/promises'
import { ToolKeys } from '../auth/lti/keys.js'
import { Registrations } from '../auth/lti/registrations.js'
import { type Score, Scores } from '../auth/lti/scores.js'
import { ServiceTokens } from '../auth/lti/service-tokens.js'
import type { Config } from '../config/config.js'
import type { Lab } from '../labs/lab.js'
import type { Store } from '../store/store.js'
import { print, printJson, quietLog, UsageError, type Words } from './command.js'

/** `labs score ID… --given N --maximum N`: into the gradebook of the course by which the learner opened the lab (LTI). */
export async function score(store: Store, words: Words, config: Config, labs: readonly Lab[]): Promise<number> {
  const given = scoreOf(words)
  const scores = openScores(config, store)
  const post = async ({ id, name, issuer, subject }: Lab) => {
    const posted = scores.post({ issuer, subject, lab: name }, given)
    const failed = (error: unknown) => `failed: ${error instanceof Error ? error.message : String(error)}`
    return { id, lab: name, learner: subject, result: await posted.catch(failed) }
  }
  const results: Awaited<ReturnType<typeof post>>[] = []
  // One after the other: an LMS limits how often it is called.
  for (const lab of labs) results.push(await post(lab))
  if (words.values.json) printJson(results)
  else for (const { id, lab, learner, result } of results) print(`${id.slice(0, 8)}  ${lab}  ${learner}  ${result}\n`)
  return results.every(({ result }) => result === 'posted') ? 0 : 1
}

function scoreOf({ values }: Words): Score {
  const [given, maximum] = [Number(values.given), Number(values.maximum)]
  const fits =
    values.given !== undefined && values.maximum !== undefined && given >= 0 && maximum > 0 && given <= maximum
  if (!fits || !Number.isFinite(maximum)) {
    throw new UsageError('labs score needs --given N and --maximum N, from 0 to the maximum')
  }
  return { given, maximum, ...(values.comment !== undefined && { comment: values.comment }) }
}

function openScores(config: Config, { lti: store }: Store): Scores {
  const now = (): Date => new Date()
  const keys = new ToolKeys({ store, now })
  return new Scores({
    ...{ store, fetch, now, log: quietLog(), sleep: (ms: number) => sleep(ms) },
    registrations: new Registrations(config.trust, store),
    tokens: new ServiceTokens({ keys, fetch, now }),
  })
}
