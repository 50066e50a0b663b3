import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { Unit } from './unit.js'

const root = document.querySelector('#app')
if (root) {
  createRoot(root).render(
    <StrictMode>
      <Unit />
    </StrictMode>,
  )
}
