/** What the service's own pages say; the lab itself speaks for itself. */
export type Language = 'en' | 'de'

interface Words {
  readonly signingIn: string
  readonly goOn: string
  readonly windowTitle: string
  readonly windowWhy: string
  readonly openWindow: string
  readonly windowOpened: string
  readonly openAgain: string
  readonly needsScript: string
  readonly chooseTitle: string
  readonly chooseOne: string
  readonly chooseSome: string
  readonly chooseAny: string
  readonly noLabs: string
  readonly graded: string
  readonly add: string
  readonly cancel: string
  readonly handingOver: string
  readonly registered: string
  readonly registeredNext: string
  readonly signedInTitle: string
  readonly signedInAlone: string
  readonly notSignedInTitle: string
  readonly notSignedInNext: string
  readonly problemTitle: string
  readonly problemNext: string
}

const EN: Words = {
  signingIn: 'Signing you in…',
  goOn: 'Go on',
  windowTitle: 'The lab opens in a new window',
  windowWhy:
    'Your browser keeps pages inside other pages apart, so the lab cannot tell here that it is you who came from the course.',
  openWindow: 'Open the lab in a new window',
  windowOpened: 'The lab is in a window of its own now.',
  openAgain: 'Open this lab from your course again to sign in.',
  needsScript: 'This page needs JavaScript.',
  chooseTitle: 'Choose a lab for your course',
  chooseOne: 'Lab',
  chooseSome: 'Labs',
  chooseAny: 'Choose at least one lab.',
  noLabs: 'There is no lab for this course yet. Ask whoever runs the lab service.',
  graded: 'Add a column for its score to the gradebook',
  add: 'Add to the course',
  cancel: 'Cancel',
  handingOver: 'Back to your course…',
  registered: 'The lab service is registered',
  registeredNext: 'You can close this window.',
  signedInTitle: 'You are signed in',
  signedInAlone:
    'This window has lost the page it came from. Close it, reload the course page, and sign in there again.',
  notSignedInTitle: 'You are not signed in',
  notSignedInNext:
    'Close this window and try again from your course. If that does not help, tell whoever runs the course what is written here.',
  problemTitle: 'The lab cannot be opened',
  problemNext:
    'Open it from your course again. If that does not help, tell whoever runs the course what is written here.',
}

const DE: Words = {
  signingIn: 'Sie werden angemeldet …',
  goOn: 'Weiter',
  windowTitle: 'Das Lab öffnet sich in einem neuen Fenster',
  windowWhy:
    'Ihr Browser trennt Seiten innerhalb anderer Seiten. Deshalb kann das Lab hier nicht erkennen, dass Sie es sind und aus dem Kurs kommen.',
  openWindow: 'Lab in neuem Fenster öffnen',
  windowOpened: 'Das Lab ist jetzt in einem eigenen Fenster.',
  openAgain: 'Öffnen Sie dieses Lab noch einmal aus Ihrem Kurs, um sich anzumelden.',
  needsScript: 'Diese Seite braucht JavaScript.',
  chooseTitle: 'Lab für Ihren Kurs auswählen',
  chooseOne: 'Lab',
  chooseSome: 'Labs',
  chooseAny: 'Wählen Sie mindestens ein Lab.',
  noLabs: 'Für diesen Kurs gibt es noch kein Lab. Fragen Sie die Person, die den Lab-Dienst betreibt.',
  graded: 'Eine Spalte für die Punkte ins Notenbuch aufnehmen',
  add: 'In den Kurs aufnehmen',
  cancel: 'Abbrechen',
  handingOver: 'Zurück zu Ihrem Kurs …',
  registered: 'Der Lab-Dienst ist registriert',
  registeredNext: 'Sie können dieses Fenster schließen.',
  signedInTitle: 'Sie sind angemeldet',
  signedInAlone:
    'Dieses Fenster hat die Seite verloren, aus der es kommt. Schließen Sie es, laden Sie die Kursseite neu und melden Sie sich dort noch einmal an.',
  notSignedInTitle: 'Sie sind nicht angemeldet',
  notSignedInNext:
    'Schließen Sie dieses Fenster und versuchen Sie es noch einmal aus Ihrem Kurs. Wenn das nicht hilft, geben Sie den folgenden Text an die Kursleitung weiter.',
  problemTitle: 'Das Lab kann nicht geöffnet werden',
  problemNext:
    'Öffnen Sie es noch einmal aus Ihrem Kurs. Wenn das nicht hilft, geben Sie den folgenden Text an die Kursleitung weiter.',
}

export function wordsIn(language: Language): Words {
  return language === 'de' ? DE : EN
}

/** By a language tag, or by what a browser accepts: the first one counts. */
export function languageOf(tags: string | undefined): Language {
  return /^\s*de\b/i.test(tags ?? '') ? 'de' : 'en'
}
