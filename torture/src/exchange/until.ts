/** What is waited for takes milliseconds; this is for a machine that is busy with something else. */
const PATIENCE_MS = 30_000

/** Resolves once `condition` holds. Rejects with `complaint` when it does not for a long time. */
export async function until(
  condition: () => boolean,
  complaint: string,
  patience = PATIENCE_MS
): Promise<void> {
  const end = Date.now() + patience
  while (!condition()) {
    if (Date.now() > end) throw new Error(`${complaint}.`)
    await new Promise(resolve => setTimeout(resolve, 2))
  }
}
