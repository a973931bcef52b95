/** What staff changed, in words. */
import { named, type Text, t, type Value } from '../../chat/text.ts'
import { ACTIONS, type Action, type AuditEntry } from '../audit/index.ts'
import { PURPOSES, type Purpose } from './channels.ts'
import { isSetting } from './registry.ts'
import { plainValue, purposeName, roleName, settingName, settingValue } from './words.ts'

const isAction = (action: string): action is Action => Object.hasOwn(ACTIONS, action)
const isPurpose = (subject: string): subject is Purpose => (PURPOSES as readonly string[]).includes(subject)

/** One change as a sentence: who did what to whom, before and after. An action of a newer version is shown by its name. */
export function describeChange(entry: AuditEntry): Text {
  const { action, before, after } = entry
  const who = by(entry)
  if (!isAction(action)) return t('audit.unknown', { who, action, about: about(entry) })
  const read = READ[action] ?? plainValue
  const values = { who, about: about(entry), before: read(before, entry), after: read(after, entry) }
  return { kind: 'text', key: ACTIONS[action], values }
}

function by({ who, program }: AuditEntry): Value {
  if (who !== null) return named(who)
  return program === null ? t('audit.by.operator') : t('audit.by.program', { name: program })
}

function about({ subject, about: name }: AuditEntry): Value {
  if (name !== null) return named(name)
  if (isSetting(subject)) return settingName(subject)
  return isPurpose(subject) ? purposeName(subject) : subject
}

/** How the values of an action are written down, where they are more than a word or a number. */
const READ: Partial<Record<Action, (value: unknown, entry: AuditEntry) => Value>> = {
  'setting.changed': (value, { subject }) => settingValue(subject, value),
  'role.changed': value => roleName(value === 'manager' || value === 'reviewer' ? value : 'member'),
  'points.awarded': points,
  'points.reversed': points,
}

/** `+20 · Talk of the month`, or what it was for, or the balance where no more is told. */
function points(value: unknown): Value {
  if (typeof value !== 'object' || value === null || !('amount' in value)) return plainValue(value)
  const amount = Number(value.amount)
  const reason = 'reason' in value ? String(value.reason) : 'source' in value ? String(value.source) : ''
  const sign = amount < 0 ? '−' : '+'
  return t('points.history.row', { sign, amount: Math.abs(amount), reason: plainValue(reason) })
}
