import { readFile } from 'node:fs/promises'
import type { FakeOpenedx } from '../../../backend/test/fakes/openedx.js'
import { path } from './backend.js'

/** The host pages of `examples/openedx` on an Open edX: what an author pastes, in the unit's page, in the learning app. */
export async function serveCourse(lms: FakeOpenedx, { labs, course }: { labs: string; course: string }): Promise<void> {
  const read = (name: string) => readFile(path(name), 'utf8')
  const [host, learning, pasted, jquery] = await Promise.all([
    read('examples/openedx/host/unit.html'),
    read('examples/openedx/host/learning.html'),
    read('examples/openedx/unit.html'),
    read('node_modules/jquery/dist/jquery.js'),
  ])
  // The small LMS of the examples is none that signs in by itself; this one is.
  const unit = pasted
    .replace(' token-url="/lab-token"', '')
    .replaceAll('{{labs}}', labs)
    .replaceAll('%%COURSE_ID%%', course)
  lms.pages.set(
    '/xblock/unit',
    host.replace('{{content}}', () => unit),
  )
  lms.pages.set('/learning', learning)
  lms.pages.set('/jquery.js', jquery)
}
