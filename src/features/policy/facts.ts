/** What the policy has to know of a batch of deliveries: read for all of them at once, whatever their number. */
import { sql } from 'kysely'
import type { App } from '../../app.ts'
import type { Platform } from '../../chat/text.ts'
import { among } from '../../db/index.ts'
import { HOUR } from '../../lib/time.ts'
import { permissionOf, type Topic } from '../consents/index.ts'
import { type Cap, LONGEST_MS, readCap } from './caps.ts'
import { CAP_SETTINGS, INITIAL, QUIET_SETTING } from './defaults.ts'
import type { Facts, PersonFacts } from './judge.ts'
import { type Quiet, readQuiet } from './quiet.ts'

/** A delivery that is due, as far as the policy looks at it. */
export interface Due {
  readonly id: number
  readonly class: Facts['class']
  readonly chatKey: string
  readonly accountId: string | null
  readonly memberId: string | null
  readonly topic: string | null
  readonly message: string | null
  readonly period: string
}

/** A chat that was refused is tried again after this long: what staff mended there nobody tells. People open theirs again themselves. */
const CHAT_AGAIN_MS = 6 * HOUR

/** Chats on the suppression list, without those that came off it since; `listed` are in the table all the same. */
export interface Suppressed {
  readonly chats: ReadonlySet<string>
  readonly listed: ReadonlySet<string>
}

/** Which of these chats are refused for good. */
export async function readSuppressed(app: App, bot: string, chatKeys: readonly string[]): Promise<Suppressed> {
  const at = app.clock.now()
  const rows = await app.db
    .selectFrom('suppressions')
    .leftJoin('accounts', 'accounts.id', 'suppressions.account_id')
    .select(({ selectFrom }) => [
      'suppressions.chat_key as chatKey',
      'suppressions.since',
      'suppressions.account_id as accountId',
      'accounts.direct_at as openedAt',
      selectFrom('consents')
        .select(({ fn }) => fn.max('consents.allowed_at').as('at'))
        .whereRef('consents.account_id', '=', 'suppressions.account_id')
        .as('allowedAt'),
    ])
    .where('suppressions.bot', '=', bot)
    .where(among(app.db, 'suppressions.chat_key', chatKeys))
    .execute()
  const isOver = ({ accountId, openedAt, allowedAt, since }: (typeof rows)[number]) =>
    accountId === null ? since + CHAT_AGAIN_MS <= at : Math.max(openedAt ?? -1, allowedAt ?? -1) >= since
  return {
    chats: new Set(rows.filter(row => !isOver(row)).map(({ chatKey }) => chatKey)),
    listed: new Set(rows.map(({ chatKey }) => chatKey)),
  }
}

interface PersonRow {
  readonly id: number
  readonly platform: Platform
  readonly deletedAt: number | null
  readonly allowed_at: number | null
  readonly refused_at: number | null
  /** Who they are now, when two accounts proved to be one person. */
  readonly memberId: string | null
  readonly communityId: string | null
  readonly zone: string | null
  readonly quietHours: string | null
  readonly mostADay: number | null
  readonly snoozedUntil: number | null
}

async function readPersons(app: App, ids: readonly number[]): Promise<Map<number, PersonRow>> {
  if (ids.length === 0) return new Map()
  const at = app.clock.now()
  const rows = await app.db
    .selectFrom('outbox')
    .innerJoin('accounts', 'accounts.id', 'outbox.account_id')
    .leftJoin('consents', join =>
      join.onRef('consents.account_id', '=', 'outbox.account_id').onRef('consents.topic', '=', 'outbox.topic'),
    )
    .leftJoin('members as named', 'named.id', 'outbox.member_id')
    .leftJoin('members', join => join.on('members.id', '=', sql<string>`coalesce(named.merged_into, named.id)`))
    .leftJoin('send_preferences', 'send_preferences.member_id', 'members.id')
    .select(({ selectFrom }) => [
      'outbox.id',
      'accounts.platform',
      'accounts.deleted_at as deletedAt',
      'consents.allowed_at',
      'consents.refused_at',
      'members.id as memberId',
      'members.community_id as communityId',
      'send_preferences.quiet_hours as quietHours',
      'send_preferences.most_a_day as mostADay',
      'send_preferences.snoozed_until as snoozedUntil',
      selectFrom('day_rules')
        .select('day_rules.zone')
        .whereRef('day_rules.member_id', '=', 'members.id')
        .where('day_rules.from_at', '<=', at)
        .orderBy('day_rules.from_at', 'desc')
        .limit(1)
        .as('zone'),
    ])
    .where(among(app.db, 'outbox.id', ids))
    .execute()
  return new Map(rows.map(row => [row.id, row]))
}

