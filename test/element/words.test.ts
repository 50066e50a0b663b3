import { expect, waitUntil } from '@open-wc/testing'
import { LEAVE_CHORD } from '../../src/display/leave-chord.js'
import { Format } from '../../src/element/format.js'
import { problemWords } from '../../src/element/problem-words.js'
import { type Catalogue, catalogueName, inWords, loadCatalogue, msg, str } from '../../src/element/words.js'
import { PROBLEMS, type ProblemCode, problemOf } from '../../src/wire/problems.js'
import { MORE_SCENES, STATUS_SCENES } from '../../stories/fakes/scenes.js'
import type { Script } from '../../stories/fakes/scripted-session.js'
import { openLab, type TestLab } from './fakes/test-lab.js'

const XLIFF = new URL('../../src/element/locales/xliff/de.xlf', import.meta.url)

async function german(): Promise<Catalogue> {
  const catalogue = await loadCatalogue('de')
  if (!catalogue) throw new Error('there is no German catalogue')
  return catalogue
}

/** A catalogue that notes what it is asked for and does not have. */
function watched(catalogue: Catalogue, missing: Set<string>): Catalogue {
  return new Proxy(catalogue, {
    get: (words, id) => {
      if (typeof id === 'string' && !(id in words)) missing.add(id)
      return Reflect.get(words, id)
    },
  })
}

describe('words', () => {
  it('are all translated: every message of the source has its German, none is left over', async () => {
    const catalogue = await german()
    const document = new DOMParser().parseFromString(await (await fetch(XLIFF)).text(), 'text/xml')
    const units = [...document.querySelectorAll('trans-unit')]
    const wanting = units.filter((unit) => !unit.querySelector('target')?.textContent?.trim()).map(({ id }) => id)
    expect(units.length).to.be.greaterThan(100)
    expect(wanting).to.deep.equal([])
    expect(Object.keys(catalogue).sort()).to.deep.equal(units.map(({ id }) => id).sort())
  })

  it('keep every value that a message carries', async () => {
    for (const [id, words] of Object.entries(await german())) {
      if (typeof words === 'string' || !('strTag' in words)) continue
      const values = words.values.map(Number)
      expect([...new Set(values)].sort(), id).to.deep.equal([...values.keys()].sort())
    }
  })

  it('have a German for everything that is shown in any state, and for every problem', async () => {
    const missing = new Set<string>()
    const catalogue = watched(await german(), missing)
    for (const code of Object.keys(PROBLEMS) as ProblemCode[]) {
      const english = problemWords(problemOf(code))
      const { title, advice } = inWords(catalogue, () => problemWords(problemOf(code)))
      expect(english.title).to.equal(PROBLEMS[code].title)
      expect(title, code).not.to.equal(english.title)
      expect(advice, code).not.to.equal(english.advice)
    }
    expect([...missing]).to.deep.equal([])
  })

  it('answer from the catalogue of the element that renders, also within each other', async () => {
    const catalogue = await german()
    const inner = () => inWords(undefined, () => msg('Connected'))
    const [before, within, after] = inWords(catalogue, () => [msg('Connected'), inner(), msg('Connected')])
    expect([before, within, after, msg('Connected')]).to.deep.equal([
      'Verbunden',
      'Connected',
      'Verbunden',
      'Connected',
    ])
    const position = 3
    expect(inWords(catalogue, () => msg(str`You are number ${position} in line.`))).to.equal(
      'Sie sind Nummer 3 in der Warteschlange.',
    )
    expect(() =>
      inWords(catalogue, () => {
        throw new RangeError('x')
      }),
    ).to.throw(RangeError)
    expect(msg('Connected')).to.equal('Connected')
  })

  it('call the chord as the display does', () => {
    expect([msg('Ctrl+Shift+Backspace'), msg('Control+Shift+Delete')]).to.deep.equal([
      LEAVE_CHORD.label(false),
      LEAVE_CHORD.label(true),
    ])
  })

  const names: readonly (readonly [tag: string, name: string])[] = [
    ['de', 'de'],
    ['de-AT', 'de'],
    ['DE-ch', 'de'],
    ['en-GB', 'en'],
    ['fr', 'en'],
    ['constructor', 'en'],
    ['', 'en'],
  ]
  for (const [tag, name] of names) {
    it(`of “${tag}” are those of ${name}`, () => {
      expect(catalogueName(tag)).to.equal(name)
    })
  }
})

