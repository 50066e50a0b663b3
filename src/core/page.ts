/** Coming to the page, leaving it, and following its settings. */
import { type Context, type Moment, NO_LINK, NO_WISH, type Settings } from './context.js'
import { NOT_IDLE } from './idle.js'
import { wantedTerminal } from './link.js'
import { attention } from './person.js'
import { openWatch } from './watch.js'

/** An element moved within its document is back at once: what it knew still holds. Milliseconds. */
export const MOVE_MS = 5_000

export function begin(context: Context, moment: Moment): Context {
  if (context.active) return context
  const moved = context.lab !== undefined && context.leftAt !== undefined && moment.now - context.leftAt <= MOVE_MS
  const known = moved ? context : { ...forget(context), arrived: true }
  return openWatch({ ...known, active: true, leftAt: undefined }, 0)
}

export function leave(context: Context, moment: Moment): Context {
  if (!context.active) return context
  const idle = { ...context.idle, touching: undefined, dueAt: undefined }
  return { ...context, active: false, leftAt: moment.now, watch: { name: 'off' }, link: NO_LINK, wish: NO_WISH, idle }
}

export function configure(context: Context, settings: Settings, moment: Moment): Context {
  const before = context.settings
  const next = { ...context, settings }
  const other = settings.lab !== before.lab || settings.backend !== before.backend || settings.course !== before.course
  if (other) {
    const fresh = { ...forget(next), arrived: true }
    return context.active ? openWatch(fresh, 0) : fresh
  }
  const { lab } = context
  const relink = lab && wantedTerminal(settings, lab)?.name !== wantedTerminal(before, lab)?.name
  const linked = relink ? { ...next, link: NO_LINK } : next
  const launches = settings.launch === 'auto' && before.launch === 'click' && lab?.phase === 'absent'
  return launches && context.visible ? attention(linked, 'gained', moment) : linked
}

/** Another lab, or so much later that nothing known still holds. */
function forget(context: Context): Context {
  return { ...context, lab: undefined, link: NO_LINK, wish: NO_WISH, idle: NOT_IDLE, rest: false, heals: 0 }
}
