/**
 * What was decided about members, and since when they belong, while several are one: the more private choice and the higher named role
 * hold. A merged row keeps its own; the row that stands for all keeps its own aside.
 */
import { sql } from 'kysely'
import type { App } from '../../app.ts'
import { inChunks } from '../../lib/chunks.ts'
import type { Pair, Parting } from '../contribution.ts'
import type { NamedRole } from '../people/index.ts'
import { mergedInto } from './merged.ts'

interface Decisions {
  readonly joined_at: number
  readonly hidden_at: number | null
  readonly role: NamedRole | null
}
const COLUMNS = ['joined_at', 'hidden_at', 'role'] as const
/** In the list of moves, what a row had by itself stands under no link or connection: it is the same for all of them. */
const OWN = 'own'

const RANK = { manager: 2, reviewer: 1 } as const
const rank = (role: NamedRole | null): number => (role ? RANK[role] : 0)
const earliest = (instants: ReadonlyArray<number | null>): number | null => {
  const known = instants.filter(at => at !== null)
  return known.length > 0 ? Math.min(...known) : null
}

/** What holds for several that are one. */
const combined = (own: Decisions, others: readonly Decisions[]): Decisions => ({
  joined_at: Math.min(own.joined_at, ...others.map(({ joined_at }) => joined_at)),
  hidden_at: earliest([own, ...others].map(({ hidden_at }) => hidden_at)),
  role: others.reduce((highest, { role }) => (rank(role) > rank(highest) ? role : highest), own.role),
})

/** A member as decided now, by itself, and by those who are one with it. */
export interface Decided {
  readonly current: Decisions
  readonly own: Decisions
  readonly others: readonly Decisions[]
}

async function read(app: App, ids: readonly string[]): Promise<Map<string, Decisions>> {
  const found = new Map<string, Decisions>()
  for (const chunk of inChunks(ids)) {
    const rows = await app.db
      .selectFrom('members')
      .select(['id', ...COLUMNS])
      .where('id', 'in', chunk)
      .execute()
    for (const { id, ...decisions } of rows) found.set(id, decisions)
  }
  return found
}

/** What members had by themselves, where it is kept aside. */
async function kept(app: App, ids: readonly string[]): Promise<Map<string, Partial<Decisions>>> {
  const found = new Map<string, Partial<Decisions>>()
  for (const chunk of inChunks(ids)) {
    const rows = await app.db
      .selectFrom('moves')
      .select(['row_key as id', 'column_name as column', 'before'])
      .where('cause', '=', OWN)
      .where('table_name', '=', 'members')
      .where('row_key', 'in', chunk)
      .execute()
    for (const { id, column, before } of rows) {
      const value = column === 'role' || before === null ? before : Number(before)
      found.set(id, { ...found.get(id), [column]: value })
    }
  }
  return found
}

/** Members as they are decided. */
export async function decisionsOf(app: App, ids: readonly string[]): Promise<Map<string, Decided>> {
  const merged = await mergedInto(app, ids)
  const rows = await read(app, [...ids, ...merged.map(({ id }) => id)])
  const asides = await kept(app, ids)
  const others = Map.groupBy(merged, ({ into }) => into)
  return new Map(
    ids.map(id => {
      const current = rows.get(id)
      if (!current) throw new Error(`there is no member ${id}`)
      const theirs = (others.get(id) ?? []).flatMap(row => rows.get(row.id) ?? [])
      return [id, { current, own: { ...current, ...asides.get(id) }, others: theirs }]
    }),
  )
}

interface Written {
  readonly current: Decisions
  /** What they had by themselves, kept aside for those who stand for others too. */
  readonly own: Decisions | null
}

async function write(app: App, decided: ReadonlyMap<string, Written>): Promise<void> {
  for (const chunk of inChunks([...decided])) {
    const rows = chunk.map(
      ([id, { current }]) => sql`(${id}, ${current.joined_at}, ${current.hidden_at}, ${current.role})`,
    )
    await sql`update members set joined_at = cast(decided.column2 as bigint), hidden_at = cast(decided.column3 as bigint),
      role = decided.column4 from (values ${sql.join(rows)}) as decided where members.id = decided.column1`.execute(
      app.db,
    )
    await app.db
      .deleteFrom('moves')
      .where('cause', '=', OWN)
      .where('table_name', '=', 'members')
      .where(
        'row_key',
        'in',
        chunk.map(([id]) => id),
      )
      .execute()
  }
  const aside = [...decided].flatMap(([row_key, { own }]) =>
    COLUMNS.flatMap(column_name => {
      const value = own?.[column_name]
      const before = value == null ? null : String(value)
      return own ? { cause: OWN, table_name: 'members', row_key, column_name, before, after: null } : []
    }),
  )
  for (const chunk of inChunks(aside)) await app.db.insertInto('moves').values(chunk).execute()
}

/** Before members are merged: what `from` decided holds for `into` too, and `from` has its own alone. */
export async function absorb(app: App, pairs: readonly Pair[]): Promise<void> {
  const before = await decisionsOf(
    app,
    pairs.flatMap(({ from, into }) => [from, into]),
  )
  const after = new Map<string, Written>()
  for (const { from, into } of pairs) {
    const [theirs, ours] = [before.get(from) as Decided, before.get(into) as Decided]
    after.set(into, { current: combined(ours.current, [theirs.current]), own: ours.own })
    after.set(from, { current: theirs.own, own: null })
  }
  await write(app, after)
}

/** After members are parted: each is as they decided themselves, `before` told how they were decided while they were one. */
export async function release(
  app: App,
  partings: readonly Parting[],
  before: ReadonlyMap<string, Decided>,
): Promise<void> {
  const now = await decisionsOf(
    app,
    partings.flatMap(({ from, to }) => [from, to]),
  )
  const after = new Map<string, Written>()
  for (const { from, to } of partings) {
    const [was, stays, goes] = [before.get(from) as Decided, now.get(from) as Decided, now.get(to) as Decided]
    const expected = combined(was.own, was.others)
    const { hidden_at, role } = was.current
    // What was decided while they were one holds for both; a role only where it takes one away.
    const decidedHidden = hidden_at !== expected.hidden_at ? { hidden_at } : {}
    const decidedRole = role !== expected.role ? { role } : {}
    const lowered = rank(role) < rank(goes.own.role) ? decidedRole : {}
    const kept = { ...was.own, ...decidedHidden, ...decidedRole }
    after.set(from, {
      current: { ...combined(kept, stays.others), ...decidedHidden, ...decidedRole },
      own: stays.others.length > 0 ? kept : null,
    })
    const own = { ...goes.own, ...decidedHidden, ...lowered }
    const current = { ...combined(own, goes.others), ...decidedHidden }
    after.set(to, { current, own: goes.others.length > 0 ? own : null })
  }
  await write(app, after)
}