interface Rules {
  readonly quiet: Quiet | null
  readonly caps: { readonly [K in 'service' | 'marketing']: Cap | null }
}

async function readRules(app: App, communityIds: readonly string[]): Promise<(communityId: string) => Rules> {
  const rows =
    communityIds.length === 0
      ? []
      : await app.db
          .selectFrom('settings')
          .select(['community_id', 'key', 'value'])
          .where(among(app.db, 'community_id', communityIds))
          .where('key', 'in', [QUIET_SETTING, CAP_SETTINGS.service, CAP_SETTINGS.marketing])
          .execute()
  const decided = new Map(
    rows.map(({ community_id, key, value }) => [`${community_id} ${key}`, String(JSON.parse(value))]),
  )
  const of = (communityId: string, key: keyof typeof INITIAL) => decided.get(`${communityId} ${key}`) ?? INITIAL[key]
  const known = new Map<string, Rules>()
  return communityId => {
    let rules = known.get(communityId)
    if (!rules) {
      rules = {
        quiet: readQuiet(of(communityId, QUIET_SETTING)) ?? null,
        caps: {
          service: readCap(of(communityId, CAP_SETTINGS.service)) ?? null,
          marketing: readCap(of(communityId, CAP_SETTINGS.marketing)) ?? null,
        },
      }
      known.set(communityId, rules)
    }
    return rules
  }
}

const settled = sql<boolean>`state in ('leased', 'sent', 'unknown')`

/** When members' deliveries that count went, by member and class. */
async function readSent(app: App, memberIds: readonly string[]): Promise<Map<string, number[]>> {
  const sent = new Map<string, number[]>()
  if (memberIds.length === 0) return sent
  const merged = await app.db
    .selectFrom('members')
    .select(['id', 'merged_into as into'])
    .where(among(app.db, 'merged_into', memberIds))
    .execute()
  const now = new Map(merged.map(({ id, into }) => [id, into]))
  const rows = await app.db
    .selectFrom('outbox')
    .select(['member_id as memberId', 'class', 'leased_at as at'])
    .where(among(app.db, 'member_id', [...memberIds, ...now.keys()]))
    // By when it was queued, which never changes: nothing waits longer than what is counted.
    .where('created_at', '>', app.clock.now() - 2 * LONGEST_MS)
    .where('leased_at', '>', app.clock.now() - LONGEST_MS)
    .where('account_id', 'is not', null)
    .where(settled)
    .execute()
  for (const row of rows) count(sent, `${now.get(row.memberId ?? '') ?? row.memberId} ${row.class}`, row.at ?? 0)
  return sent
}

function count(sent: Map<string, number[]>, key: string, at: number): void {
  const known = sent.get(key)
  if (known) known.push(at)
  else sent.set(key, [at])
}

/** To whom something is said: a member on whichever account, else a chat. */
const audience = ({ memberId, accountId, chatKey }: Due): string =>
  memberId !== null && accountId !== null ? memberId : chatKey
const saying = (due: Due): string => `${due.message} ${due.period} ${audience(due)}`

