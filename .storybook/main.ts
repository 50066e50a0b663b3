import type { StorybookConfig } from '@storybook/web-components-vite'

/** Previews of the element, offline: no telemetry, no look for newer versions. */
const config: StorybookConfig = {
  stories: ['../stories/**/*.mdx', '../stories/**/*.stories.ts'],
  framework: { name: '@storybook/web-components-vite', options: {} },
  addons: ['@storybook/addon-docs', '@storybook/addon-a11y'],
  core: { disableTelemetry: true, disableWhatsNewNotifications: true, disableProjectJson: true },
  viteFinal: (vite) => ({
    ...vite,
    logLevel: 'warn',
    build: { ...vite.build, target: 'es2022', chunkSizeWarningLimit: 4096 },
  }),
}

export default config
