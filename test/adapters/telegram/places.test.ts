// Groups and people as they come, go, move and are promoted.
import { afterEach, describe, expect, test } from 'vitest'
import { transaction } from '#src/app.ts'
import { plain } from '#src/chat/reply.ts'
import type { Happening, PlaceSighting } from '#src/chat/request.ts'
import { t } from '#src/chat/text.ts'
import { enqueue } from '#src/features/outbox/index.ts'
import { startSender } from '#src/jobs/sender.ts'
import type { Group, Person } from '#test/fakes/telegram/index.ts'
import { engines, forEachEngine } from '#test/support/engines.ts'
import { until } from '#test/support/until.ts'
import { openTelegram, type TelegramWorld, type TelegramWorldOptions } from '../telegram-harness.ts'
import { createGate, slow } from './gate.ts'

const COMMANDS = new URL('./commands/', import.meta.url)
const MINUTE = 60_000
let world: TelegramWorld
const [sqlite] = engines
if (!sqlite) throw new Error('there is no engine')
const open = async (engine = sqlite, options: TelegramWorldOptions = {}) => {
  world = await openTelegram(engine, { commands: COMMANDS, ...options })
  return world
}
afterEach(async () => {
  const violations = [...world.violations()]
  await world[Symbol.asyncDispose]()
  expect(violations).toEqual([])
})

/** Everything told so far has been confirmed and applied. */
async function quiet(): Promise<void> {
  await world.tg.waitForQuiet()
  await until('everything is applied', async () => {
    const left = await world.test.app.db.selectFrom('inbox').select('id').where('state', '<>', 'answered').execute()
    return left.length === 0
  })
}
const places = () =>
  world.test.app.db
    .selectFrom('places')
    .select(['platform_id', 'kind', 'title', 'left_at', 'community_id'])
    .orderBy('joined_at')
    .orderBy('id')
    .execute()
const present = async (group: Group = world.group) => {
  const rows = await world.test.app.db
    .selectFrom('presences')
    .innerJoin('accounts', 'accounts.id', 'presences.account_id')
    .innerJoin('places', 'places.id', 'presences.place_id')
    .select(['accounts.name', 'presences.role'])
    .where('places.platform_id', '=', String(group.id))
    .where('presences.left_at', 'is', null)
    .orderBy('accounts.name')
    .execute()
  return rows.map(({ name, role }) => `${name}: ${role}`)
}
/** What was recorded about everybody but the owner. */
const facts = async () =>
  (
    await world.test.app.db
      .selectFrom('activity')
      .innerJoin('members', 'members.id', 'activity.member_id')
      .select('activity.kind')
      .where('members.name', '<>', 'Olga')
      .orderBy('activity.id')
      .execute()
  ).map(({ kind }) => kind)
const hellos = () =>
  world.test.app.db.selectFrom('outbox').select('payload').where('source', 'like', 'hello:%').execute()
const say = async (person: Person, text: string, chat: { id: number } = world.group) => {
  person.say(chat, text.replace(/^\/\w+/, `$&@${world.tg.bot.username}`))
  await world.finished(world.newestEvent())
}
const lastWords = (chat: { id: number } = world.group) =>
  world.tg.messages(chat).findLast(({ from }) => from?.id === world.tg.bot.id)?.text

