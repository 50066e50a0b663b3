#!/usr/bin/env node
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const program = new URL('../dist/main.js', import.meta.url)
if (existsSync(fileURLToPath(program))) {
  await import(program.href)
} else {
  console.error('lab-backend is not built yet: run "npm run build" (or "npm start") in the folder of the repository.')
  process.exitCode = 2
}
