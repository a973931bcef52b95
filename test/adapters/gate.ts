// Something a slow command waits for until the test lets it go on.
export interface Gate {
  /** Resolves when the gate opens; a command calls it. */
  pass(): Promise<void>
  /** Resolves when a command has arrived. */
  readonly reached: Promise<void>
  open(): void
}

function createGate(): Gate {
  const arrived = Promise.withResolvers<void>()
  const opened = Promise.withResolvers<void>()
  return {
    pass: () => {
      arrived.resolve()
      return opened.promise
    },
    reached: arrived.promise,
    open: () => opened.resolve(),
  }
}

/** The gates that commands pass, by command name. A command without one does not wait. */
export const gates = new Map<string, Gate>()

/** Puts a new gate before a command. */
export function gateBefore(command: string): Gate {
  const gate = createGate()
  gates.set(command, gate)
  return gate
}