/** What was said before to the same, for the same period. */
async function readSaid(app: App, dues: readonly Due[]): Promise<Set<string>> {
  const repeatable = dues.filter(({ message }) => message !== null)
  const messages = [...new Set(repeatable.map(({ message }) => message))].filter(message => message !== null)
  if (messages.length === 0) return new Set()
  const said = app.db
    .selectFrom('outbox')
    .select(['message', 'period', 'member_id', 'account_id', 'chat_key'])
    .where(among(app.db, 'message', messages))
    .where(settled)
  const members = repeatable.flatMap(({ memberId }) => (memberId === null ? [] : [memberId]))
  const chats = repeatable.flatMap(due => (due.memberId === null ? [due.chatKey] : []))
  const rows = [
    ...(members.length === 0 ? [] : await said.where(among(app.db, 'member_id', members)).execute()),
    ...(chats.length === 0
      ? []
      : await said
          .where('member_id', 'is', null)
          .where(among(app.db, 'chat_key', chats))
          .execute()),
  ]
  return new Set(
    rows.map(row => {
      const { message, period, member_id: memberId, account_id: accountId, chat_key: chatKey } = row
      return saying({ id: 0, class: 'service', topic: null, message, period, memberId, accountId, chatKey })
    }),
  )
}

/** Facts of one delivery after the other; what is let through on the way counts for those after it. */
export interface Reader {
  readonly of: (due: Due) => Facts
  readonly sent: (due: Due) => void
}

/** Reads everything about a batch in a handful of statements. */
export async function readFacts(app: App, dues: readonly Due[], suppressed: Suppressed): Promise<Reader> {
  const judged = dues.filter(due => due.class !== 'transactional' && !suppressed.chats.has(due.chatKey))
  const at = app.clock.now()
  const toPeople = judged.filter(({ accountId }) => accountId !== null)
  const persons = await readPersons(
    app,
    toPeople.map(({ id }) => id),
  )
  const communityIds = [...new Set([...persons.values()].map(({ communityId }) => communityId))].filter(
    id => id !== null,
  )
  await lockCommunities(app, communityIds)
  const rulesOf = await readRules(app, communityIds)
  const sent = await readSent(
    app,
    [...persons.values()].flatMap(({ memberId }) => (memberId === null ? [] : [memberId])),
  )
  const said = await readSaid(app, judged)

  function personFacts(due: Due): PersonFacts | null {
    const person = persons.get(due.id)
    if (!person || due.class === 'transactional') return null
    const { communityId, zone, snoozedUntil, mostADay } = person
    const permission = permissionOf(person.platform, (due.topic ?? 'service') as Topic, person)
    const rules = communityId === null ? null : rulesOf(communityId)
    const of = (kind: string) => sent.get(`${person.memberId} ${kind}`) ?? []
    return {
      permission: person.deletedAt === null ? permission : 'none',
      snoozedUntil,
      member: rules && {
        zone: zone ?? app.defaults.zone,
        quiet: person.quietHours === null ? rules.quiet : (readQuiet(person.quietHours) ?? null),
        cap: rules.caps[due.class],
        mostADay,
        sent: of(due.class),
        sentInAll: mostADay === null ? [] : [...of('service'), ...of('marketing')],
      },
    }
  }

  return {
    of: due => ({
      class: due.class,
      suppressed: suppressed.chats.has(due.chatKey),
      person: personFacts(due),
      said: due.message !== null && said.has(saying(due)),
    }),
    sent: due => {
      if (due.message !== null) said.add(saying(due))
      const memberId = persons.get(due.id)?.memberId
      if (memberId) count(sent, `${memberId} ${due.class}`, at)
    },
  }
}

/** Two bots may write to one member: whoever counts first is waited for. Needless where there is one writer. */
async function lockCommunities(app: App, ids: readonly string[]): Promise<void> {
  if (!app.can.rowLocks || ids.length === 0) return
  await app.db
    .selectFrom('communities')
    .select('id')
    .where(among(app.db, 'id', ids))
    .orderBy('id')
    .forNoKeyUpdate()
    .execute()
}
