import { compileScript, parse } from 'vue/compiler-sfc'

/** What @vitejs/plugin-vue does with `isCustomElement` set, and no more than this example needs. */
const vue = {
  name: 'vue',
  transform(code, id) {
    if (!id.endsWith('.vue')) return
    const { descriptor } = parse(code, { filename: id })
    const compilerOptions = { isCustomElement: (tag) => tag === 'lab-terminal' }
    return compileScript(descriptor, { id, inlineTemplate: true, templateOptions: { compilerOptions } }).content
  },
}

export default { plugins: [vue] }