forEachEngine('a group', engine => {
  test('that adds the bot becomes a community with its staff, and is greeted once', async () => {
    await open(engine, { group: { botIsAdmin: false } })
    await quiet()
    expect(await places()).toMatchObject([{ kind: 'supergroup', title: 'Night Owls', left_at: null }])
    await until('the staff is known', async () => (await present()).length > 0)
    expect(await present()).toEqual(['Olga: owner'])
    const [hello] = await hellos()
    expect(JSON.parse(hello?.payload ?? '{}').to.chat).toMatchObject({ id: String(world.group.id), direct: false })
    world.group.removeBot()
    await quiet()
    expect((await places())[0]?.left_at).not.toBeNull()
    world.group.addBot()
    await quiet()
    expect((await places())[0]?.left_at).toBeNull()
    expect(await hellos()).toHaveLength(1)
  })

  test('where the bot may not speak is not greeted', async () => {
    await open(engine)
    const silent = world.tg.group({ title: 'Silent', admins: [world.owner] })
    silent.restrictBot()
    await quiet()
    expect((await places()).map(({ title }) => title)).toContain('Silent')
    expect(await hellos()).toHaveLength(1)
  })

  test('knows who joins and leaves, with and without the rights to be told exactly, each once', async () => {
    for (const botIsAdmin of [true, false]) {
      await open(engine, { group: { botIsAdmin } })
      const [ada, lin] = [world.tg.user({ first_name: 'Ada' }), world.tg.user({ first_name: 'Lin' })]
      const robot = world.tg.user({ first_name: 'Robot', is_bot: true })
      for (const person of [ada, lin, robot]) world.group.join(person)
      await quiet()
      expect(await present()).toEqual(['Ada: member', 'Lin: member', 'Olga: owner'])
      world.group.leave(ada)
      world.group.kick(lin)
      await quiet()
      expect(await present()).toEqual(['Olga: owner'])
      world.group.join(ada)
      await quiet()
      const gone = ['member.left', 'member.left', ...(botIsAdmin ? ['member.banned'] : [])]
      expect(await facts()).toEqual(['member.joined', 'member.joined', ...gone, 'member.returned'])
      if (botIsAdmin) {
        expect([...world.violations()]).toEqual([])
        await world[Symbol.asyncDispose]()
      }
    }
  })

  test('knows who is kept out, let in again, silenced, and no more', async () => {
    await open(engine, { group: { botIsAdmin: true } })
    const [ada, lin] = [world.tg.user({ first_name: 'Ada' }), world.tg.user({ first_name: 'Lin' })]
    for (const person of [ada, lin]) world.group.join(person)
    await quiet()
    const banned = async () =>
      (
        await world.test.app.db
          .selectFrom('presences')
          .select('account_id')
          .where('banned_at', 'is not', null)
          .execute()
      ).length
    world.group.kick(ada)
    await quiet()
    expect([await banned(), await present()]).toEqual([1, ['Lin: member', 'Olga: owner']])
    world.group.unban(ada)
    await quiet()
    expect([await banned(), await present()]).toEqual([0, ['Lin: member', 'Olga: owner']])
    world.group.join(ada)
    await quiet()
    expect(await present()).toEqual(['Ada: member', 'Lin: member', 'Olga: owner'])
    // Silenced is not gone; silenced and gone is.
    world.group.restrict(ada)
    await quiet()
    expect(await present()).toEqual(['Ada: member', 'Lin: member', 'Olga: owner'])
    world.group.restrict(ada, { isMember: false })
    await quiet()
    expect([await banned(), await present()]).toEqual([0, ['Lin: member', 'Olga: owner']])
    world.group.kick(lin)
    await quiet()
    // Added by staff, which lets them in.
    world.group.join(lin, { by: world.owner })
    await quiet()
    expect([await banned(), await present()]).toEqual([0, ['Lin: member', 'Olga: owner']])
    lin.deactivate()
    world.group.kick(lin)
    await quiet()
    expect(await present()).toEqual(['Olga: owner'])
    const accounts = await world.test.app.db
      .selectFrom('accounts')
      .select(['name', 'deleted_at'])
      .orderBy('name')
      .execute()
    expect(accounts.map(({ name, deleted_at }) => [name, deleted_at !== null])).toEqual([
      ['Ada', false],
      ['Lin', true],
      ['Olga', false],
    ])
    expect(await facts()).toEqual(expect.arrayContaining(['member.banned', 'member.unbanned', 'member.returned']))
  })

  test('learns from a delivery that an account is no more', async () => {
    await open(engine)
    const ada = world.tg.user({ first_name: 'Ada', language_code: 'en' })
    world.group.join(ada)
    ada.start()
    await quiet()
    ada.deactivate()
    const { bot, sender } = world.connection()
    const to = { kind: 'person', platformId: String(ada.id) } as const
    const message = { bot, platform: 'telegram', to, reply: plain(t('settings.title')), locale: 'en' } as const
    const queued = { ...message, askerId: to.platformId, class: 'service', source: 'test:1' } as const
    await transaction(world.test.app, inner => enqueue(inner, queued))
    const job = startSender(world.test.app, bot, sender)
    const deleted = async () =>
      (await world.test.app.db.selectFrom('accounts').select('name').where('deleted_at', 'is not', null).execute()).map(
        ({ name }) => name,
      )
    await until('the account is known to be gone', async () => {
      // The sender keeps its distance by the held clock.
      world.test.clock.advance(50)
      return (await deleted()).includes('Ada')
    })
    await job.stop()
    expect(await present()).toEqual(['Olga: owner'])
  })

  test('does not bring back an owner whose account is no more', async () => {
    await open(engine)
    await quiet()
    await until('the staff is known', async () => (await present()).length > 0)
    world.owner.deactivate()
    await world.restart()
    const before = world.tg.callsOf('getChatAdministrators').length
    const ada = world.tg.user({ first_name: 'Ada', language_code: 'en' })
    world.group.join(ada)
    await quiet()
    await say(ada, '/staff')
    await until('the staff is listed again', () => world.tg.callsOf('getChatAdministrators').length > before)
    await quiet()
    const accounts = await world.test.app.db.selectFrom('accounts').select('name').orderBy('name').execute()
    expect(accounts.map(({ name }) => name)).toEqual(['Ada', 'Olga'])
    expect(await present()).toContain('Ada: member')
  })

  test('that is renamed renames its community', async () => {
    await open(engine)
    world.group.setTitle('Early <b>Birds</b> 🐦')
    await quiet()
    expect(await places()).toMatchObject([{ title: 'Early <b>Birds</b> 🐦' }])
    const [community] = await world.test.app.db.selectFrom('communities').select('name').execute()
    expect(community?.name).toBe('Early <b>Birds</b> 🐦')
  })

  test.each(['as it happens', 'in reverse'] as const)(
    'that becomes a supergroup keeps its community, people and streaks; told %s',
    async order => {
      await open(engine, { group: { type: 'group', botIsAdmin: true } })
      const ada = world.tg.user({ first_name: 'Ada', language_code: 'en' })
      world.group.join(ada)
      await quiet()
      await say(ada, '/checkin')
      const before = await present()
      const old = String(world.group.id)
      if (order === 'in reverse') world.tg.outOfOrder(() => world.group.upgrade())
      else world.group.upgrade()
      await quiet()
      const all = await places()
      expect(all.filter(({ left_at }) => left_at === null)).toMatchObject([
        { platform_id: String(world.group.id), kind: 'supergroup', title: 'Night Owls' },
      ])
      expect(new Set(all.map(row => row.community_id)).size).toBe(1)
      expect(all.find(row => row.platform_id === old)?.left_at).not.toBeNull()
      expect(await present()).toEqual(before)
      await say(ada, '/checkin')
      ada.start()
      await say(ada, '/checkin')
      expect(lastWords(ada.chat)).toContain('already in')
      expect(await world.test.app.db.selectFrom('checkins').select('id').execute()).toHaveLength(1)
      expect(await hellos()).toHaveLength(1)
    },
  )

  test('whose new id was met before the move was told finds its community again', async () => {
    await open(engine, { group: { type: 'group' } })
    const ada = world.tg.user({ first_name: 'Ada', language_code: 'en' })
    world.group.join(ada)
    await quiet()
    await say(ada, '/checkin')
    const place: PlaceSighting = { platformId: String(world.group.id), kind: 'group', title: 'Night Owls' }
    const to: PlaceSighting = { platformId: '-1002100000777', kind: 'supergroup', title: 'Night Owls' }
    const bot = world.connection().bot
    const told: Happening[] = [
      { what: 'bot-joined' as const, place: to },
      {
        what: 'staff-listed' as const,
        place: to,
        staff: [{ platformId: String(ada.id), name: 'Ada', role: 'manager' as const }],
      },
      { what: 'place-moved' as const, place, to },
      { what: 'place-moved' as const, place, to },
      { what: 'bot-left' as const, place },
    ].map((event, i) => ({
      kind: 'happening',
      platform: 'telegram',
      bot,
      eventId: `told-${i}`,
      at: world.test.clock.now(),
      ...event,
    }))
    for (const event of told) {
      const received = await world.dispatch().receive(event)
      if (received) await world.dispatch().process(received, null)
    }
    const all = await places()
    const [first] = all
    expect(all.map(({ platform_id, left_at, community_id }) => [platform_id, left_at === null, community_id])).toEqual(
      expect.arrayContaining([
        ['-1002100000777', true, first?.community_id],
        [place.platformId, false, first?.community_id],
      ]),
    )
    expect(all).toHaveLength(2)
    const memberships = await world.test.app.db
      .selectFrom('members')
      .innerJoin('checkins', 'checkins.member_id', 'members.id')
      .select('members.community_id')
      .where('members.left_at', 'is', null)
      .execute()
    expect(memberships).toEqual([{ community_id: first?.community_id }])
  })

  test('that moves while a command is in hand is answered where it lives now, in the same community', async () => {
    await open(engine, { group: { type: 'group' } })
    const ada = world.tg.user({ first_name: 'Ada', language_code: 'en' })
    world.group.join(ada)
    await quiet()
    const gate = createGate()
    slow.gate = gate
    await world.restartWith({
      around: dispatch => ({
        ...dispatch,
        process: async (received, responder) => {
          if (received.request.kind === 'line') await gate.passed
          return dispatch.process(received, responder)
        },
      }),
    })
    ada.say(world.group, '/checkin@muster_bot')
    const event = world.newestEvent()
    await world.tg.waitForQuiet()
    world.group.upgrade()
    const upgraded = world.newestEvent()
    await world.tg.waitForQuiet()
    expect((await places()).filter(({ kind }) => kind === 'supergroup')).toEqual([])
    gate.open()
    await world.finished(event)
    await world.finished(upgraded)
    await quiet()
    expect(lastWords()).toContain('Day 1, Ada')
    expect((await places()).filter(({ left_at }) => left_at === null)).toHaveLength(1)
    expect(new Set((await places()).map(row => row.community_id)).size).toBe(1)
  })
})

