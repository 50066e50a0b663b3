import { createApp } from 'vue'
import Unit from './unit.vue'

createApp(Unit).mount('#app')
