// /setup as managers meet it: what is in force and why, what can be changed, and what is refused.
import { expect, test } from 'vitest'
import { transaction } from '#src/app.ts'
import type { Ask, PlaceSighting, Sighting } from '#src/chat/request.ts'
import { apply } from '#src/features/communities/index.ts'
import { channelsFor } from '#src/features/settings/index.ts'
import { HOUR } from '#src/lib/time.ts'
import { ada, happening, join, lin, line, mo, OWLS } from '#test/features/scene.ts'
import { forEachEngine } from '#test/support/engines.ts'
import { converse, type Heard, labels } from './conversation.ts'

const LARKS: PlaceSighting = { platformId: '-200', kind: 'group', title: 'Larks' }
const olga: Sighting = { platformId: '14', name: 'Olga', username: 'olga', locale: 'en', role: 'owner' }
const kim: Sighting = { platformId: '15', name: 'Kim', username: 'kim', locale: 'en' }
/** In a private chat nothing tells a role but what is stored. */
const moAlone: Sighting = { platformId: '13', name: 'Mo', username: 'mo', locale: 'en' }
type World = Awaited<ReturnType<typeof converse>>

const audited = async ({ app }: World) =>
  (await app.db.selectFrom('audit').select(['subject', 'before', 'after']).orderBy('id').execute()).map(
    ({ subject, before, after }) => `${subject}: ${before} -> ${after}`,
  )
const lines = ({ said }: Heard) => said.split('\n')

forEachEngine('/setup', engine => {
  test('alone shows every setting with its source, the channels and the staff', async () => {
    await using world = await converse(engine)
    await join(world.app, ada)
    const shown = await world.type(mo, '/setup')
    expect(lines(shown)).toEqual([
      'Setup of Night Owls',
      ...['Time zone: UTC', 'default of this installation', 'Language: English', 'default of this installation'],
      ...['Start of the day: 00:00', 'default', 'Check-ins: on', 'default', 'Points: on', 'default'],
      ...['Leaderboards: on', 'default', 'Welcome: on', 'default'],
      ...['Words of welcome: the standard words', 'default', 'Quiet hours: 22:00-08:00', 'default'],
      ...['Most messages about one’s own things: 10/day defer', 'default'],
      ...['Most messages with news: 2/day 5/7d defer', 'default'],
      ...['Announcements: none yet', 'Staff chat: none yet', 'Digest: none yet', 'Welcomes: none yet'],
      ...['Mo: manager', 'Telegram, Night Owls'],
      'Each can be typed too, such as /setup zone Europe/London',
    ])
    expect(shown.answer.visibility).toBe('private')
    expect((await world.type(mo, '/setup show')).said).toBe(shown.said)
    world.clock.advance(HOUR)
    await world.type(mo, '/setup day_start 3')
    expect((await world.type(mo, '/setup')).said).toContain('Start of the day: 03:00\nMo, 4 March, 11:00')
  })

  test('is for managers alone, also by the button of another and by a form opened while still a manager', async () => {
    await using world = await converse(engine)
    await join(world.app, lin)
    const refused = '只有管理员可以使用 /setup zone，请联系管理员。'
    expect((await world.type(lin, '/setup zone Europe/Paris')).said).toBe(refused)
    expect((await world.type(lin, '/setup')).said).toContain('只有管理员可以使用')
    const shown = await world.type(mo, '/setup parts')
    expect((await world.press(lin, shown, 'Turn off: Points')).said).toContain('这是别人的按钮')
    await world.type(mo, '/setup zone')
    const demoted = { ...mo, role: 'member' as const }
    await join(world.app, demoted)
    expect((await world.say(moAlone, 'Europe/Paris')).said).toContain('Only managers can use /setup zone.')
    expect(await audited(world)).toEqual([])
  })

  test('works in private for the community used last, and leads to every part by its buttons', async () => {
    await using world = await converse(engine)
    await join(world.app, mo)
    const shown = await world.type(moAlone, '/setup', null)
    for (const label of labels(shown)) {
      const part = await world.press(moAlone, shown, label, null)
      expect(part.answer.reply.tone, label).not.toBe('refusal')
    }
    expect(labels(shown)).toEqual([
      ...['Time zone', 'Language', 'Start of the day', 'Parts', 'Channels', 'Staff', 'Words of welcome', 'Changes'],
    ])
  })
})

