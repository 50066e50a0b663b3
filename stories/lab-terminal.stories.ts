import type { Meta, StoryObj } from '@storybook/web-components-vite'
import { html, nothing } from 'lit'
import { ifDefined } from 'lit/directives/if-defined.js'
import type { Status } from '../src/core/state.js'
import { MORE_SCENES, STATUS_SCENES } from './fakes/scenes.js'
import type { Script } from './fakes/scripted-session.js'
import { defineStoryLab } from './fakes/story-lab.js'

defineStoryLab()

interface Controls {
  /** Absent in the live story, which asks a backend. */
  script?: () => Script
  theme?: string
  height?: string
  lang?: string
  width?: string
  'hidden-lab'?: boolean
  lab?: string
  backend?: string
  'token-url'?: string
}

type Story = StoryObj<Controls>

const meta: Meta<Controls> = {
  title: 'lab-terminal',
  component: 'lab-terminal',
  argTypes: {
    script: { table: { disable: true } },
    width: { control: 'text', description: 'Width of the column of the course page (stories only)' },
    theme: {
      control: 'select',
      options: [
        'auto',
        'dark',
        'light',
        'high-contrast',
        'solarized-dark',
        'solarized-light',
        'gruvbox-dark',
        'gruvbox-light',
      ],
    },
  },
  render: (args) => html`
    <div style=${ifDefined(args.width && `max-width: ${args.width}`)}>
      <lab-terminal
        lab=${args.lab ?? 'ceph-101'}
        .script=${args.script?.()}
        theme=${ifDefined(args.theme)}
        height=${ifDefined(args.height)}
        lang=${ifDefined(args.lang)}
        backend=${ifDefined(args.backend)}
        token-url=${ifDefined(args['token-url'])}
        ?hidden-lab=${args['hidden-lab']}
      ></lab-terminal>
    </div>
  `,
}

export default meta

const scene = (script: () => Script, args: Partial<Controls> = {}): Story => ({ args: { script, ...args } })

/** One for each status; a new status without a story does not compile. */
const STATUS_STORIES = {
  loading: scene(STATUS_SCENES.loading),
  'signed-out': scene(STATUS_SCENES['signed-out']),
  absent: scene(STATUS_SCENES.absent),
  queued: scene(STATUS_SCENES.queued),
  preparing: scene(STATUS_SCENES.preparing),
  connecting: scene(STATUS_SCENES.connecting),
  connected: scene(STATUS_SCENES.connected),
  reconnecting: scene(STATUS_SCENES.reconnecting),
  paused: scene(STATUS_SCENES.paused),
  failed: scene(STATUS_SCENES.failed),
} satisfies Record<Status, Story>

export const Loading: Story = STATUS_STORIES.loading
export const SignedOut: Story = STATUS_STORIES['signed-out']
export const Absent: Story = STATUS_STORIES.absent
export const Queued: Story = STATUS_STORIES.queued
export const Preparing: Story = STATUS_STORIES.preparing
export const Connecting: Story = STATUS_STORIES.connecting
export const Connected: Story = STATUS_STORIES.connected
export const Reconnecting: Story = STATUS_STORIES.reconnecting
export const Paused: Story = STATUS_STORIES.paused
export const Failed: Story = STATUS_STORIES.failed

/** Non-blocking: any key or click in the page keeps the lab running. */
export const IdlePrompt: Story = scene(MORE_SCENES['idle prompt'])
/** Enter in the terminal begins a new shell, as the button does. */
export const ShellEnded: Story = scene(MORE_SCENES['shell ended'])
/** The server that held the shell died: the old output stays above, and the new prompt is free to be used. */
export const ShellLost: Story = scene(MORE_SCENES['shell lost'])
export const PhoneShellLost: Story = scene(MORE_SCENES['shell lost'], { width: '320px' })
/** Several lines that the shell would run at once. */
export const PasteQuestion: Story = {
  ...scene(STATUS_SCENES.connected),
  play: async ({ canvasElement }) => {
    const root = canvasElement.querySelector('lab-terminal')?.shadowRoot
    await until(() => root?.querySelector('.xterm-rows')?.textContent?.includes('uptime') === true)
    const clipboardData = new DataTransfer()
    clipboardData.setData('text/plain', 'cd /etc\nls -l\nsudo systemctl restart ceph.target\n')
    const pasted = { clipboardData, bubbles: true, composed: true, cancelable: true }
    root?.querySelector('textarea')?.dispatchEvent(new ClipboardEvent('paste', pasted))
  },
}
export const ViewOnly: Story = scene(MORE_SCENES['view only'])
export const Waking: Story = scene(MORE_SCENES.waking)
/** The learner came back in the middle of a suspend: it is finished, then chained. */
export const BackInMidPause: Story = scene(MORE_SCENES['back in mid-pause'])
export const LongerThanUsual: Story = scene(MORE_SCENES['longer than usual'])
export const CloudAway: Story = scene(MORE_SCENES['cloud away'])
export const ServerAway: Story = scene(MORE_SCENES['server away'])
export const SeveralTerminals: Story = scene(MORE_SCENES['several terminals'])
export const Forbidden: Story = scene(MORE_SCENES.forbidden)
/** `hidden-lab`: the lab runs, one line tells. */
export const HiddenLab: Story = scene(STATUS_SCENES.paused, { 'hidden-lab': true })

