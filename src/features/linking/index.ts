/** What proves to be one: a person on two platforms, a community in several places. Everything can be undone. */
import type { Contribution } from '../contribution.ts'

export {
  type CommunitySummary,
  type ConnectionView,
  connectionsOf,
  issueConnect,
  redeemConnect,
  undoConnection,
} from './connect.ts'
export {
  cancelLinks,
  confirmLink,
  declineLink,
  issueLink,
  type Link,
  type LinkedAccount,
  linksOf,
  pendingLink,
  personOfLink,
  redeemLink,
  undoLink,
} from './link.ts'
export type { Walk } from './members.ts'
export type { Preview } from './preview.ts'
export { describe, LINK_PAYLOAD, nameKnown, nameOf, redeemed, tell } from './words.ts'

export const contribution: Contribution = {
  name: 'linking',
  tables: ['link_codes', 'merges', 'moves', 'connections', 'connect_codes', 'code_tries'],
  async exportPerson(app, { personIds, accountIds }) {
    const merges = await app.db
      .selectFrom('merges')
      .select(['id', 'merged_at', 'undone_at'])
      .where(eb => eb.or([eb('from_person', 'in', [...personIds]), eb('into_person', 'in', [...personIds])]))
      .orderBy('id')
      .execute()
    const codes = await app.db
      .selectFrom('link_codes')
      .select(['created_at', 'redeemed_at', 'confirmed_at', 'cancelled_at'])
      .where('issued_by', 'in', [...accountIds])
      .orderBy('created_at')
      .execute()
    return { links: merges, link_codes: codes }
  },
  async forget(app, { accountIds }) {
    const ids = [...accountIds]
    await app.db
      .deleteFrom('link_codes')
      .where(eb => eb.or([eb('issued_by', 'in', ids), eb('redeemed_by', 'in', ids)]))
      .execute()
    await app.db.deleteFrom('code_tries').where('account_id', 'in', ids).execute()
  },
}
