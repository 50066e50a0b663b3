/**
 * Registers `<lab-recording>`, for pages of those who teach; the pages of learners load nothing of it. Running it again
 * changes nothing.
 */
import { loadPlayer } from './display/recording/loader.js'
import { LabRecording } from './element/lab-recording.js'

if (typeof customElements !== 'undefined' && !customElements.get('lab-recording')) {
  LabRecording.loadPlayer = loadPlayer
  customElements.define('lab-recording', LabRecording)
}

export { LabRecording }
