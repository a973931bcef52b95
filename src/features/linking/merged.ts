/** Members that became others. */
import type { App } from '../../app.ts'
import { inChunks } from '../../lib/chunks.ts'

export interface Merged {
  readonly id: string
  readonly into: string
  readonly personId: string
  readonly communityId: string
}

/** Those who are one with these members. */
export async function mergedInto(app: App, ids: readonly string[]): Promise<Merged[]> {
  const found: Merged[] = []
  for (const chunk of inChunks(ids)) {
    const rows = await app.db
      .selectFrom('members')
      .select(['id', 'merged_into as into', 'person_id as personId', 'community_id as communityId'])
      .where('merged_into', 'in', chunk)
      .orderBy('id')
      .execute()
    found.push(...rows.map(row => ({ ...row, into: row.into as string })))
  }
  return found
}
