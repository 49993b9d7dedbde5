/** As an app names its rooms. */
export function topicNames(count: number): string[] {
  return Array.from({ length: count }, (_, at) => `bench/room/${at}`)
}
