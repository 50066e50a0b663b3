import type { Meta, StoryObj } from '@storybook/web-components-vite'
import { html } from 'lit'
import { ifDefined } from 'lit/directives/if-defined.js'
import { LabCommand } from '../src/element/lab-command.js'
import { STATUS_SCENES } from './fakes/scenes.js'
import type { Script } from './fakes/scripted-session.js'
import { defineStoryLab } from './fakes/story-lab.js'

defineStoryLab()
if (!customElements.get('lab-command')) customElements.define('lab-command', LabCommand)

interface Controls {
  script: () => Script
  run?: boolean
  theme?: string
  lang?: string
  width?: string
  text: string
}

type Story = StoryObj<Controls>

const meta: Meta<Controls> = {
  title: 'lab-command',
  component: 'lab-command',
  argTypes: { script: { table: { disable: true } } },
  args: { script: STATUS_SCENES.connected, text: 'ceph status', run: true },
  render: ({ script, run, theme, lang, width, text }) => html`
    <div style=${ifDefined(width && `max-width: ${width}`)} lang=${ifDefined(lang)}>
      <lab-terminal lab="ceph-101" height="200px" .script=${script()}></lab-terminal>
      <p>See how your cluster is:</p>
      <lab-command ?run=${run} theme=${ifDefined(theme)}>${text}</lab-command>
    </div>
  `,
}

export default meta

/** Runs in the terminal when its button is pressed. */
export const Run: Story = {}
/** Is put into the terminal; the learner presses Enter. */
export const Insert: Story = { args: { run: false, text: 'rm -r /srv/old' } }
export const SeveralLines: Story = {
  args: { text: '\n  for osd in 0 1 2\n  do\n    ceph osd out $osd\n  done\n' },
}
/** The lab sleeps: the button asks before it wakes it. */
export const LabAsleep: Story = { args: { script: STATUS_SCENES.paused } }
export const Light: Story = { args: { theme: 'light' } }
export const Dark: Story = { args: { theme: 'dark' } }
export const Phone: Story = {
  args: { width: '320px', text: 'ceph osd pool create work 32 32 replicated --autoscale-mode=off' },
}
export const German: Story = { args: { lang: 'de' } }
