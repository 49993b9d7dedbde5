/** A code block between fences. */
export interface CodeBlock {
  readonly language: string
  readonly code: string
}

const FENCED = /^```(\w*)\n([\s\S]*?)^```$/gm

export function codeBlocks(markdown: string): CodeBlock[] {
  return Array.from(markdown.matchAll(FENCED), ([, language = '', code = '']) => ({ language, code }))
}

/** The one block in `language` that contains `text`. */
export function codeBlock(markdown: string, language: string, text: string): string {
  const found = codeBlocks(markdown).filter(block => block.language === language && block.code.includes(text))
  const [only] = found
  if (only === undefined || found.length > 1)
    throw new Error(`${found.length} blocks of ${language} contain ${text}, not one.`)
  return only.code
}

export function headings(markdown: string): string[] {
  return Array.from(prose(markdown).matchAll(/^#+ (.+)$/gm), ([, heading = '']) => heading)
}

/** What a link to a heading has after the `#`, as GitHub makes it. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')
}

/** The targets of all links. */
export function links(markdown: string): string[] {
  return Array.from(prose(markdown).matchAll(/\]\(([^)\s]+)\)/g), ([, target = '']) => target)
}

/** What is written as code outside of blocks. */
export function codeSpans(markdown: string): string[] {
  return Array.from(prose(markdown).matchAll(/`([^`]+)`/g), ([, code = '']) => code)
}

/** What stands under a heading, up to the next heading. */
export function section(markdown: string, heading: string): string {
  const lines = markdown.split('\n')
  const start = lines.findIndex(line => /^#+ /.test(line) && line.replace(/^#+ /, '') === heading)
  if (start === -1) throw new Error(`There is no heading ${heading}.`)
  const length = lines.slice(start + 1).findIndex(line => /^#+ /.test(line))
  return lines.slice(start + 1, length === -1 ? undefined : start + 1 + length).join('\n')
}

/** The rows of a table under a heading, without its head, cell by cell. */
export function tableRows(markdown: string, heading: string): string[][] {
  return section(markdown, heading)
    .split('\n')
    .filter(line => line.startsWith('|'))
    .slice(2)
    .map(line => line.split('|').slice(1, -1))
    .map(cells => cells.map(cell => cell.trim()))
}

function prose(markdown: string): string {
  return markdown.replace(FENCED, '')
}