forEachEngine('/setup zone, language and day_start', engine => {
  test('change what the community keeps, say what that means, and leave everybody their own', async () => {
    await using world = await converse(engine)
    await world.type(ada, '/checkin')
    expect((await world.type(mo, '/setup zone 上海')).said).toBe(
      'The time zone of this community is now Asia/Shanghai.\n' +
        'Boards count their weeks in it, and new members start with it. Everybody else keeps their own.',
    )
    expect((await world.type(ada, '/settings')).said).toContain('Time zone: UTC')
    expect((await world.type(lin, '/settings')).said).toContain('时区：上海时间')
    expect((await world.type(mo, '/setup language zh')).said).toContain('Here I speak 简体中文 from now on.')
    expect((await world.type({ platformId: '77', name: 'Sam' }, '/streak')).answer.locale).toBe('zh-CN')
    const hours = await world.type(mo, '/setup day_start')
    expect((await world.press(mo, hours, '04:00')).said).toContain('Days begin at 04:00 here from now on.')
    expect(await audited(world)).toEqual([
      'zone: "UTC" -> "Asia/Shanghai"',
      'locale: "en" -> "zh-CN"',
      'day_start: 0 -> 4',
    ])
  })

  test('that are so already, or do not exist, change nothing and leave no trace', async () => {
    await using world = await converse(engine)
    const said = async (typed: string) => (await world.type(mo, typed)).said
    expect(await said('/setup zone utc')).toContain('is UTC already; nothing was changed.')
    expect(await said('/setup zone Mars')).toContain('I do not know the time zone “Mars”')
    expect(await said('/setup language en')).toContain('Here I speak English.')
    expect(await said('/setup language klingon')).toContain('must be one of: en, zh')
    expect(await said('/setup day_start 7')).toBe('“hour” must be at most 6; you wrote 7.')
    expect(await said('/setup day_start 0')).toBe('Days begin at 00:00 here.')
    expect(await said('/setup colour red')).toContain('/setup has parts:')
    expect(await audited(world)).toEqual([])
  })

  test('ask for the zone where none was named, as a question or as a form, and let a mistake be mended', async () => {
    await using world = await converse(engine)
    const asked = await world.type(mo, '/setup zone')
    expect(asked.said).toContain('The time zone, such as Europe/London\nNow: UTC')
    const wrong = await world.say(moAlone, 'Mars')
    expect(labels(wrong)).toEqual(['Correct it'])
    await world.press(moAlone, wrong, 'Correct it', null)
    expect((await world.say(moAlone, 'Berlin')).said).toContain('is now Europe/Berlin.')
    const window = await world.send(whole(line(world.app, mo, '/setup zone')))
    expect(window.answer.form).toMatchObject({ fields: ['zone'], values: { zone: 'Europe/Berlin' } })
    expect((await world.handIn(mo, window, { zone: '' })).said).toContain('is Europe/Berlin already')
  })
})

/** As where a platform shows forms whole, and answers to one person alone. */
const whole = (request: Ask): Ask => ({ ...request, chat: { ...request.chat, forms: 'whole', ephemeral: true } })

