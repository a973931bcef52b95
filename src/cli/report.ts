/** What the tools that move whole databases print at their end. */
import type { App } from '../app.ts'
import { verifyAll } from '../contributions.ts'
import type { Copied, Sum } from '../db/copy.ts'

const SHORT_SUM = 16

/** Rows and checksum of each table that has any. */
export function tableOf(sums: readonly Sum[]): string {
  const full = sums.filter(({ rows }) => rows > 0)
  const lines = [...full, { table: 'all', rows: full.reduce((all, { rows }) => all + rows, 0), sha256: '' }]
  const wide = Math.max(...lines.map(({ table }) => table.length))
  const high = Math.max(...lines.map(({ rows }) => String(rows).length))
  return lines
    .map(({ table, rows, sha256 }) =>
      `${table.padEnd(wide)}  ${String(rows).padStart(high)}  ${sha256.slice(0, SHORT_SUM)}`.trimEnd(),
    )
    .join('\n')
}

/** `1 file`, `2 files`. */
export const filesOf = (count: number): string => (count === 1 ? '1 file' : `${count} files`)

/** Tables that stayed behind, when there are any. */
export function leftOf({ left }: Copied): string[] {
  return left.length === 0 ? [] : [`Not Muster's, and left where they are: ${left.join(', ')}.`]
}

/** Recomputes every derived number of what arrived, and says what differs; whether nothing does. */
export async function proved(app: App, say: (line: string) => void): Promise<boolean> {
  const differences = await verifyAll(app)
  for (const { feature, what, stored, recomputed } of differences)
    say(`${feature}: ${what}: stored ${stored}, recomputed ${recomputed}`)
  if (differences.length > 0)
    say(
      `The rows are the same on both sides, and so is what differs in them (${differences.length}): "npm run verify -- --repair" writes the recomputed numbers.`,
    )
  return differences.length === 0
}
