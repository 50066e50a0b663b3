import { html, nothing, type TemplateResult } from 'lit/html.js'
import { msg } from '../words.js'
import { endedBar, idlePrompt, lostBar, lostCard, shellLostBar } from './connected.js'
import { absentView, pausedView, problemView } from './doors.js'
import type { View } from './view.js'
import { connectingView, loadingView, preparingView, queuedView } from './waiting.js'

/** What lies over the terminal in each state. */
export function stage(view: View): TemplateResult | typeof nothing {
  const { state } = view
  switch (state.name) {
    case 'loading':
      return loadingView()
    case 'signed-out':
      return problemView(view, state.problem)
    case 'failed':
      return problemView(view, state.problem, state.asked)
    case 'absent':
      return absentView(view, state.lab)
    case 'queued':
      return queuedView(state.lab)
    case 'preparing':
      return preparingView(view, state.lab)
    case 'connecting':
      return connectingView()
    case 'connected':
      return html`${state.shell === 'ended' ? endedBar(view) : view.tools.shellLost ? shellLostBar() : nothing}
      ${state.prompt ? idlePrompt(view, state.prompt) : nothing}`
    case 'reconnecting':
      return view.painted ? lostBar(view, state.problem, state.retryAt) : lostCard(view, state.problem, state.retryAt)
    case 'paused':
      return pausedView(view, state.lab, state.asked ?? false)
    default:
      throw new Error(state satisfies never)
  }
}

/** `hidden-lab`: one line instead of a terminal. */
export function lineAction({ state, commands }: View): TemplateResult | typeof nothing {
  switch (state.name) {
    case 'absent':
      return html`<button @click=${commands.launch}>${msg('Start the lab')}</button>`
    case 'paused':
      return html`<button @click=${commands.resume}>${msg('Wake the lab')}</button>`
    case 'connected':
      return state.prompt ? html`<button @click=${commands.extend}>${msg('Keep working')}</button>` : nothing
    case 'signed-out':
    case 'failed':
      if (state.problem.retry === 'never') return nothing
      return state.problem.code === 'auth/window-needed'
        ? html`<button @click=${commands.signIn}>${msg('Sign in')}</button>`
        : html`<button @click=${commands.retry}>${msg('Try again')}</button>`
    default:
      return nothing
  }
}