forEachEngine('/setup parts', engine => {
  test('turns a part off by its button in the same message, and on again', async () => {
    await using world = await converse(engine)
    const shown = await world.type(mo, '/setup parts')
    const off = await world.press(mo, shown, 'Turn off: Leaderboards')
    expect(off.answer.update).toBe(true)
    expect(off.said).toContain('Leaderboards are off: /leaderboard rests.')
    expect(off.said).toContain('Leaderboards: off\nMo, 4 March, 10:00')
    // The older message still says what it said: pressing it again does no harm.
    expect((await world.press(mo, shown, 'Turn off: Leaderboards')).said).toContain('that is so already')
    const on = await world.press(mo, off, 'Turn on: Leaderboards')
    expect(on.said).toContain('Leaderboards: on again.')
    expect(await audited(world)).toEqual(['part.boards: "on" -> "off"', 'part.boards: "off" -> "on"'])
    expect((await world.type(mo, '/setup parts part:points')).said).toContain('Say which part, and whether on or off')
    expect((await world.type(mo, '/setup parts part:x turn:off')).said).toContain('must be one of: checkin, points')
  })

  test('a part that is off is refused kindly, also to newcomers, and neither help nor menus nor buttons offer it', async () => {
    await using world = await converse(engine)
    await world.type(mo, '/setup parts part:points turn:off')
    await world.type(mo, '/setup parts part:boards turn:off')
    const refused = 'is turned off in this community. A manager can turn it on with /setup parts.'
    expect((await world.type(ada, '/points')).said).toBe(`/points ${refused}`)
    expect((await world.type(kim, '/points show')).said).toBe(`/points show ${refused}`)
    const help = (await world.type(ada, '/help')).said
    expect(help).toContain('/checkin')
    expect(help).not.toMatch(/\/points|\/leaderboard/)
    expect((await world.type(ada, '/help points')).said).toContain('There is no command /points that you may use here')
    const checkedIn = await world.type(ada, '/checkin')
    expect(checkedIn.said).toBe('✓ Day 1, Ada. Welcome! Counts for 4 March (UTC); your day ends in 14 h.')
    expect(labels(checkedIn)).toEqual([])
    await world.type(mo, '/setup parts part:points turn:on')
    expect((await world.type(ada, '/points show')).said).toContain('You have 10 points.')
  })

  test('of one community say nothing about another', async () => {
    await using world = await converse(engine)
    await world.type(mo, '/setup parts part:checkin turn:off')
    expect((await world.type(ada, '/checkin')).said).toContain('is turned off')
    expect((await world.type(ada, '/streak')).said).toContain('is turned off')
    expect((await world.type(ada, '/checkin', LARKS)).said).toContain('Day 1, Ada')
    await join(world.app, ada)
    const start = await world.type(ada, '/start', null)
    expect(labels(start)).not.toContain('Check in')
  })
})

forEachEngine('/setup channel', engine => {
  test('makes the chat it is typed in the one for a purpose, topic included, and forgets it again', async () => {
    await using world = await converse(engine)
    const request = line(world.app, mo, '/setup channel announcements')
    const inTopic = await world.send({ ...request, chat: { ...request.chat, threadId: '7', title: 'News' } })
    expect(inTopic.said).toBe('Announcements: from now on in News.')
    const { communityId } = await join(world.app, ada)
    const channels = () => channelsFor(world.app, communityId, 'announcements')
    expect(await channels()).toMatchObject([
      { bot: 'telegram:1', platform: 'telegram', title: 'News', place: 'Night Owls' },
    ])
    expect((await channels())[0]?.chat).toEqual({ id: '-100', direct: false, ephemeral: false, threadId: '7' })
    const moved = await world.type(mo, '/setup channel purpose:announcements')
    expect(moved.said).toBe('Announcements: from now on in Night Owls.\nUntil now it was News.')
    expect((await world.type(mo, '/setup channel announcements')).said).toContain('is the one already')
    expect((await world.type(mo, '/setup')).said).toContain('Announcements: Night Owls (Telegram)')
    expect((await world.press(mo, moved, 'Remove again')).said).toBe('Announcements: no longer in Night Owls.')
    expect(await channels()).toEqual([])
    expect((await world.type(mo, '/setup channel announcements use:none')).said).toContain('there was none')
    expect((await audited(world)).length).toBe(3)
  })

  test('keeps one for each place, follows a group to its new id, and skips places that are left', async () => {
    await using world = await converse(engine)
    const { communityId } = await join(world.app, ada)
    await join(world.app, lin, LARKS)
    await world.app.engine.transaction(db =>
      db.updateTable('places').set({ community_id: communityId }).where('platform_id', '=', LARKS.platformId).execute(),
    )
    await world.type(mo, '/setup channel digest')
    await world.type({ ...mo }, '/setup channel digest', LARKS)
    const ids = async () => (await channelsFor(world.app, communityId, 'digest')).map(({ chat }) => chat.id)
    expect(await ids()).toEqual(['-200', '-100'])
    const to: PlaceSighting = { platformId: '-1009', kind: 'supergroup', title: 'Night Owls' }
    const told = (what: Parameters<typeof happening>[1]) =>
      transaction(world.app, inner => apply(inner, happening(world.app, what)))
    await told({ what: 'place-moved', place: OWLS, to })
    expect(await ids()).toEqual(['-200', '-1009'])
    await told({ what: 'bot-left', place: LARKS })
    expect(await ids()).toEqual(['-1009'])
    const removed = await world.type(moAlone, '/setup channel digest use:none', null)
    expect(removed.said).toContain('Digest: no longer in Night Owls.')
  })

  test('in private takes a group by its name, and none of another community', async () => {
    await using world = await converse(engine)
    await join(world.app, mo)
    await join(world.app, { ...mo, role: 'member' }, LARKS)
    await world.type(mo, '/streak')
    expect((await world.type(moAlone, '/setup channel staff', null)).said).toBe(
      'Type /setup channel staff in the group or channel that you mean.',
    )
    const larks = await world.app.db.selectFrom('places').select('id').where('title', '=', 'Larks').executeTakeFirst()
    for (const use of ['Larks', larks?.id, 'nowhere'])
      expect((await world.type(moAlone, `/setup channel staff use:${use}`, null)).said).toContain('I know no group')
    expect((await world.type(moAlone, '/setup channel staff use:night owls', null)).said).toContain(
      'Staff chat: from now on in Night Owls.',
    )
    expect((await world.type(moAlone, '/setup channel use:none', null)).said).toContain('Say what the chat is for')
    expect((await world.type(mo, '/setup channel kitchen')).said).toContain('must be one of: announcements, staff')
  })
})

