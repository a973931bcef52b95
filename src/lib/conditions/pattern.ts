/** Patterns that people write: matched in time that grows with the text alone, whatever the pattern. */
import { RE2JS } from 're2js'

export const LONGEST_PATTERN = 200

export type PatternProblem =
  | 'pattern-long'
  | 'pattern-lookahead'
  | 'pattern-lookbehind'
  | 'pattern-back-reference'
  | 'pattern-wrong'

export type Pattern = (text: string) => boolean

const REFUSED: ReadonlyArray<readonly [start: RegExp, problem: PatternProblem]> = [
  [/^\(\?<[=!]/, 'pattern-lookbehind'],
  [/^\(\?[=!]/, 'pattern-lookahead'],
  [/^\\([1-9]|k<)/, 'pattern-back-reference'],
]

/** What no linear engine can do, by its name. Nothing is special between brackets but the bracket and the backslash. */
function refusedIn(pattern: string): PatternProblem | null {
  let inClass = false
  for (let at = 0; at < pattern.length; at++) {
    const rest = pattern.slice(at, at + 4)
    if (!inClass) {
      const found = REFUSED.find(([start]) => start.test(rest))
      if (found) return found[1]
    }
    if (rest.startsWith('\\')) at++
    else if (rest.startsWith('[')) inClass = true
    else if (rest.startsWith(']')) inClass = false
  }
  return null
}

/** A pattern in the syntax of JavaScript, ready to use; or why it cannot be. It is sought anywhere in the text. */
export function readPattern(
  pattern: string,
  how: { ignoreCase?: boolean } = {},
): { readonly matches: Pattern } | { readonly problem: PatternProblem } {
  if ([...pattern].length > LONGEST_PATTERN) return { problem: 'pattern-long' }
  const refused = refusedIn(pattern)
  if (refused) return { problem: refused }
  try {
    const flags = how.ignoreCase ? RE2JS.CASE_INSENSITIVE : 0
    const compiled = RE2JS.compile(RE2JS.translateRegExp(pattern), flags)
    return { matches: text => compiled.test(text) }
  } catch {
    return { problem: 'pattern-wrong' }
  }
}
