import { compile } from 'svelte/compiler'

/** What @sveltejs/vite-plugin-svelte does, and no more than this example needs. */
const svelte = {
  name: 'svelte',
  transform(code, id) {
    if (id.endsWith('.svelte')) return compile(code, { filename: id }).js
  },
}

export default { plugins: [svelte], resolve: { conditions: ['svelte', 'browser', 'module', 'import', 'default'] } }
