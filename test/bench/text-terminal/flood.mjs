/**
 * What runs in the lab. `colours N`: so many megabytes of text with a new colour each word. `paint`: repaints the whole
 * screen as fast as it is taken, with the number of keys that it got in the first line. `count`: only that number.
 */
import { setImmediate } from 'node:timers/promises'

const [, , what, megabytes] = process.argv
const COLS = 91
const ROWS = 24

function colourLine(seed) {
  let line = ''
  for (let word = 0; word < 10; word++) {
    const colour = (seed * 31 + word * 17) % 256
    line += `\x1b[38;5;${colour}m\x1b[48;2;${colour >> 2};${(seed * 7) % 64};${word}mword${word}\x1b[0m `
  }
  return `${line}\r\n`
}

const write = (text) => process.stdout.write(text) || new Promise((done) => process.stdout.once('drain', done))

if (what === 'colours') {
  const piece = Array.from({ length: 200 }, (_, seed) => colourLine(seed)).join('')
  for (let left = Number(megabytes) * 1e6; left > 0; left -= piece.length) await write(piece)
} else {
  let keys = 0
  const counted = () => `\x1b[Hkeys=${keys};\x1b[K`
  process.stdin.setRawMode(true)
  process.stdin.on('data', (bytes) => {
    if (bytes.includes(3)) process.exit()
    keys += bytes.length
    if (what === 'count') process.stdout.write(counted())
  })
  await write(counted())
  for (let turn = 0; what === 'paint'; turn++) {
    let frame = `${counted()}\r\n`
    for (let row = 1; row < ROWS; row++)
      frame += `${String.fromCharCode(97 + ((turn + row) % 26)).repeat(COLS - 1)}\r\n`
    await write(frame)
    await setImmediate()
  }
}
