/** Copying all rows of one database into another, empty one, whichever engines they are on. */
import { Problem } from '../lib/problem.ts'
import { type Bulk, byName, type Filling, inPlainWords, type Rows, type Table } from './bulk.ts'
import { createTally } from './checksum.ts'
import type { Engine } from './engine.ts'
import { migrate, refuseNewer, schemaState } from './migrate.ts'

/** What a table holds. */
export interface Sum {
  readonly table: string
  readonly rows: number
  /** See checksum.ts. */
  readonly sha256: string
}

/** How far it is. */
export interface Step {
  readonly doing: string
  readonly what: string
  readonly done: number
  readonly total: number
}

/** Who watches, and may stop it: nothing is kept then. */
export interface Watch {
  step(step: Step): void
  /** Aborted with the Problem to end with. */
  readonly signal: AbortSignal
}

export interface Copied {
  /** Sorted by table. */
  readonly sums: readonly Sum[]
  /** Tables of the source that are none of Muster's. */
  readonly left: readonly string[]
}

/** Refuses a source that is not at this version's schema, in a sentence that begins with `shown`. */
export async function refuseUnreadySource(engine: Engine, shown: string): Promise<void> {
  const state = await schemaState(engine)
  if (state.applied.length === 0)
    throw new Problem(`${shown} is no database of Muster's yet: there is nothing to copy.`)
  refuseNewer(state, `${shown} is a database`)
  if (state.pending.length > 0)
    throw new Problem(
      `${shown} still needs ${state.pending.join(', ')}. Back it up, run "npm run migrate", then run this again.`,
    )
}

/** Refuses a target with anything in it, in a sentence that begins with `shown`; brings one that may be filled to this version's schema. */
export async function readyTarget(engine: Engine, shown: string, migrations?: readonly string[]): Promise<void> {
  const state = await schemaState(engine)
  refuseNewer(state, `${shown} is a database`)
  await engine.bulk.read(async rows => {
    await refuseRows(rows, shown)
    if (state.applied.length > 0 || rows.tables.length === 0) return
    throw new Problem(
      `${shown} holds tables that are not Muster's (${someOf(rows.tables.map(({ name }) => name))}). Name an empty database; nothing was changed.`,
    )
  })
  if (await engine.bulk.inUse())
    throw new Problem(
      `${shown} is in use by a running Muster. Stop that one, then run this again; nothing was changed.`,
    )
  // What went wrong in a migration is told as its cause.
  await migrate(engine, migrations).catch((error: unknown) => {
    const plain = inPlainWords(error instanceof Error && error.cause ? error.cause : error, shown)
    throw plain instanceof Problem ? plain : error
  })
}

async function refuseRows(rows: Rows, shown: string): Promise<void> {
  const full: string[] = []
  for (const table of rows.tables) if (!(await rows.isEmpty(table))) full.push(table.name)
  if (full.length === 0) return
  throw new Problem(
    `${shown} already holds rows (${someOf(full)}), and nothing is ever overwritten. Name an empty database; nothing was changed.`,
  )
}

function someOf(names: readonly string[]): string {
  return names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ')
}

/**
 * Copies all rows into `target`, which has the same tables and no rows; compares counts and checksums of both sides before anything is
 * kept. `last` runs when everything agrees, as the last thing before COMMIT.
 */
export async function copyRows(
  source: Rows,
  target: Bulk,
  shown: string,
  watch: Watch,
  last: () => Promise<void> = async () => {},
): Promise<Copied> {
  return target.fill(async filling => {
    await refuseRows(filling, shown)
    const { pairs, left } = pair(source.tables, filling.tables)
    const sums: Sum[] = []
    for (const [from, to] of pairs) sums.push(await copyTable(source, from, filling, to, watch))
    const differing = (await sumsOf(filling, watch)).filter(
      (sum, i) => sum.rows !== sums[i]?.rows || sum.sha256 !== sums[i]?.sha256,
    )
    if (differing.length > 0)
      throw new Problem(
        `${shown}: ${someOf(differing.map(({ table }) => table))} did not arrive as sent. Nothing was kept; check the disk, then run this again.`,
      )
    await last()
    return { sums, left }
  })
}

/** Each table with its like on the other side; what the migrations made must be the same on both. */
function pair(source: readonly Table[], target: readonly Table[]): { pairs: Array<[Table, Table]>; left: string[] } {
  const byItsName = new Map(source.map(table => [table.name, table]))
  const pairs = target.map((to): [Table, Table] => {
    const from = byItsName.get(to.name)
    if (!from || JSON.stringify(from.columns) !== JSON.stringify(to.columns))
      throw new Problem(
        `The table ${to.name} is not as the migrations make it in the database to be copied. Restore the last backup that has it, or undo what was changed by hand; nothing was kept.`,
      )
    byItsName.delete(to.name)
    return [from, to]
  })
  return { pairs, left: [...byItsName.values()].sort(byName).map(({ name }) => name) }
}

async function copyTable(source: Rows, from: Table, filling: Filling, to: Table, watch: Watch): Promise<Sum> {
  const total = await source.count(from)
  const sum = await walk(source, from, { total, doing: 'copying' }, watch, rows => filling.insert(to, rows))
  if (to.numbered !== null)
    await filling.continueAfter(to, await source.lastNumber({ ...from, numbered: from.numbered ?? to.numbered }))
  return sum
}

/** What every table holds. */
export async function sumsOf(rows: Rows, watch: Watch): Promise<Sum[]> {
  const sums: Sum[] = []
  for (const table of rows.tables)
    sums.push(await walk(rows, table, { total: await rows.count(table), doing: 'checking' }, watch))
  return sums
}

async function walk(
  source: Rows,
  table: Table,
  { total, doing }: Pick<Step, 'total' | 'doing'>,
  watch: Watch,
  take: (rows: Parameters<Filling['insert']>[1]) => Promise<void> = async () => {},
): Promise<Sum> {
  const tally = createTally(table.name)
  for await (const rows of source.batches(table)) {
    watch.signal.throwIfAborted()
    tally.add(rows)
    await take(rows)
    watch.step({ doing, what: table.name, done: tally.rows, total })
    // One engine answers without ever leaving this turn: whoever wants to stop it must be heard.
    await new Promise(resolve => setImmediate(resolve))
  }
  return { table: table.name, rows: tally.rows, sha256: tally.sha256() }
}
