/** Two peers of a network by their places, in any order. */
export type Pair = readonly [number, number]

/** The same for both orders of a pair. */
export function pairKey([one, other]: Pair): string {
  return one < other ? `${one}-${other}` : `${other}-${one}`
}

/** Every pair among `peers` peers, once. */
export function pairs(peers: number): Pair[] {
  const all: Pair[] = []
  for (let one = 0; one < peers; one++) {
    for (let other = one + 1; other < peers; other++) all.push([one, other])
  }
  return all
}
