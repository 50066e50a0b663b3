import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { LabPage } from './support/browser.js'
import { Course, LONG } from './support/course.js'
import { until } from './support/until.js'

describe('several shells of a terminal, in the page', () => {
  let course: Course
  let lab: LabPage
  before(async () => {
    course = await Course.start({ terminals: '[{ name: shell, title: Shell, shells: 2 }]' })
    lab = await course.open({ bypassCSP: true })
  })
  after(() => course?.stop())

  async function choose(title: string): Promise<void> {
    await lab.page.getByRole('tab', { name: title, exact: true }).click()
    const chosen = () => lab.page.getByRole('tab', { name: title, exact: true, selected: true }).isVisible()
    await until(chosen, { seconds: LONG, what: `${title} chosen` })
    await lab.reaches('connected', LONG)
  }

  it('each has a tab, and goes on while another is shown', async () => {
    assert.deepEqual(await lab.page.getByRole('tab').allInnerTexts(), ['Shell', 'Shell 2'])
    await lab.type("PS1='$ '; NAME=first; echo th''is is $NAME")
    await lab.shows(/this is first/, LONG)
    await choose('Shell 2')
    await until(async () => !(await lab.text).includes('this is first'), { seconds: LONG, what: 'another shell' })
    await lab.type("PS1='$ '; echo [$NAME]; NAME=second; (sleep 1; echo la''ter) &")
    await lab.shows(/\[\]/, LONG)
    await choose('Shell')
    await lab.shows(/this is first/, LONG)
    await lab.type("echo st''ill $NAME")
    await lab.shows(/still first/, LONG)
    await choose('Shell 2')
    await lab.shows(/later/, LONG)
    await lab.type("echo st''ill $NAME")
    await lab.shows(/still second/, LONG)
    assert.deepEqual(lab.errors, [])
  })

  it('both are there after a reload', async () => {
    await lab.page.reload()
    await lab.reaches('connected', LONG)
    await lab.shows(/still first/, LONG)
    await choose('Shell 2')
    await lab.shows(/still second/, LONG)
  })
})
