/** What answering a press needs: the query that waits for an answer, and what the message with the button shows. */

export interface PressToken {
  readonly queryId: string
  /** `nothing`: a message too old to be changed. */
  readonly shown: 'text' | 'photo' | 'nothing'
}

export const writePressToken = ({ queryId, shown }: PressToken): string => `${shown}:${queryId}`

/** Reads it back; null for a request that was no press, or whose token has been wiped since. */
export function readPressToken(token: string | null): PressToken | null {
  const [, shown, queryId] = /^(text|photo|nothing):(.+)$/.exec(token ?? '') ?? []
  return queryId === undefined ? null : { queryId, shown: shown as PressToken['shown'] }
}
