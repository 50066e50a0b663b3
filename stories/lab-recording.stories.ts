import type { Meta, StoryObj } from '@storybook/web-components-vite'
import { html } from 'lit'
import { ifDefined } from 'lit/directives/if-defined.js'
import { until } from 'lit/directives/until.js'
import '../src/recording.js'

const RECORDING = new URL('./fakes/desktop.guac', import.meta.url)

interface Controls {
  source: () => Promise<Blob>
  theme?: string
  lang?: string
  width?: string
  label?: string
}

type Story = StoryObj<Controls>

const meta: Meta<Controls> = {
  title: 'lab-recording',
  component: 'lab-recording',
  argTypes: { source: { table: { disable: true } } },
  args: { source: async () => (await fetch(RECORDING)).blob() },
  render: ({ source, theme, lang, width, label }) => html`
    <div style=${ifDefined(width && `max-width: ${width}`)} lang=${ifDefined(lang)}>
      <lab-recording
        .source=${until(source(), undefined)}
        theme=${ifDefined(theme)}
        label=${ifDefined(label)}
      ></lab-recording>
    </div>
  `,
}

export default meta

/** The first seconds of a desktop. */
export const Desktop: Story = {}
export const Light: Story = { args: { theme: 'light' } }
export const Dark: Story = { args: { theme: 'dark' } }
export const Phone: Story = { args: { width: '320px' } }
export const German: Story = { args: { lang: 'de' } }
/** A file that is no recording. */
export const Broken: Story = { args: { source: async () => new Blob(['no recording']) } }
