// Randomness that is the same in every run.

/** Mulberry32: the same bytes every time. */
export function seededRandom(seed: number): (size: number) => Uint8Array {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) & 255
  }
  return size => Uint8Array.from({ length: size }, next)
}
