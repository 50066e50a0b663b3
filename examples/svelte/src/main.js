import { mount } from 'svelte'
import Unit from './unit.svelte'

mount(Unit, { target: document.querySelector('#app') })
