/** What a community decided about itself: settings with their source, where things are posted, and who is staff. */
import { type App, transaction } from '../../app.ts'
import { audit } from '../audit/index.ts'
import type { Contribution } from '../contribution.ts'
import { type Decision, lockCommunity, type Source } from './decision.ts'
import { SETTING_KEYS, SETTINGS, type SettingKey, type Settings } from './registry.ts'

export { describeChange } from './changes.ts'
export {
  type Channel,
  type ChannelChange,
  channelsFor,
  channelsOf,
  chatPlaces,
  guildsWithout,
  PURPOSES,
  type Purpose,
  removeChannel,
  setChannel,
} from './channels.ts'
export { type Decision, decisionOf, type Source } from './decision.ts'
export {
  LATEST_DAY_START,
  MAX_WELCOME,
  PART_SETTINGS,
  SETTING_KEYS,
  type SettingKey,
  type Settings,
  type Switch,
} from './registry.ts'
export { type Naming, nameStaff } from './staff.ts'
export {
  channelName,
  oclock,
  platformName,
  purposeName,
  roleName,
  settingName,
  settingValue,
  sourceText,
  staffRow,
} from './words.ts'

/** A setting as it is in force. */
export type Effective = {
  [K in SettingKey]: { readonly key: K; readonly value: Settings[K]; readonly source: Source }
}[SettingKey]

/** All settings of a community as they are in force. */
export async function settingsOf(app: App, communityId: string): Promise<Settings> {
  const community = await app.db
    .selectFrom('communities')
    .select(['zone', 'locale', 'day_start'])
    .where('id', '=', communityId)
    .executeTakeFirstOrThrow()
  const rows = await app.db
    .selectFrom('settings')
    .select(['key', 'value'])
    .where('community_id', '=', communityId)
    .execute()
  const decided = new Map(rows.map(row => [row.key, row.value]))
  const values = SETTING_KEYS.map(key => {
    const { column, initial } = SETTINGS[key]
    const stored = decided.get(key)
    return [key, column ? community[column] : stored === undefined ? initial(app.defaults) : JSON.parse(stored)]
  })
  return Object.fromEntries(values) as Settings
}

/** Every setting of a community in force, each with its source. */
export async function effective(app: App, communityId: string): Promise<Effective[]> {
  const values = await settingsOf(app, communityId)
  const last = app.db
    .selectFrom('audit')
    .select(({ fn }) => fn.max('id').as('id'))
    .where('community_id', '=', communityId)
    .where('subject', 'in', SETTING_KEYS)
    .where('action', '=', 'setting.changed')
    .groupBy('subject')
  const changes = await app.db
    .selectFrom('audit')
    .leftJoin('accounts', 'accounts.id', 'audit.account_id')
    .select(['audit.subject', 'audit.at', 'accounts.name as by'])
    .where('audit.id', 'in', last)
    .execute()
  const decisions = new Map(changes.map(({ subject, by, at }) => [subject, { kind: 'set', by, at } as const]))
  return SETTING_KEYS.map(key => {
    const { initial, configured } = SETTINGS[key]
    const start = values[key] === initial(app.defaults) ? ({ kind: 'default', configured } as const) : undefined
    return { key, value: values[key], source: decisions.get(key) ?? start ?? { kind: 'start' } } as Effective
  })
}

export type SettingChange<K extends SettingKey = SettingKey> =
  | { readonly kind: 'same'; readonly value: Settings[K] }
  | { readonly kind: 'changed'; readonly before: Settings[K]; readonly value: Settings[K] }

/** Decides one setting. `given` is read as people type it, and refused with a Refusal. What is so already leaves no trace. */
export async function changeSetting<K extends SettingKey>(
  app: App,
  decision: Decision,
  key: K,
  given: unknown,
): Promise<SettingChange<K>> {
  const { read, column } = SETTINGS[key]
  const value = read(given)
  return transaction(app, async inner => {
    await lockCommunity(inner, decision.communityId)
    const before = (await settingsOf(inner, decision.communityId))[key]
    if (before === value) return { kind: 'same', value }
    if (column)
      await inner.db
        .updateTable('communities')
        .set({ [column]: value })
        .where('id', '=', decision.communityId)
        .execute()
    else await store(inner, decision.communityId, key, value)
    await audit(inner, { ...decision, action: 'setting.changed', subject: key, before, after: value })
    return { kind: 'changed', before, value }
  })
}

async function store(app: App, communityId: string, key: SettingKey, value: Settings[SettingKey]): Promise<void> {
  if (value === null) {
    await app.db.deleteFrom('settings').where('community_id', '=', communityId).where('key', '=', key).execute()
    return
  }
  const row = { value: JSON.stringify(value) }
  await app.db
    .insertInto('settings')
    .values({ community_id: communityId, key, ...row })
    .onConflict(conflict => conflict.columns(['community_id', 'key']).doUpdateSet(row))
    .execute()
}

/** Whether newcomers are welcomed, and the community's own words for it; null are the standard ones. */
export async function welcomeOf(app: App, communityId: string): Promise<{ on: boolean; text: string | null }> {
  const settings = await settingsOf(app, communityId)
  return { on: settings['part.welcome'] === 'on', text: settings.welcome }
}

export const contribution: Contribution = { name: 'settings', tables: ['settings', 'channels'] }
