// What the tests want said in the closing lines, carried from the test processes to test/run.ts in one file.
import { appendFileSync, readFileSync } from 'node:fs'

export type FactKind =
  /** Cases of an outside oracle that a test compared with: name and how many. */
  | 'oracle'
  /** A server or program the tests really ran against: name is its label, e.g. "PostgreSQL 15.20 (system)". */
  | 'postgres'
  | 'chromium'
  /** Something that could not run at all: name says what, why says why. */
  | 'not-run'
  /** The same, where it was asked for by name: the whole run fails. */
  | 'missing'

export interface Fact {
  kind: FactKind
  name: string
  count: number
  why?: string
}

/** Names the file that carries the facts; test/run.ts sets it, and without it a report goes nowhere. */
export const FACTS_VARIABLE = 'MUSTER_TEST_FACTS'

/** Tells the closing lines of `npm test` a fact, e.g. `report('oracle', 'assignment-hash', 12)`. */
export function report(kind: FactKind, name: string, count = 1, why?: string): void {
  const file = process.env[FACTS_VARIABLE]
  const fact: Fact = { kind, name, count, why }
  // One short line per append, so that lines of two processes never mix.
  if (file) appendFileSync(file, `${JSON.stringify(fact)}\n`)
}

/** All facts in the file, equal names added up, in the order of their first report. */
export function readFacts(file: string): Fact[] {
  const facts = new Map<string, Fact>()
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    if (!line) continue
    const fact = JSON.parse(line) as Fact
    const key = `${fact.kind} ${fact.name}`
    const known = facts.get(key)
    if (known) known.count += fact.count
    else facts.set(key, fact)
  }
  return [...facts.values()]
}
