// Somebody with a name of her own, on two platforms, who leaves traces everywhere; and a way to look for them.
import { expect } from 'vitest'
import { type App, transaction } from '#src/app.ts'
import { plain } from '#src/chat/reply.ts'
import type { Ask, PlaceSighting, Sighting } from '#src/chat/request.ts'
import { t } from '#src/chat/text.ts'
import { walk } from '#src/contributions.ts'
import { consumeActivity } from '#src/features/activity/index.ts'
import { audit } from '#src/features/audit/index.ts'
import { checkIn } from '#src/features/checkin/index.ts'
import { apply } from '#src/features/communities/index.ts'
import { answerConsent } from '#src/features/consents/index.ts'
import { keepFile } from '#src/features/files/index.ts'
import { confirmLink, issueLink, redeemLink } from '#src/features/linking/index.ts'
import { enqueue } from '#src/features/outbox/index.ts'
import { arrive } from '#src/features/people/index.ts'
import { changeProfile } from '#src/features/profiles/index.ts'
import { DAY_LENGTH } from '#src/lib/time.ts'
import { converse } from '#test/commands/conversation.ts'
import type { Engine } from '#test/support/engines.ts'
import { ada, BOT, happening, lin, line, mo, OWLS } from './scene.ts'

export const zeph: Sighting = {
  platformId: '90071992547411',
  name: 'Zephyrine "Z" Quill',
  username: 'zquill_77',
  locale: 'en',
}
/** Who she is on Discord. */
export const zephyr: Sighting = { platformId: '80071992547422', name: '泽菲琳', username: 'zephyr.cord' }
const GUILD: PlaceSighting = { platformId: '900', kind: 'guild', title: 'Owls’ guild' }
const LARKS: PlaceSighting = { platformId: '-200', kind: 'group', title: 'Larks' }
export const NOTE = 'learnt the verb schwimmen'
const ABOUT = 'gardener of tangerines'
const ADDRESS = 'https://tangerines.example.org/'
const DRAFT = 'half a sentence on tangerines'

/** What must be found nowhere, as it may be written in JSON or not. */
export const TRACES = [
  ...[zeph, zephyr].flatMap(({ platformId, name, username }) => [platformId, name, username ?? '']),
  'Zephyrine',
  ...[NOTE, ABOUT, DRAFT, 'tangerines', 'tangerine.jpg'],
].flatMap(trace => [trace, JSON.stringify(trace).slice(1, -1)])

/** Every value of every row that holds one of the words, and where. */
export async function foundIn(app: App, words: readonly string[]): Promise<string[]> {
  const found: string[] = []
  for (const { name, columns } of await app.db.introspection.getTables()) {
    const { rows } = await app.db.executeQuery<Record<string, unknown>>({
      ...app.db.selectFrom('meta').selectAll().compile(),
      sql: `select * from "${name}"`,
      parameters: [],
    })
    expect(columns.length).toBeGreaterThan(0)
    for (const row of rows)
      for (const [column, value] of Object.entries(row)) {
        const text = String(value).toLowerCase()
        if (words.some(word => word !== '' && text.includes(word.toLowerCase())))
          found.push(`${name}.${column}: ${String(value)}`)
      }
  }
  return found
}

const GUILD_PLACE = { platform: 'discord', bot: 'discord:1', place: GUILD } as const