export const Light: Story = scene(STATUS_SCENES.connected, { theme: 'light' })
export const Dark: Story = scene(STATUS_SCENES.connected, { theme: 'dark' })
export const SolarizedLight: Story = scene(STATUS_SCENES.connected, { theme: 'solarized-light' })
export const HighContrast: Story = scene(STATUS_SCENES.connected, { theme: 'high-contrast' })
export const Phone: Story = scene(MORE_SCENES['several terminals'], { width: '320px' })
export const PhonePrompt: Story = scene(MORE_SCENES['idle prompt'], { width: '320px' })
export const Wide: Story = scene(STATUS_SCENES.connected, { width: '1280px', height: '600px' })
export const German: Story = scene(STATUS_SCENES.paused, { lang: 'de' })
export const GermanPrompt: Story = scene(MORE_SCENES['idle prompt'], { lang: 'de', width: '320px' })
/** Nothing breaks the frame, however long a title is. */
export const LongWords: Story = scene(MORE_SCENES['long words'], { width: '320px' })

/** Files are dropped on the terminal: one is on its way, one waits for its turn, one is too large. */
export const Files: Story = {
  ...scene(MORE_SCENES.files),
  play: async ({ canvasElement }) => {
    const root = canvasElement.querySelector('lab-terminal')?.shadowRoot
    const dataTransfer = new DataTransfer()
    const sizes = { 'results.csv': 4_000, 'notes.md': 10, 'image.qcow2': 2_000_000 }
    for (const [name, size] of Object.entries(sizes)) dataTransfer.items.add(new File(['x'.repeat(size)], name))
    // Taken once the terminal is connected. In another language the play runs anew, on the list that is there.
    const isTaken = (): boolean =>
      root
        ?.querySelector('.dock')
        ?.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true })) === false
    for (let turn = 0; turn < 200 && !root?.querySelector('.transfers') && !isTaken(); turn++) {
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  },
}
/** RDP, VNC, and what else guacd draws; here the beginning of a recorded session. */
export const Desktop: Story = scene(MORE_SCENES.desktop)
export const DesktopWide: Story = scene(MORE_SCENES.desktop, { width: '1280px', height: '780px' })
/** Each keeps its screen; switching takes no reload. */
export const DesktopAndTerminals: Story = scene(MORE_SCENES['desktop and terminals'])
export const DesktopPaused: Story = scene(MORE_SCENES['paused desktop'])
export const DesktopLost: Story = scene(MORE_SCENES['lost desktop'])
export const DesktopAway: Story = scene(MORE_SCENES['desktop away'])
export const PhoneDesktopAway: Story = scene(MORE_SCENES['desktop away'], { width: '320px' })
/** Ctrl, Escape, arrows and a field for those who have a touch screen; shown there by itself. */
export const DesktopTouchKeys: Story = {
  ...scene(MORE_SCENES.desktop, { width: '320px' }),
  play: async ({ canvasElement }) => {
    const root = canvasElement.querySelector('lab-terminal')?.shadowRoot
    const buttons = () => [...(root?.querySelectorAll('button') ?? [])]
    await until(() => root?.querySelector('.screen') != null)
    root?.querySelector<HTMLElement>('#menu-button')?.click()
    await until(() => root?.querySelector('#menu') != null)
    buttons()
      .find(
        ({ textContent }) => /touch ?screens?/i.test(textContent ?? '') && root?.querySelector('.touch-keys') === null,
      )
      ?.click()
    await until(() => root?.querySelector('.touch-keys') != null)
    root?.querySelector<HTMLElement>('#menu-button')?.click()
  },
}

/** Every key, for fingers, mouse and keyboard; fetched when it is first opened. */
const onScreenKeyboard: Story['play'] = async ({ canvasElement }) => {
  const root = canvasElement.querySelector('lab-terminal')?.shadowRoot
  const toggle = () =>
    [...(root?.querySelectorAll('#menu button') ?? [])].find(({ textContent }) =>
      /^(on-screen keyboard|bildschirmtastatur)$/i.test(textContent?.trim() ?? ''),
    )
  await until(() => root?.querySelector('.screen canvas') != null)
  // In another language the play runs anew, on the keyboard that is there.
  if (root?.querySelector('.guac-keyboard')) return
  root?.querySelector<HTMLElement>('#menu-button')?.click()
  await until(() => toggle() !== undefined)
  toggle()?.dispatchEvent(new MouseEvent('click', { bubbles: true }))
  await until(() => root?.querySelector('.guac-keyboard') != null)
}
export const DesktopKeyboard: Story = {
  ...scene(MORE_SCENES.desktop, { width: '1280px', height: '780px' }),
  play: onScreenKeyboard,
}
export const PhoneDesktopKeyboard: Story = { ...scene(MORE_SCENES.desktop, { width: '320px' }), play: onScreenKeyboard }

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20))
}

export const RightToLeft: Story = {
  ...scene(MORE_SCENES['several terminals']),
  render: (args) => html`
    <div dir="rtl"><lab-terminal lab="ceph-101" .script=${args.script?.()}></lab-terminal></div>
  `,
}

/** Each its own lab, session and language. */
export const TwoOnAPage: Story = {
  render: () => html`
    <lab-terminal lab="one" label="The first lab" height="300px" .script=${STATUS_SCENES.connected()}></lab-terminal>
    <p>Instructions between the two.</p>
    <lab-terminal lab="two" label="Das zweite Lab" lang="de" height="300px" .script=${STATUS_SCENES.paused()}></lab-terminal>
  `,
}

/** The real thing against a backend of yours: `npm start`, then give its address and one that answers tokens. */
export const Live: Story = {
  tags: ['live'],
  args: { lab: 'shell', backend: 'http://127.0.0.1:8080', 'token-url': '' },
  render: (args) =>
    args['token-url']
      ? html`
          <lab-terminal
            lab=${args.lab ?? ''}
            backend=${args.backend ?? nothing}
            token-url=${args['token-url']}
          ></lab-terminal>
        `
      : html`<p>Set <code>backend</code>, <code>lab</code> and <code>token-url</code> in the controls.</p>`,
}
