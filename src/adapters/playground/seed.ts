/** The first start gives the community three weeks of history: the same every time, told relative to today. */
import { type App, transaction } from '../../app.ts'
import { button, type Reply, success } from '../../chat/reply.ts'
import { day as dayValue, span, t, zone as zoneValue } from '../../chat/text.ts'
import { seedAll } from '../../contributions.ts'
import { apply } from '../../features/communities/index.ts'
import type { DemoMember } from '../../features/contribution.ts'
import { CHECKIN_POINTS } from '../../features/points/index.ts'
import { type Locale, nearestLocale } from '../../lib/locale.ts'
import { addDays, type Day, dayEnd, dayStart, daysBetween, HOUR, localDay, MINUTE } from '../../lib/time.ts'
import { BOT, type CastMember, MUSTER, sighting, type World } from './cast.ts'
import { type Body, formatReply, saidBody } from './formatter.ts'
import { conversation, habits } from './history.ts'

/** Writes the history into a database where nobody lives yet; true when it did. One transaction: a start that is cut short leaves nothing. */
export async function seedPlayground(app: App, world: World): Promise<boolean> {
  return transaction(app, async inner => {
    const somebody = await inner.db.selectFrom('places').select('id').limit(1).executeTakeFirst()
    if (somebody) return false
    const today = localDay(inner.clock.now(), inner.defaults.zone)
    const active = habits(today, [...world.people.keys()])
    await moveIn(inner, world, active)
    await seedAll(inner, await demoMembers(inner, active))
    await talk(inner, world, today, active)
    return true
  })
}

/** The group appears, and everyone joins it on the morning of their first day. */
async function moveIn(app: App, world: World, active: ReadonlyMap<string, readonly Day[]>): Promise<void> {
  const { zone } = app.defaults
  const now = app.clock.now()
  const joined = (person: CastMember) => dayStart(active.get(person.id)?.[0] ?? localDay(now, zone), zone) + 6 * HOUR
  const people = [...world.people.values()].sort((a, b) => joined(a) - joined(b))
  const [first] = people
  const at = first ? Math.min(joined(first), now) : now
  const event = { kind: 'happening', platform: 'playground', bot: BOT, eventId: 'seed' } as const
  await apply(app, { ...event, what: 'bot-joined', place: world.group, at })
  for (const person of people) {
    const who = sighting(person, true)
    const arrived = Math.min(joined(person), now)
    await apply(app, { ...event, what: 'member-joined', place: world.group, who, at: arrived })
    if (person.playable)
      await apply(app, { ...event, what: 'direct-opened', who: sighting(person, false), at: arrived })
  }
}

async function demoMembers(app: App, active: ReadonlyMap<string, readonly Day[]>): Promise<DemoMember[]> {
  const rows = await app.db
    .selectFrom('accounts')
    .innerJoin('members', 'members.person_id', 'accounts.person_id')
    .select(['accounts.id as accountId', 'accounts.platform_id as id', 'members.id as memberId'])
    .where('accounts.platform', '=', 'playground')
    .orderBy('accounts.platform_id')
    .execute()
  return rows.map(({ id, ...row }) => ({ ...row, activeDays: active.get(id) ?? [] }))
}

interface Said {
  readonly chat: 'group' | `direct:${string}`
  readonly author: string
  readonly at: number
  readonly body: Body
}

/** What the group wrote these days, and Muster's first words to everyone who can be played. */
async function talk(app: App, world: World, today: Day, active: ReadonlyMap<string, readonly Day[]>): Promise<void> {
  const { zone } = app.defaults
  const said: Said[] = []
  for (const person of world.people.values()) {
    if (!person.playable) continue
    const at = dayStart(active.get(person.id)?.[0] ?? today, zone) + 6 * HOUR + MINUTE
    const body = formatReply(hello(person, world), localeOf(app, person), person.id, false)
    said.push({ chat: `direct:${person.id}`, author: MUSTER, at, body })
  }
  for (const { ago, at: clock, who, text } of conversation) {
    const person = world.people.get(who)
    if (!person) continue
    const day = addDays(today, -ago)
    const at = dayStart(day, zone) + clock
    said.push({ chat: 'group', author: who, at, body: saidBody(text) })
    if (!text.startsWith('/checkin')) continue
    const reply = checkedIn(person, text.slice('/checkin'.length).trim(), {
      day,
      at,
      zone,
      days: active.get(who) ?? [],
    })
    const body = formatReply(reply, localeOf(app, person), who, false)
    said.push({ chat: 'group', author: MUSTER, at: at + 1000, body })
  }
  const rows = said
    .map(({ body, ...message }) => ({
      ...message,
      at: Math.min(message.at, app.clock.now()),
      seen_by: null,
      nonce: null,
      body: JSON.stringify(body),
    }))
    .sort((a, b) => a.at - b.at)
  if (rows.length > 0) await app.db.insertInto('playground_messages').values(rows).execute()
}

const localeOf = (app: App, person: CastMember): Locale => nearestLocale(person.locale) ?? app.defaults.locale

const mentionOf = (person: CastMember) =>
  ({ kind: 'mention', name: person.name, ids: { playground: person.id } }) as const

function hello(person: CastMember, world: World): Reply {
  return success(
    t('start.hello', { who: person.name, community: world.group.title }),
    t('start.next'),
    button(t('checkin.button'), 'checkin', {}, { answer: 'new', style: 'primary' }),
    button(t('help.title'), 'help', {}, { answer: 'new' }),
  )
}

/** The answer that a check-in got then, with the streak as it stood on that day. */
function checkedIn(
  person: CastMember,
  note: string,
  { day, at, zone, days }: { day: Day; at: number; zone: string; days: readonly Day[] },
): Reply {
  const upTo = days.filter(done => done <= day)
  const inARow = upTo.filter((done, i) => daysBetween(done, day) === upTo.length - 1 - i).length
  const values = {
    who: mentionOf(person),
    points: CHECKIN_POINTS,
    day: dayValue(day),
    zone: zoneValue(zone),
    left: span(dayEnd(day, zone) - at),
  }
  return success(
    upTo.length === 1 ? t('checkin.first', values) : t('checkin.done', { ...values, count: inARow }),
    ...(note ? [t('checkin.note', { note })] : []),
    button(t('leaderboard.open'), 'leaderboard', { window: 'week' }, { by: 'anyone' }),
  )
}
