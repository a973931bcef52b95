/** Parts of Muster that a community has turned off. */
import { sql } from 'kysely'
import type { App } from '../../app.ts'
import { PARTS, type Part } from '../../chat/command.ts'

/** The setting that says whether a part is on. */
export type PartSetting = `part.${Part}`
export const partSetting = (part: Part): PartSetting => `part.${part}`

/** As the setting stores it; no row is on. */
const OFF = JSON.stringify('off')

/** The settings of the parts that are off, one after the other in one text; to be selected beside the community. */
export const offSettings = (app: App, community: string) =>
  app.db
    .selectFrom('settings')
    .select(sql<string | null>`string_agg(settings.key, ' ')`.as('off'))
    .where('settings.community_id', '=', sql<string>`${sql.ref(community)}`)
    .where('settings.key', 'in', PARTS.map(partSetting))
    .where('settings.value', '=', OFF)

/** Reads what `offSettings` selected. */
export const partsIn = (settings: string | null): Part[] => {
  const keys = new Set(settings?.split(' '))
  return PARTS.filter(part => keys.has(partSetting(part)))
}

/** The parts that a community has turned off. */
export async function partsOff(app: App, communityId: string): Promise<Part[]> {
  const row = await app.db
    .selectFrom('communities')
    .select(() => offSettings(app, 'communities.id').as('off'))
    .where('communities.id', '=', communityId)
    .executeTakeFirst()
  return partsIn(row?.off ?? null)
}
