/** Copying by the person, or for a program that may. */

/** Copies by the clipboard API; where a frame or plain http forbids that, by the old command. Call it from a gesture. */
export async function copyText(text: string, doc: Document): Promise<void> {
  if (text === '') return
  try {
    await navigator.clipboard.writeText(text)
  } catch {
    copyByCommand(text, doc)
  }
}

function copyByCommand(text: string, doc: Document): void {
  const answer = (event: ClipboardEvent) => {
    event.clipboardData?.setData('text/plain', text)
    event.preventDefault()
    event.stopImmediatePropagation()
  }
  doc.addEventListener('copy', answer, { capture: true })
  doc.execCommand('copy')
  doc.removeEventListener('copy', answer, { capture: true })
}
