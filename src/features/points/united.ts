/** The ledger when members prove to be one person, and when they are told apart again. */
import { sql } from 'kysely'
import type { App } from '../../app.ts'
import { toNumber } from '../../db/index.ts'
import type { MemberMerge, MemberSplit } from '../contribution.ts'
import { moveRows, moveRowsBack } from '../people/index.ts'
import { derived, writeDerived } from './derived.ts'
import type { Unit } from './index.ts'

const LEDGER = { table: 'ledger', key: 'id', account: 'account_id' } as const

/** Ledger entries of `from` become those of `into`. What both were given for the same thing counts once: theirs stays behind. */
export async function mergeLedger(app: App, merge: MemberMerge): Promise<void> {
  const twice = sql<boolean>`exists (select 1 from ledger as mine where mine.member_id = ${merge.into}
    and mine.unit = ledger.unit and mine.source = ledger.source)`
  await moveRows(app, merge, LEDGER, twice)
  await rederive(app, merge.from)
  await rederive(app, merge.into)
}

/** Entries go back with the accounts that made them. */
export async function splitLedger(app: App, split: MemberSplit): Promise<void> {
  await moveRowsBack(app, split, LEDGER)
  await rederive(app, split.from)
  await rederive(app, split.to)
}

/** Writes a member's totals anew from their entries. */
export async function rederive(app: App, memberId: string): Promise<void> {
  await app.db.deleteFrom('balances').where('member_id', '=', memberId).execute()
  await app.db.deleteFrom('standings').where('member_id', '=', memberId).execute()
  await writeDerived(app, await derived(app, memberId))
}

/**
 * Makes the entries of one source count or not: by a further entry under `cause`, never by changing what stands. Does nothing where it
 * is so already. The totals of the member follow with `rederive`.
 */
export async function setCounted(
  app: App,
  memberId: string,
  source: string,
  counted: boolean,
  cause: string,
  at: number,
): Promise<void> {
  const entries = await app.db
    .selectFrom('ledger')
    .select(['id', 'unit', 'amount', 'account_id', 'day'])
    .where('member_id', '=', memberId)
    .where('source', '=', source)
    .where('reverses', 'is', null)
    .execute()
  for (const entry of entries) {
    const { net } = await app.db
      .selectFrom('ledger')
      .select(({ fn }) => fn.sum('amount').as('net'))
      .where('reverses', '=', entry.id)
      .where('member_id', '=', memberId)
      .executeTakeFirstOrThrow()
    const standing = entry.amount + toNumber(net)
    const amount = (counted ? entry.amount : 0) - standing
    if (amount === 0) continue
    await app.db
      .insertInto('ledger')
      .values({
        member_id: memberId,
        // It goes where the entry goes that it is about.
        account_id: entry.account_id,
        unit: entry.unit as Unit,
        amount,
        source: `merge:${cause}:${entry.id}`,
        day: entry.day,
        at,
        reverses: entry.id,
      })
      .execute()
  }
}