/** A community in a group and a guild, another one beside it, and her in all of them; others speak of her. */
export async function withZephyrine(engine: Engine) {
  const world = await converse(engine)
  const { app, clock } = world
  const inside = <T>(work: (inner: App) => Promise<T>): Promise<T> => transaction(app, work)
  await world.type(mo, '/checkin')
  await world.type(ada, '/checkin')
  const { id: communityId } = await app.db.selectFrom('communities').select('id').executeTakeFirstOrThrow()
  await inside(async inner => {
    const { place } = await arrive(inner, GUILD_PLACE, { platformId: '12345678', name: 'Guildmaster' }, clock.now())
    await inner.db.updateTable('places').set({ community_id: communityId }).where('id', '=', place.id).execute()
    await apply(inner, happening(inner, { what: 'member-joined', place: OWLS, who: zeph }))
  })
  await world.type(zeph, `/checkin ${NOTE}`)
  await world.type(zeph, '/checkin', LARKS)
  // On Discord she is one more person, with a day and words of her own, until she links the two.
  const there = await inside(inner => arrive(inner, GUILD_PLACE, zephyr, clock.now()))
  await checkIn(app, { ...there, communityId }, { note: NOTE, at: clock.now() })
  await inside(inner => changeProfile(inner, there.personId, { about: ABOUT, link: ADDRESS }, clock.now()))
  const { id: accountId } = await app.db
    .selectFrom('accounts')
    .select('id')
    .where('platform_id', '=', zeph.platformId)
    .executeTakeFirstOrThrow()
  await inside(async inner => {
    const { code } = await issueLink(inner, accountId)
    const redeemed = await redeemLink(inner, code, { accountId: there.accountId, communityId }, true)
    expect(redeemed.kind).toBe('redeemed')
    expect((await confirmLink(inner, walk, accountId, there.accountId)).kind).toBe('linked')
    await issueLink(inner, accountId)
  })
  const { personId } = await app.db
    .selectFrom('accounts')
    .select('person_id as personId')
    .where('id', '=', there.accountId)
    .executeTakeFirstOrThrow()
  clock.advance(DAY_LENGTH)
  await world.type(zeph, '/checkin')
  await speakOfHer(world)
  await ownThings(app, { accountId, personId, communityId })
  await openForm(world)
  await app.engine.transaction(db =>
    db.updateTable('members').set({ role: 'reviewer' }).where('name', '=', zeph.name).execute(),
  )
  while ((await consumeActivity(app)) > 0);
  return { ...world, communityId, accountId, discordAccountId: there.accountId, personId }
}

type World = Awaited<ReturnType<typeof converse>>

/** Others ask for her, read her name, and are written to about her. */
async function speakOfHer(world: World): Promise<void> {
  const { app } = world
  await world.type(lin, '/leaderboard all')
  await world.type(lin, `/streak @${zeph.username}`)
  await world.type(lin, `/checkin with ${zeph.name}, at last`)
  await world.send({ ...line(app, lin, '/streak'), about: zeph } as Ask)
  await world.type(lin, '/leaderboard', null)
  const { personId } = await app.db
    .selectFrom('accounts')
    .select('person_id as personId')
    .where('platform_id', '=', lin.platformId)
    .executeTakeFirstOrThrow()
  await transaction(app, inner =>
    changeProfile(inner, personId, { about: `friend of @${zeph.username}` }, app.clock.now()),
  )
  // Asked in the group by her, answered where she has to open the chat first.
  await world.type(zeph, '/streak')
  await transaction(app, async inner => {
    const who = {
      kind: 'mention',
      name: zeph.name,
      ids: { telegram: zeph.platformId, discord: zephyr.platformId },
    } as const
    const chat = { id: OWLS.platformId, direct: false, ephemeral: false }
    const message = {
      bot: BOT,
      platform: 'telegram',
      reply: plain(t('welcome.hello', { who, community: 'Night Owls' }), t('checkin.note', { note: zeph.name })),
      locale: 'en',
      askerId: '',
      class: 'service',
    } as const
    await enqueue(inner, { ...message, to: { kind: 'chat', chat }, source: 'digest' })
    await enqueue(inner, { ...message, to: { kind: 'chat', chat }, source: 'late', askerId: zeph.platformId })
    await enqueue(inner, { ...message, to: { kind: 'person', platformId: zeph.platformId }, source: 'private' })
  })
}

/** What she says about herself, sends, allows, and does as staff. */
async function ownThings(
  app: App,
  { accountId, personId, communityId }: { accountId: string; personId: string; communityId: string },
): Promise<void> {
  const bytes = new TextEncoder().encode(`a photo of tangerines`)
  const path = await app.files.put(bytes)
  const at = app.clock.now()
  await transaction(app, async inner => {
    const file = { path, name: 'tangerine.jpg', kind: 'jpeg', bytes: bytes.length, sha256: 'f'.repeat(64) } as const
    const photo = await keepFile(inner, file, { accountId, communityId })
    await changeProfile(inner, personId, { about: ABOUT, link: ADDRESS, photo: photo.id }, at)
    await answerConsent(inner, accountId, 'reminders', true, at)
    await audit(inner, {
      communityId,
      by: { accountId },
      action: 'setting.changed',
      subject: 'zone',
      before: 'UTC',
      after: 'Asia/Tokyo',
      at,
    })
  })
}

/** A form that she leaves in its middle. */
async function openForm(world: World): Promise<void> {
  await world.type(zeph, '/profile', null)
  await world.say(zeph, DRAFT)
}
