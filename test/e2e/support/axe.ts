import { readFile } from 'node:fs/promises'
import type { Frame } from 'playwright-core'
import { path } from './backend.js'

const AXE = await readFile(path('node_modules/axe-core/axe.min.js'), 'utf8')
const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

/** Faults by WCAG's rules in all of a page: the rule, and where it is broken first. */
export async function faultsIn(frame: Frame): Promise<[string, string | undefined][]> {
  // Not by the `define` of a page that has RequireJS.
  await frame.evaluate(`{ let define; ${AXE} }`)
  return frame.evaluate(async (runOnly) => {
    const { violations } = await Reflect.get(window, 'axe').run(document, { runOnly })
    return violations.map(({ id, nodes }: { id: string; nodes: { html: string }[] }) => [id, nodes[0]?.html])
  }, WCAG)
}