forEachEngine('/setup staff', engine => {
  test('names managers and reviewers, whose role counts at once, everywhere, and in private', async () => {
    await using world = await converse(engine)
    await world.type(lin, '/checkin')
    await world.type(ada, '/checkin')
    expect((await world.type(mo, '/setup staff @lin role:manager')).said).toBe(
      'The role of Lin is manager from now on.\nManagers use /setup and /audit, and boards leave them out.',
    )
    const shown = await world.type(lin, '/setup', null)
    expect(shown.said).toContain('Lin：管理员\n在这里任命')
    expect((await world.type(ada, '/leaderboard')).said).not.toContain('Lin')
    expect((await world.type(lin, '/leaderboard', null)).said).toContain('排行榜不列管理人员')
    await world.type(mo, '/setup staff @ada role:reviewer')
    expect((await world.type(lin, '/leaderboard')).said).toContain('Ada')
    expect((await world.type(ada, '/setup')).said).toContain('Only managers can use')
    const list = await world.type(mo, '/setup staff')
    expect(list.said).toContain('Lin: manager\nnamed here')
    expect((await world.press(mo, list, 'Ada: take the role back')).said).toBe('You took the role of Ada back.')
    expect((await audited(world)).map(row => row.replace(/^mem\w+/, 'member'))).toEqual([
      'member: null -> "manager"',
      'member: null -> "reviewer"',
      'member: "reviewer" -> null',
    ])
  })

  test('asks for the role where none was named', async () => {
    await using world = await converse(engine)
    await join(world.app, lin)
    const asked = await world.type(mo, '/setup staff @lin')
    expect(asked.said).toContain('Role of Lin')
    expect((await world.press(moAlone, asked, 'reviewer', null)).said).toContain('The role of Lin is reviewer')
    expect((await world.type(mo, '/setup staff @lin role:reviewer')).said).toContain('is reviewer already')
    expect((await world.type(mo, '/setup staff role:reviewer')).said).toContain('Say whom you mean')
  })

  test('says where Discord hides what a manager may use', async () => {
    await using world = await converse(engine)
    const guild: PlaceSighting = { platformId: '900', kind: 'guild', title: 'Owls HQ' }
    const onDiscord = (who: Sighting, typed: string): Ask => ({
      ...line(world.app, who, typed, guild),
      platform: 'discord',
      bot: 'discord:1',
    })
    await world.send(onDiscord({ ...lin, platformId: '1001' }, '/streak'))
    const named = await world.send(onDiscord({ ...mo, platformId: '1002' }, '/setup staff @lin role:manager'))
    expect(named.said).toContain('Discord hides both from people who may not manage the server.')
    const welcome = await world.send(onDiscord({ ...mo, platformId: '1002' }, '/setup welcome Hello'))
    expect(welcome.said).toContain('Nothing is said in Owls HQ until a channel is named')
    const channel = await world.send(onDiscord({ ...mo, platformId: '1002' }, '/setup channel welcome'))
    expect(channel.said).toContain('Welcomes: from now on in Owls HQ.')
    const again = await world.send(onDiscord({ ...mo, platformId: '1002' }, '/setup welcome Hello!'))
    expect(again.said).not.toContain('Nothing is said')
  })

  test('changes nobody’s own role, and takes a manager theirs only from above', async () => {
    await using world = await converse(engine)
    await join(world.app, kim)
    await join(world.app, lin)
    for (const who of ['lin', 'kim']) await world.type(mo, `/setup staff @${who} role:manager`)
    const before = await audited(world)
    expect((await world.type(mo, '/setup staff @mo role:none')).said).toBe(
      'Nobody changes their own role. Ask another manager.',
    )
    for (const role of ['none', 'reviewer'])
      expect((await world.type(kim, `/setup staff @lin role:${role}`)).said).toBe(
        'Lin was named manager here. Only an owner or admin of the group or server can take that back.',
      )
    expect((await world.type(kim, '/setup staff @mo role:none')).said).toBe(
      'Mo has the role manager through rights in the group or server. That is changed there.',
    )
    expect(await audited(world)).toEqual(before)
    expect((await world.type(olga, '/setup staff @lin role:none')).said).toBe('You took the role of Lin back.')
    expect((await world.type(lin, '/setup')).said).toContain('只有管理员可以使用')
  })

  test('shows what a platform gives with its source, and what is named besides it', async () => {
    await using world = await converse(engine)
    await join(world.app, olga)
    await join(world.app, lin)
    await world.type(mo, '/setup staff @lin role:reviewer')
    await join(world.app, { ...lin, role: 'manager' })
    expect((await world.type(mo, '/setup staff')).said).toContain(
      'Olga: owner\nTelegram, Night Owls\nLin: manager\nTelegram, Night Owls; named reviewer here as well\nMo: manager',
    )
    expect((await world.type(mo, '/setup staff @lin role:none')).said).toBe(
      'You took the role of Lin back.\nLin keeps the role manager through rights in the group or server.',
    )
  })

  test('a role does not count while somebody is gone, nor in another community', async () => {
    await using world = await converse(engine)
    await join(world.app, lin)
    await join(world.app, lin, LARKS)
    await world.type(mo, '/setup staff @lin role:manager')
    expect((await world.type(lin, '/setup', LARKS)).said).toContain('只有管理员可以使用')
    await world.type(lin, '/streak')
    const told = (what: 'member-left' | 'member-joined') =>
      transaction(world.app, inner => apply(inner, happening(world.app, { what, place: OWLS, who: lin })))
    await told('member-left')
    expect((await world.type(lin, '/setup', null)).said).not.toContain('Night Owls 的设置')
    expect((await world.type(mo, '/setup staff')).said).not.toContain('Lin')
    await told('member-joined')
    expect((await world.type(lin, '/setup', null)).said).toContain('Night Owls 的设置')
  })

  test('knows nobody of another community, by name or by id', async () => {
    await using world = await converse(engine)
    const { memberId } = await join(world.app, kim, LARKS)
    for (const who of ['@kim', memberId])
      expect((await world.type(mo, `/setup staff ${who} role:manager`)).said).toContain('I do not know')
    expect((await world.type(mo, '/setup staff @kim role:king')).said).toContain(
      'must be one of: reviewer, manager, none',
    )
    expect(await audited(world)).toEqual([])
  })
})

forEachEngine('/setup welcome', engine => {
  test('takes words of one’s own to the letter, and gives the standard ones back', async () => {
    await using world = await converse(engine)
    const asked = await world.type(mo, '/setup welcome')
    expect(asked.said).toContain('Your own words of welcome')
    const own = await world.say(moAlone, 'Hi *there* <b>you</b>\n@everyone')
    expect(own.said).toContain('Newcomers are welcomed with: “Hi *there* <b>you</b>\n@everyone”')
    expect((await world.type(mo, '/setup')).said).toContain('Words of welcome: “Hi *there* <b>you</b> @everyone”')
    const long = await world.type(mo, `/setup welcome ${'字'.repeat(501)}`)
    expect(long.said).toBe('“text” can have at most 500 characters; yours has 501.')
    expect((await world.type(mo, '/setup welcome use:standard no')).said).toContain('not both')
    const off = await world.press(mo, own, 'Turn off: Welcome')
    expect(off.said).toContain('Newcomers are no longer welcomed.')
    const back = await world.press(mo, own, 'Back to the standard words')
    expect(back.said).toContain('with the standard words.\nWelcoming is turned off at the moment.')
    expect((await audited(world)).length).toBe(3)
  })
})
