/** What a community can decide: each setting's name, how a value is read, and what it is until somebody decides. */
import type { Defaults } from '../../app.ts'
import { PARTS, type Part } from '../../chat/command.ts'
import { Refusal } from '../../chat/refusal.ts'
import { list, t } from '../../chat/text.ts'
import { LOCALES, type Locale } from '../../lib/locale.ts'
import { canonicalZone } from '../../lib/zones.ts'
import { type PartSetting, partSetting } from '../people/index.ts'
import { CAP_SETTINGS, INITIAL, QUIET_SETTING, readCap, readQuiet, writeCap, writeQuiet } from '../policy/index.ts'

export type Switch = 'on' | 'off'
const SWITCH = ['on', 'off'] as const

/** The latest hour at which a day may begin. */
export const LATEST_DAY_START = 6
/** Characters of a community's own words of welcome. */
export const MAX_WELCOME = 500

/** Every setting and what it can be. */
export type Settings = {
  /** Windows of boards are counted in it, and new members begin with it. */
  readonly zone: string
  /** What is spoken where nobody's own language is known. */
  readonly locale: Locale
  /** The hour at which days begin, as for `zone`. */
  readonly day_start: number
  /** A community's own words of welcome; null are the standard ones. */
  readonly welcome: string | null
  /** When members are not written to, such as `22:00-08:00`, by their own clocks; `off`. */
  readonly quiet_hours: string
  /** How many deliveries of a class one member gets, such as `2/day 5/7d defer`; `off`. */
  readonly 'cap.service': string
  readonly 'cap.marketing': string
} & { readonly [K in PartSetting]: Switch }
export type SettingKey = keyof Settings

interface Definition<V> {
  /** Reads what a person typed or a program sent; throws a Refusal that says what would do. */
  read(given: unknown): V
  /** What holds until somebody decides. */
  initial(defaults: Defaults): V
  /** Whether the installation's configuration says what holds until then. */
  readonly configured: boolean
  /** Kept in this column of the community; the others are rows. */
  readonly column?: 'zone' | 'locale' | 'day_start'
}

const SHOWN = 40
const shown = (given: unknown): string => [...String(given)].slice(0, SHOWN).join('')

function oneOf<V extends string>(options: readonly V[], arg: string) {
  return (given: unknown): V => {
    const wanted = String(given).trim().toLowerCase()
    const found = options.find(option => option.toLowerCase() === wanted)
    if (found === undefined)
      throw new Refusal(t('refusal.arg.choice', { arg, choices: list(options), typed: shown(given) }))
    return found
  }
}

function readZone(given: unknown): string {
  const found = typeof given === 'string' ? canonicalZone(given) : null
  if (found === null) throw new Refusal(t('settings.zone.unknown', { typed: shown(given) }))
  return found
}

function readDayStart(given: unknown): number {
  const hour = typeof given === 'number' ? given : /^\d{1,2}$/.test(String(given).trim()) ? Number(given) : Number.NaN
  const arg = 'day_start'
  if (!Number.isInteger(hour)) throw new Refusal(t('refusal.arg.whole', { arg, typed: shown(given) }))
  if (hour < 0) throw new Refusal(t('refusal.arg.least', { arg, limit: 0, typed: shown(given) }))
  if (hour > LATEST_DAY_START)
    throw new Refusal(t('refusal.arg.most', { arg, limit: LATEST_DAY_START, typed: shown(given) }))
  return hour
}

/** Words of welcome to the letter; none at all mean the standard ones. */
function readWelcome(given: unknown): string | null {
  if (given === null) return null
  const text = String(given).trim()
  const size = [...text].length
  if (size > MAX_WELCOME) throw new Refusal(t('refusal.arg.long', { arg: 'welcome', limit: MAX_WELCOME, size }))
  return text === '' ? null : text
}

function readQuietHours(given: unknown): string {
  const quiet = readQuiet(String(given))
  if (quiet === undefined) throw new Refusal(t('settings.quiet.unknown', { typed: shown(given) }))
  return writeQuiet(quiet)
}

function readCapOf(given: unknown): string {
  const cap = readCap(String(given))
  if (cap === undefined) throw new Refusal(t('settings.cap.unknown', { typed: shown(given) }))
  return writeCap(cap)
}

const part = (which: Part): Definition<Switch> => ({
  read: oneOf(SWITCH, partSetting(which)),
  initial: () => 'on',
  configured: false,
})

export const SETTINGS: { readonly [K in SettingKey]: Definition<Settings[K]> } = {
  zone: { read: readZone, initial: ({ zone }) => zone, configured: true, column: 'zone' },
  locale: { read: oneOf(LOCALES, 'locale'), initial: ({ locale }) => locale, configured: true, column: 'locale' },
  day_start: { read: readDayStart, initial: () => 0, configured: false, column: 'day_start' },
  'part.checkin': part('checkin'),
  'part.points': part('points'),
  'part.boards': part('boards'),
  'part.welcome': part('welcome'),
  welcome: { read: readWelcome, initial: () => null, configured: false },
  [QUIET_SETTING]: { read: readQuietHours, initial: () => INITIAL[QUIET_SETTING], configured: false },
  [CAP_SETTINGS.service]: { read: readCapOf, initial: () => INITIAL[CAP_SETTINGS.service], configured: false },
  [CAP_SETTINGS.marketing]: { read: readCapOf, initial: () => INITIAL[CAP_SETTINGS.marketing], configured: false },
}

/** In the order in which they are shown. */
export const SETTING_KEYS = Object.keys(SETTINGS) as SettingKey[]

export const isSetting = (key: string): key is SettingKey => Object.hasOwn(SETTINGS, key)

/** The settings that turn parts on and off. */
export const PART_SETTINGS: readonly PartSetting[] = PARTS.map(partSetting)
