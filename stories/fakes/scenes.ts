/** One scene for each thing a learner can meet, for stories, screenshots and tests alike. */
import type { Status } from '../../src/core/state.js'
import { problemOf } from '../../src/wire/problems.js'
import { ALICE, BOB, DEPLOY, DESKTOP, labStatus } from './labs.js'
import type { Script } from './scripted-session.js'

const MINUTE = 60_000
const DAY = 86_400_000
const eta = { typicalSeconds: 14, slowSeconds: 25 }

/** Every status, in its plainest form. */
export const STATUS_SCENES = {
  loading: () => ({ state: { name: 'loading' } }),
  'signed-out': () => ({ state: { name: 'signed-out', problem: problemOf('auth/no-session') } }),
  absent: () => ({
    state: {
      name: 'absent',
      lab: labStatus({
        phase: 'absent',
        desired: 'absent',
        eta: { typicalSeconds: 95, slowSeconds: 170 },
        terminals: [],
      }),
    },
  }),
  queued: () => ({ state: { name: 'queued', lab: labStatus({ phase: 'queued', queue: { position: 3 } }) } }),
  preparing: () => ({
    state: {
      name: 'preparing',
      lab: labStatus({
        phase: 'launching',
        secondsAgo: 12,
        progress: { done: 3, total: 7 },
        eta: { typicalSeconds: 95, slowSeconds: 170 },
      }),
    },
  }),
  connecting: () => ({ state: { name: 'connecting', lab: labStatus(), attempt: 0 } }),
  connected: () => ({ screen: true, state: { name: 'connected', lab: labStatus(), readOnly: false, shell: 'open' } }),
  reconnecting: () => ({
    screen: true,
    state: {
      name: 'reconnecting',
      lab: labStatus(),
      attempt: 4,
      retryAt: Date.now() + 8_000,
      problem: problemOf('link/lost'),
    },
  }),
  paused: () => ({
    screen: true,
    state: {
      name: 'paused',
      lab: labStatus({
        phase: 'suspended',
        desired: 'suspended',
        secondsAgo: 42 * 60,
        deleteAt: new Date(Date.now() + 14 * DAY).toISOString(),
      }),
    },
  }),
  failed: () => ({
    state: { name: 'failed', problem: problemOf('lab/launch-failed'), lab: labStatus({ phase: 'failed' }) },
  }),
} satisfies Record<Status, () => Script>

/** What else there is to see within them. */
export const MORE_SCENES = {
  'idle prompt': () => ({
    screen: true,
    state: {
      name: 'connected',
      lab: labStatus(),
      readOnly: false,
      shell: 'open',
      prompt: { suspendAt: Date.now() + 2 * MINUTE },
    },
  }),
  'shell ended': () => ({
    screen: true,
    state: { name: 'connected', lab: labStatus(), readOnly: false, shell: 'ended' },
  }),
  'shell lost': () => ({ screen: true, lost: true, state: STATUS_SCENES.connected().state }),
  'view only': () => ({ screen: true, state: { name: 'connected', lab: labStatus(), readOnly: true, shell: 'open' } }),
  waking: () => ({
    screen: true,
    state: { name: 'preparing', lab: labStatus({ phase: 'resuming', secondsAgo: 4, eta }) },
  }),
  'back in mid-pause': () => ({
    screen: true,
    state: { name: 'preparing', lab: labStatus({ phase: 'suspending', desired: 'running', secondsAgo: 2, eta }) },
  }),
  'longer than usual': () => ({
    state: {
      name: 'preparing',
      lab: labStatus({ phase: 'launching', secondsAgo: 70, eta, progress: { done: 6, total: 7 } }),
    },
  }),
  'cloud away': () => ({
    state: {
      name: 'preparing',
      lab: labStatus({ phase: 'launching', secondsAgo: 20, eta, problem: problemOf('cloud/unreachable') }),
    },
  }),
  'server away': () => ({
    state: { name: 'reconnecting', attempt: 2, retryAt: Date.now() + 4_000, problem: problemOf('server/unreachable') },
  }),
  'several terminals': () => ({
    screen: true,
    state: { name: 'connected', lab: labStatus({ terminals: [DEPLOY, ALICE, BOB] }), readOnly: false, shell: 'open' },
  }),
  files: () => ({
    screen: true,
    state: {
      name: 'connected',
      lab: labStatus({ terminals: [{ ...DEPLOY, files: { upload: true, download: true, largest: 1_000_000 } }] }),
      readOnly: false,
      shell: 'open',
    },
  }),
  desktop: () => ({
    screen: true,
    state: { name: 'connected', lab: labStatus({ terminals: [DESKTOP] }), readOnly: false, shell: 'open' },
  }),
  'desktop and terminals': () => ({
    screen: true,
    state: {
      name: 'connected',
      lab: labStatus({ terminals: [DESKTOP, DEPLOY, ALICE] }),
      readOnly: false,
      shell: 'open',
    },
  }),
  'paused desktop': () => ({
    screen: true,
    state: {
      name: 'paused',
      lab: labStatus({ phase: 'suspended', desired: 'suspended', secondsAgo: 20 * 60, terminals: [DESKTOP] }),
    },
  }),
  'lost desktop': () => ({
    screen: true,
    state: {
      name: 'reconnecting',
      lab: labStatus({ terminals: [DESKTOP] }),
      attempt: 2,
      retryAt: Date.now() + 8_000,
      problem: problemOf('link/lost'),
    },
  }),
  'desktop away': () => ({
    screen: true,
    state: {
      name: 'reconnecting',
      lab: labStatus({ terminals: [DESKTOP] }),
      attempt: 2,
      retryAt: Date.now() + 4_000,
      problem: problemOf('link/desktop-unavailable'),
    },
  }),
  'long words': () => ({
    screen: true,
    state: {
      name: 'connected',
      lab: labStatus({
        title: 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft: eine Einführung',
        terminals: [
          { ...DEPLOY, title: 'Bereitstellungsrechner-eins' },
          { ...ALICE, title: 'Objektspeicherdienstknoten' },
          BOB,
        ],
      }),
      readOnly: false,
      shell: 'open',
    },
  }),
  forbidden: () => ({ state: { name: 'failed', problem: problemOf('auth/forbidden') } }),
} satisfies Record<string, () => Script>