describe('the language of an element', () => {
  let lab: TestLab
  const page = document.documentElement.lang

  afterEach(() => {
    lab.remove()
    document.documentElement.lang = page
    document.body.replaceChildren()
  })

  const open = async (script: Script, attributes: Record<string, string> = {}, parent?: Element): Promise<void> => {
    await loadCatalogue('de')
    lab = await openLab(script, attributes, parent)
    if (attributes['lang'] === undefined) lab.removeAttribute('lang')
    await lab.settled()
    await lab.settled()
  }

  it('is its own, else that of the nearest around it, and follows a change', async () => {
    document.body.innerHTML = '<section lang="de-AT"></section>'
    await open(STATUS_SCENES.connected(), {}, document.body.firstElementChild ?? undefined)
    await waitUntil(() => lab.shown.includes('Verbunden'))
    expect(lab.find('.frame').lang).to.equal('de')
    lab.lang = 'en'
    await waitUntil(() => lab.shown.includes('Connected'))
    expect(lab.find('.frame').lang).to.equal('en')
    lab.lang = 'this is no language'
    await waitUntil(() => lab.shown.includes('Verbunden'))
  })

  it('is English, dates too, where there is no catalogue', async () => {
    await open(STATUS_SCENES.preparing(), { lang: 'fr' })
    expect(lab.shown).to.contain('Usually 95 seconds, rarely over 3 minutes.')
  })

  for (const [name, scene] of Object.entries<() => Script>({ ...STATUS_SCENES, ...MORE_SCENES })) {
    it(`${name} has no English left in German`, async () => {
      await open(scene(), { lang: 'en' })
      lab.shadowRoot?.querySelector<HTMLElement>('#menu-button')?.click()
      await lab.settled()
      const english = sentences(lab)
      lab.lang = 'de'
      await waitUntil(() => lab.find('.frame').lang === 'de')
      const same = sentences(lab).filter((text) => english.includes(text))
      expect(same.filter((text) => !KEPT.has(text) && !/^[\d:+−←↑↓→]*$/.test(text))).to.deep.equal([])
    })
  }
})

/** Titles that the server gives, and words that both languages share. */
const KEPT = new Set([
  ...[
    'A three-node Ceph cluster',
    'deploy',
    'alice',
    'bob',
    'Lab',
    'Problem',
    'Code:',
    'Terminals',
    'Esc',
    'Tab',
    'desktop',
  ],
  ...Object.keys(PROBLEMS),
  'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft: eine Einführung',
  'Bereitstellungsrechner-eins',
  'Objektspeicherdienstknoten',
])

function sentences(lab: TestLab): string[] {
  const found: string[] = []
  for (const element of lab.shadowRoot?.querySelectorAll('.frame, .frame *:not(.room, .room *)') ?? []) {
    const label = element.getAttribute('aria-label')
    if (label) found.push(label)
    for (const node of element.childNodes) {
      const text = node.nodeType === Node.TEXT_NODE ? node.textContent?.trim() : ''
      if (text) found.push(text)
    }
  }
  return found
}

describe('durations and dates', () => {
  const en = new Format('en')
  const de = new Format('de')
  const noon = Date.parse('2026-05-01T12:00:00')

  const durations: readonly (readonly [seconds: number, english: string, german: string])[] = [
    [-3, '0 seconds', '0 Sekunden'],
    [1, '1 second', '1 Sekunde'],
    [14.4, '14 seconds', '14 Sekunden'],
    [99, '99 seconds', '99 Sekunden'],
    [100, '2 minutes', '2 Minuten'],
    [600, '10 minutes', '10 Minuten'],
  ]
  for (const [seconds, english, germanWords] of durations) {
    it(`${seconds} s`, () => {
      expect([en.duration(seconds), de.duration(seconds)]).to.deep.equal([english, germanWords])
    })
  }

  it('count down to zero and not below', () => {
    expect([125_000, 59_001, 0, -5].map((ms) => en.countdown(ms))).to.deep.equal(['2:05', '1:00', '0:00', '0:00'])
  })

  it('say how long ago in minutes, hours, days', () => {
    expect([60_000, 42 * 60_000, 5 * 3_600_000, 3 * 86_400_000].map((ms) => de.ago(ms))).to.deep.equal([
      'vor 1 Minute',
      'vor 42 Minuten',
      'vor 5 Stunden',
      'vor 3 Tagen',
    ])
  })

  it('name a day as precisely as it is near', () => {
    expect(en.day(noon + 10 * 86_400_000, noon)).to.equal('May 11')
    expect(new Format('en-GB').day(noon + 10 * 86_400_000, noon)).to.equal('11 May')
    expect(de.day(noon + 300 * 86_400_000, noon)).to.equal('25. Februar 2027')
    expect(de.day(noon + 3_600_000, noon)).to.equal('1. Mai um 13:00')
  })

  it('do not promise less than is usual', () => {
    expect(en.estimate({ typicalSeconds: 14, slowSeconds: 5 })).to.equal('Usually 14 seconds.')
    expect(en.readiness({ typicalSeconds: 14, slowSeconds: 25 })).to.equal(
      'Usually ready after 14 seconds, rarely after more than 25 seconds.',
    )
  })
})
