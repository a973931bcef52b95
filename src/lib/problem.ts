/**
 * A mistake of whoever runs Muster: the message is one plain sentence that names the variable, the value and what to do. It is printed
 * without a stack trace, and never holds a secret.
 */
export class Problem extends Error {
  constructor(sentence: string, options?: ErrorOptions) {
    super(sentence, options)
    this.name = 'Problem'
  }
}

/** A Problem that may pass by itself (a network that is down): whoever stands by tries again instead of ending. */
export class PassingProblem extends Problem {}

/** A URL that may be shown: the password is left out, also one with an unescaped `@` in it, or given as a parameter. */
export function withoutPassword(url: string): string {
  return url.replace(/^([a-z]+:\/\/[^:/@]*):.*@/i, '$1:***@').replace(/([?&]password=)[^&#]*/gi, '$1***')
}

/** The `code` of a Node, SQLite or PostgreSQL error, if it has one. */
export function errorCode(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : undefined
}
