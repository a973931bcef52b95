/** The ledger when members prove to be one person, and when they are told apart again. */
import { sql } from 'kysely'
import type { App } from '../../app.ts'
import { inChunks } from '../../lib/chunks.ts'
import type { MemberMerge, MemberSplit } from '../contribution.ts'
import { moveRows, partRows } from '../people/index.ts'
import { derived, writeDerived } from './derived.ts'

/** Ledger entries of `from` become those of `into`. What both were given for the same thing counts once: theirs stays behind. */
export async function mergeLedger(app: App, { cause, pairs }: MemberMerge): Promise<void> {
  const twice = sql<boolean>`exists (select 1 from ledger as mine where mine.member_id = pair.after
    and mine.unit = ledger.unit and mine.source = ledger.source)`
  await moveRows(app, cause, 'ledger', twice)
  await rederive(
    app,
    pairs.flatMap(({ from, into }) => [from, into]),
  )
}

/** Entries go back with the accounts that made them. */
export async function splitLedger(app: App, split: MemberSplit): Promise<void> {
  await partRows(app, split, 'ledger')
  const memberIds = split.partings.flatMap(({ from, to }) => [from, to])
  await followReversed(app, memberIds)
  await rederive(app, memberIds)
}

/** An entry that is about another one is with it. */
async function followReversed(app: App, memberIds: readonly string[]): Promise<void> {
  for (const chunk of inChunks(memberIds))
    await sql`update ledger set member_id = entry.member_id from ledger as entry where entry.member_id in (${sql.join(chunk)})
      and ledger.reverses = entry.id and ledger.member_id <> entry.member_id`.execute(app.db)
}

/** Writes the totals of members anew from their entries. */
export async function rederive(app: App, memberIds: readonly string[]): Promise<void> {
  for (const chunk of inChunks(memberIds)) {
    await app.db.deleteFrom('balances').where('member_id', 'in', chunk).execute()
    await app.db.deleteFrom('standings').where('member_id', 'in', chunk).execute()
    await writeDerived(app, await derived(app, chunk))
  }
}

/** What ledger entries are for, and whose they are. */
export interface Booked {
  readonly memberId: string
  readonly source: string
}

/**
 * Makes entries count or not: by a further entry under `cause`, never by changing what stands. Does nothing where it is so already. The
 * totals of the members follow with `rederive`.
 */
export async function setCounted(
  app: App,
  booked: readonly Booked[],
  counted: boolean,
  cause: string,
  at: number,
): Promise<void> {
  const reversed = sql`(select coalesce(sum(back.amount), 0) from ledger as back
    where back.reverses = entry.id and back.member_id = entry.member_id)`
  const due = counted ? sql`- ${reversed}` : sql`- (entry.amount + ${reversed})`
  // A reversing entry has the account of the one it is about: it goes where that goes.
  for (const chunk of inChunks(booked))
    await sql`insert into ledger (member_id, account_id, unit, amount, source, day, at, reverses)
      select entry.member_id, entry.account_id, entry.unit, ${due}, ${`merge:${cause}:`} || entry.id, entry.day,
        cast(${at} as bigint), entry.id
      from (values ${sql.join(chunk.map(({ memberId, source }) => sql`(${memberId}, ${source})`))}) as wanted
      join ledger as entry on entry.member_id = wanted.column1 and entry.unit in ('points', 'coins')
        and entry.source = wanted.column2
      where entry.reverses is null and ${due} <> 0`.execute(app.db)
}
