import { type Preview, setCustomElementsManifest } from '@storybook/web-components-vite'
import manifest from '../custom-elements.json'

setCustomElementsManifest(manifest)

type Scheme = 'auto' | 'light' | 'dark'

const isScheme = (value: unknown): value is Scheme => value === 'auto' || value === 'light' || value === 'dark'

/** What a host page would set: its language and its colours. `auto` follows the system. */
function dress(language: unknown, scheme: Scheme): void {
  const page = document.documentElement
  page.lang = typeof language === 'string' ? language : 'en'
  page.style.colorScheme = scheme === 'auto' ? 'light dark' : scheme
  document.body.style.background = 'light-dark(#ffffff, #16181d)'
  document.body.style.color = 'light-dark(#1a1a1a, #e6e6e6)'
}

/** A story that leaves the theme to the page gets the one chosen in the toolbar, where one is. */
function dressLabs(scheme: Scheme): void {
  for (const lab of document.querySelectorAll('lab-terminal')) {
    if (!lab.hasAttribute('theme') || lab.dataset.dressed) {
      lab.dataset.dressed = 'yes'
      lab.setAttribute('theme', scheme)
    }
  }
}

const preview: Preview = {
  tags: ['autodocs'],
  initialGlobals: { locale: 'en', scheme: 'auto' satisfies Scheme },
  globalTypes: {
    locale: {
      description: 'Language of the page',
      toolbar: {
        icon: 'globe',
        dynamicTitle: true,
        items: [
          { value: 'en', title: 'English' },
          { value: 'de', title: 'Deutsch' },
        ],
      },
    },
    scheme: {
      description: 'Colours of the page',
      toolbar: {
        icon: 'contrast',
        dynamicTitle: true,
        items: [
          { value: 'auto', title: 'As the system', icon: 'browser' },
          { value: 'light', title: 'Light', icon: 'sun' },
          { value: 'dark', title: 'Dark', icon: 'moon' },
        ],
      },
    },
  },
  decorators: [
    (story, { globals }) => {
      const scheme = isScheme(globals.scheme) ? globals.scheme : 'auto'
      dress(globals.locale, scheme)
      // After the story is rendered; in `auto` nothing is touched, so that a story shows the element as it is.
      if (scheme !== 'auto') requestAnimationFrame(() => dressLabs(scheme))
      return story()
    },
  ],
  parameters: {
    a11y: { test: 'error' },
    backgrounds: { disable: true },
    controls: { expanded: true },
    viewport: {
      options: {
        phone: { name: 'Phone, 320 px', styles: { width: '320px', height: '640px' }, type: 'mobile' },
        desktop: { name: 'Desktop, 1280 px', styles: { width: '1280px', height: '800px' }, type: 'desktop' },
      },
    },
  },
}

export default preview
