// Holds something until a test lets it go.
export interface Gate {
  /** Resolves when the gate is open. */
  readonly passed: Promise<void>
  open(): void
}

export function createGate(): Gate {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { passed: promise, open: resolve }
}

/** What the command `/slow` waits for; each test that uses it sets its own. */
export const slow: { gate: Gate } = { gate: createGate() }
