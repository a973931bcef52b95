/** What a community can decide, in words: for /setup, /audit and the pages to come. */
import { type Role, reaches } from '../../chat/command.ts'
import type { Row } from '../../chat/reply.ts'
import { instant, named, type Platform, type Text, t, type Value, zone } from '../../chat/text.ts'
import type { Key } from '../../messages/index.ts'
import type { StaffMember } from '../people/index.ts'
import type { Channel, Purpose } from './channels.ts'
import type { Source } from './decision.ts'
import { isSetting, type SettingKey } from './registry.ts'

const SETTING_NAMES = {
  zone: 'setup.setting.zone',
  locale: 'setup.setting.locale',
  day_start: 'setup.setting.day_start',
  'part.checkin': 'setup.part.checkin',
  'part.points': 'setup.part.points',
  'part.boards': 'setup.part.boards',
  'part.welcome': 'setup.part.welcome',
  welcome: 'setup.setting.welcome',
  quiet_hours: 'setup.setting.quiet_hours',
  'cap.service': 'setup.setting.cap.service',
  'cap.marketing': 'setup.setting.cap.marketing',
} as const satisfies Record<SettingKey, Key>
const PURPOSE_NAMES = {
  announcements: 'setup.purpose.announcements',
  staff: 'setup.purpose.staff',
  digest: 'setup.purpose.digest',
  welcome: 'setup.purpose.welcome',
} as const satisfies Record<Purpose, Key>
const ROLE_NAMES = {
  member: 'role.member',
  reviewer: 'role.reviewer',
  manager: 'role.manager',
  owner: 'role.owner',
} as const satisfies Record<Role, Key>

export const settingName = (key: SettingKey): Text => t(SETTING_NAMES[key])
export const purposeName = (purpose: Purpose): Text => t(PURPOSE_NAMES[purpose])
export const roleName = (role: Role): Text => t(ROLE_NAMES[role])

export const platformName = (platform: Platform): Text => t(`platform.${platform}`)

/** Where a channel is: its own name, and that of the guild or group around it where that is another. */
export const channelName = ({ title, place, platform }: Pick<Channel, 'title' | 'place' | 'platform'>): Text =>
  title === place
    ? t('setup.chat', { title, platform: platformName(platform) })
    : t('setup.chat.in', { title, place, platform: platformName(platform) })

/** An hour as it is written where a day begins. */
export const oclock = (hour: number): string => `${String(hour).padStart(2, '0')}:00`

/** Characters of somebody's own words that are shown among other things. */
const EXCERPT = 60
const excerpt = (text: string): string => {
  const characters = [...text.replaceAll(/\s+/g, ' ')]
  return characters.length > EXCERPT ? `${characters.slice(0, EXCERPT).join('')}…` : characters.join('')
}

/** A value of a setting as people read it. Also reads what an older version wrote down. */
export function settingValue(key: string, value: unknown): Value {
  if (!isSetting(key)) return plainValue(value)
  switch (key) {
    case 'zone':
      return zone(String(value))
    case 'locale':
      return t(value === 'en' ? 'settings.choice.language.en' : 'settings.choice.language.zh')
    case 'day_start':
      return oclock(Number(value))
    case 'quiet_hours':
    case 'cap.service':
    case 'cap.marketing':
      return plainValue(value)
    case 'welcome':
      return value === null ? t('setup.welcome.standard') : t('setup.welcome.own', { text: excerpt(String(value)) })
    default:
      return t(value === 'off' ? 'setup.off' : 'setup.on')
  }
}

/** A value of which no more is known than what it is. */
export function plainValue(value: unknown): Value {
  if (value === null || value === undefined) return t('audit.nothing')
  if (typeof value === 'number') return value
  if (typeof value === 'string') return excerpt(value)
  if (typeof value === 'object' && 'title' in value) return excerpt(String(value.title))
  if (typeof value === 'object' && 'name' in value) return excerpt(String(value.name))
  return excerpt(JSON.stringify(value))
}

/** Where a value comes from; moments in the community's zone. */
export function sourceText(source: Source, communityZone: string): Text {
  switch (source.kind) {
    case 'default':
      return t(source.configured ? 'setup.source.configured' : 'setup.source.default')
    case 'start':
      return t('setup.source.start')
    case 'set': {
      const at = instant(source.at, communityZone)
      return source.by === null
        ? t('setup.source.program', { at })
        : t('setup.source.person', { who: named(source.by), at })
    }
  }
}

/** One of the staff: who, what, and what makes them that. */
export function staffRow({ name, role, named, given: [highest] }: StaffMember): Row {
  const label = t('setup.staff.row', { name, role: roleName(role) })
  if (!highest) return { label, value: t('setup.staff.named') }
  const where = { platform: platformName(highest.platform), place: highest.place }
  if (named === null) return { label, value: t('setup.staff.given', where) }
  // What was named counts where it is more; it would also stay if the platform's role went.
  const value = reaches(highest.role, named)
    ? t('setup.staff.given.first', { ...where, named: roleName(named) })
    : t('setup.staff.named.first', { ...where, given: roleName(highest.role) })
  return { label, value }
}
