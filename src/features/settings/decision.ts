/** Deciding for a community: who, when, and one after the other. */
import type { App } from '../../app.ts'
import type { Asker } from '../../chat/command.ts'
import type { Actor } from '../audit/index.ts'

/** Who changes something of which community, and when. */
export interface Decision {
  readonly communityId: string
  readonly by: Actor
  readonly at: number
}

/** A decision of whoever asks. */
export const decisionOf = (communityId: string, { accountId, at }: Asker): Decision => ({
  communityId,
  by: { accountId },
  at,
})

/** Where a value comes from. */
export type Source =
  /** Nobody decided; `configured`: the installation's configuration says so. */
  | { readonly kind: 'default'; readonly configured: boolean }
  /** What it was when the community was first seen; the installation's default is another by now, or the platform told. */
  | { readonly kind: 'start' }
  /** `by` is the name of whoever decided; null for a program or the command line. */
  | { readonly kind: 'set'; readonly by: string | null; readonly at: number }

/** From here to the end of the transaction nobody else decides for this community. Needless where there is one writer. */
export async function lockCommunity(app: App, communityId: string): Promise<void> {
  if (app.can.rowLocks)
    await app.db.selectFrom('communities').select('id').where('id', '=', communityId).forNoKeyUpdate().execute()
}
