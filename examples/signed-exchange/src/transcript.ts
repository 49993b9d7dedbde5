const WIDTH = 80
const LABEL = 15

/** The title of a chapter. */
export function chapter(title: string): void {
  console.log(`\n${title}`)
}

/** Plain words, broken into lines. */
export function say(text: string): void {
  for (const line of wrap(text, WIDTH - 3)) console.log(`   ${line}`)
}

/** Something that happened: who or what, and what of it. */
export function row(label: string, text: string): void {
  const lines = wrap(text, WIDTH - 3 - LABEL)
  for (const [at, line] of lines.entries()) console.log(`   ${(at === 0 ? label : '').padEnd(LABEL)}${line}`)
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