describe('who runs a group', () => {
  const listings = () => world.tg.callsOf('getChatAdministrators').length

  test('is asked anew after ten minutes of use, not before, and never before an ordinary answer', async () => {
    await open(sqlite, { group: { botIsAdmin: false } })
    await until('the staff is known', async () => (await present()).length > 0)
    expect(listings()).toBe(1)
    const ada = world.tg.user({ first_name: 'Ada', language_code: 'en' })
    world.group.join(ada)
    await quiet()
    world.group.promote(ada)
    await say(ada, '/checkin')
    expect(listings()).toBe(1)
    world.test.clock.advance(10 * MINUTE + 1)
    const before = world.tg.calls.length
    await say(ada, '/album')
    await until('the staff is listed', () => listings() === 2)
    const since = world.tg.calls.slice(before).map(({ method }) => method)
    expect(since.indexOf('sendPhoto')).toBeLessThan(since.indexOf('getChatAdministrators'))
    await until('Ada is a manager', async () => (await present()).includes('Ada: manager'))
  })

  test('is fresh before a command that asks who somebody is, in the group and in private', async () => {
    await open(sqlite, { group: { botIsAdmin: false } })
    const ada = world.tg.user({ first_name: 'Ada', language_code: 'en' })
    world.group.join(ada)
    ada.start()
    await quiet()
    await say(ada, '/checkin')
    await say(ada, '/staff')
    expect(lastWords(ada.chat)).toContain('Only managers can use /staff')
    world.group.promote(ada)
    world.test.clock.advance(10 * MINUTE + 1)
    await say(ada, '/staff')
    expect(lastWords()).toContain('for staff: manager')
    world.group.demote(ada)
    world.test.clock.advance(10 * MINUTE + 1)
    await say(ada, '/staff', ada.chat)
    expect(lastWords(ada.chat)).toContain('Only managers can use /staff')
  })

  test('is fresh before every step of a form that is for staff', async () => {
    await open(sqlite, { group: { botIsAdmin: false } })
    const ada = world.tg.user({ first_name: 'Ada', language_code: 'en' })
    world.group.join(ada)
    ada.start()
    await quiet()
    for (const step of ['an answer', 'a press'] as const) {
      world.group.promote(ada)
      world.test.clock.advance(10 * MINUTE + 1)
      await say(ada, '/rule')
      expect(lastWords(ada.chat)).toContain('Your settings')
      world.group.demote(ada)
      world.test.clock.advance(10 * MINUTE + 1)
      if (step === 'an answer') await say(ada, 'whatever I like', ada.chat)
      else {
        const question = world.tg.messages(ada.chat).findLast(({ keyboard }) => keyboard.flat().length > 0)
        if (!question) throw new Error('nothing was asked')
        const pressing = ada.press(question, 'Skip')
        const event = world.newestEvent()
        expect((await pressing).text).toContain('Only managers can use /rule')
        await world.finished(event)
        continue
      }
      expect(lastWords(ada.chat)).toContain('Only managers can use /rule')
    }
  })

  test('that the platform does not tell keeps nobody from an answer', async () => {
    await open(sqlite, { group: { botIsAdmin: false } })
    const ada = world.tg.user({ first_name: 'Ada', language_code: 'en' })
    world.group.join(ada)
    ada.start()
    await quiet()
    world.tg.fault({ method: 'getChatAdministrators', kind: '500', times: 9 })
    world.test.clock.advance(11 * MINUTE)
    await say(ada, '/staff')
    expect(lastWords(ada.chat)).toContain('Only managers can use /staff')
    const tries = listings()
    await say(ada, '/staff')
    expect(listings()).toBe(tries)
  })

  test('is told at once where the bot is an administrator; roles given elsewhere stay', async () => {
    await open()
    const ada = world.tg.user({ first_name: 'Ada' })
    world.group.join(ada)
    world.group.promote(ada)
    await quiet()
    expect(await present()).toContain('Ada: manager')
    world.group.demote(ada)
    await quiet()
    expect(await present()).toContain('Ada: member')
    await world.test.app.engine.transaction(tx =>
      tx.updateTable('presences').set({ role: 'reviewer' }).where('role', '=', 'member').execute(),
    )
    // A change that is none of ours: still present, no status before or after.
    const rows = () => world.test.app.db.selectFrom('inbox').select('id').execute()
    const before = (await rows()).length
    world.group.demote(ada)
    await quiet()
    expect(await rows()).toHaveLength(before)
    expect(await present()).toContain('Ada: reviewer')
  })
})
