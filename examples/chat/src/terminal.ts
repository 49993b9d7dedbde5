import { clearScreenDown, createInterface, cursorTo, moveCursor } from 'node:readline'

/** Lines in, lines out: a line that comes while another is being typed does not tear it. */
export interface Terminal {
  /** What is typed, or comes through a pipe, line by line. Ends with Ctrl-D, Ctrl-C, the pipe, or a signal to end. */
  readonly lines: AsyncIterable<string>
  print(line: string): void
}

export function openTerminal(prompt: string): Terminal {
  const { stdin: input, stdout: output } = process
  const interactive = input.isTTY && output.isTTY
  const editor = createInterface(
    interactive ? { input, output, prompt, terminal: true } : { input, terminal: false }
  )
  let open = true
  editor.once('close', () => {
    open = false
    // The cursor still stands behind the prompt.
    if (interactive) output.write('\n')
  })
  // Whoever read us has gone.
  output.on('error', () => editor.close())
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => editor.close())
  if (interactive) {
    editor.on('line', () => editor.prompt())
    editor.prompt()
  }
  return {
    lines: editor,
    print(line) {
      if (interactive && open) {
        moveCursor(output, 0, -editor.getCursorPos().rows)
        cursorTo(output, 0)
        clearScreenDown(output)
      }
      output.write(`${line}\n`)
      if (interactive && open) editor.prompt(true)
    }
  }
}
