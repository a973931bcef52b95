// Each command as people meet it: typed, answered, and what its buttons do.
import { expect, test } from 'vitest'
import { transaction } from '#src/app.ts'
import type { Answer } from '#src/chat/port.ts'
import { encodePress } from '#src/chat/press.ts'
import type { PlaceSighting, Sighting } from '#src/chat/request.ts'
import { plainWriter, renderText } from '#src/chat/text.ts'
import { loadCommands } from '#src/commands.ts'
import { createDispatch } from '#src/dispatch.ts'
import { book } from '#src/features/points/index.ts'
import { DAY_LENGTH, HOUR } from '#src/lib/time.ts'
import { ada, errors, join, lin, line, mo, OWLS, press, recorder, words } from '#test/features/scene.ts'
import type { TestApp, TestAppOptions } from '#test/support/app.ts'
import { cleanApp } from '#test/support/clean.ts'
import { type Engine, forEachEngine } from '#test/support/engines.ts'

const LARKS: PlaceSighting = { platformId: '-200', kind: 'group', title: 'Larks' }
const registry = await loadCommands()

/** Asks as people do, and presses what they are shown. */
function chatting(opened: TestApp) {
  const { app } = opened
  const dispatch = createDispatch(app, registry)
  const send = async (request: ReturnType<typeof line>) => {
    const responder = recorder()
    const received = await dispatch.receive(request)
    if (!received) throw new Error('the request was taken for an old one')
    expect(await dispatch.process(received, responder)).toBe('answered')
    expect(errors(opened)).toEqual([])
    const [answer] = responder.answers
    if (!answer) throw new Error('there was no answer')
    return { answer, said: words(answer) }
  }
  return {
    type: (who: Sighting, typed: string, place: PlaceSighting | null = OWLS) => send(line(app, who, typed, place)),
    press: async (who: Sighting, shown: Answer, label: string, place: PlaceSighting | null = OWLS) => {
      const buttons = [
        ...shown.reply.buttons,
        ...(shown.reply.select?.options.map(option => ({ ...option.button, label: option.label })) ?? []),
      ]
      const pressed = buttons.find(
        one => (typeof one.label === 'string' ? one.label : renderText(one.label, shown.locale, plainWriter)) === label,
      )
      if (!pressed) throw new Error(`there is no button “${label}”`)
      const data = encodePress({ ...pressed, label: { kind: 'text', key: 'help.title', values: {} } }, shown.askerId)
      return send(press(app, who, data, place))
    },
  }
}
async function open(engine: Engine, options?: TestAppOptions) {
  const opened = await cleanApp(engine, options)
  return {
    opened,
    app: opened.app,
    clock: opened.clock,
    ...chatting(opened),
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  }
}

forEachEngine('/checkin', engine => {
  test('counts the day, says what it is worth, and keeps the note to the letter', async () => {
    await using world = await open(engine)
    const first = await world.type(ada, '/checkin *ran* <b>5</b> km @everyone')
    expect(first.said).toBe(
      '✓ Day 1, Ada. Welcome! +10 points. Counts for 4 March (UTC); your day ends in 14 h.\n“*ran* <b>5</b> km @everyone”',
    )
    expect(first.answer.visibility).toBe('public')
    world.clock.advance(DAY_LENGTH)
    expect((await world.type(ada, '/checkin')).said).toBe(
      '✓ Day 2, Ada. +10 points. Counts for 5 March (UTC); your day ends in 14 h.',
    )
  })

  test('a second time is told privately when the next one opens', async () => {
    await using world = await open(engine, { zone: 'Asia/Shanghai' })
    await world.type(lin, '/checkin')
    const again = await world.type(lin, '/checkin')
    expect(again.said).toBe('3 月 4 日已经打过卡了。下次从 00:00（上海时间）开始。')
    expect(again.answer.visibility).toBe('private')
  })

  test('by its button counts for whoever presses', async () => {
    await using world = await open(engine)
    const empty = await world.type(ada, '/leaderboard')
    expect((await world.press(lin, empty.answer, 'Check in')).said).toContain('第 1 天，Lin')
    expect((await world.press(ada, empty.answer, 'Check in')).said).toContain('Day 1, Ada')
  })

  test('a note of a thousand characters is kept, one more is refused', async () => {
    await using world = await open(engine)
    expect((await world.type(ada, `/checkin ${'字'.repeat(1001)}`)).said).toBe(
      '“note” can have at most 1,000 characters; yours has 1,001.',
    )
    expect((await world.type(ada, `/checkin ${'字'.repeat(1000)}`)).said).toContain('Day 1')
  })
})

forEachEngine('/streak', engine => {
  test('says what today still needs, and what was done', async () => {
    await using world = await open(engine)
    const none = await world.type(ada, '/streak')
    expect(none.said).toBe('No check-in yet. Type /checkin and today is day 1.')
    await world.press(ada, none.answer, 'Check in')
    expect((await world.type(ada, '/streak')).said).toBe(
      'Ada: 1 in a row\nLongest 1 · 1 of the last 28 days · 1 in all\nToday (4 March) is done. The next check-in opens at 00:00 (UTC).',
    )
    world.clock.advance(DAY_LENGTH)
    const next = await world.type(ada, '/streak')
    expect(next.said).toContain('Today (5 March, UTC) is still open: 14 h left.')
    expect(next.answer.reply.picture).toMatchObject({ kind: 'streak' })
    world.clock.advance(DAY_LENGTH)
    expect((await world.type(ada, '/streak')).said).toContain('Ada: ready for day 1')
  })

  test('of somebody else shows their numbers and not their day', async () => {
    await using world = await open(engine)
    await world.type(lin, '/checkin')
    const { said } = await world.type(ada, '/streak @lin')
    expect(said).toBe('Lin: 1 in a row\nLongest 1 · 1 of the last 28 days · 1 in all')
    expect((await world.type(ada, '/streak @mo')).said).toContain('I do not know “@mo” here')
  })
})

forEachEngine('/points', engine => {
  test('shows the balance, the rank of the week, and every entry with its reason', async () => {
    await using world = await open(engine)
    await world.type(ada, '/checkin')
    const shown = await world.type(ada, '/points show')
    expect(shown.said).toBe('You have 10 points.\nRank 1 of 1 this week.')
    expect((await world.press(ada, shown.answer, 'History')).said).toBe('Your last entries\n+10 · Check-in for 4 March')
    const who = await join(world.app, ada)
    await transaction(world.app, inner =>
      book(inner, {
        ...who,
        unit: 'points',
        amount: -10,
        source: 'reversal:checkin:daily:2026-03-04',
        day: '2026-03-05',
        at: world.clock.now(),
      }),
    )
    expect((await world.type(ada, '/points history')).said).toContain('−10 · Taken back: Check-in for 4 March')
    expect((await world.type(ada, '/points show')).said).toBe('You have 0 points.')
  })

  test('history is paged without gap or repeat', async () => {
    await using world = await open(engine)
    for (let day = 0; day < 23; day++) {
      await world.type(ada, '/checkin')
      world.clock.advance(DAY_LENGTH)
    }
    const seen: string[] = []
    let page = await world.type(ada, '/points history')
    for (;;) {
      seen.push(...page.said.split('\n').slice(1))
      if (!page.answer.reply.buttons.some(({ label }) => label.key === 'points.history.older')) break
      page = await world.press(ada, page.answer, 'Older')
    }
    expect(seen).toHaveLength(23)
    expect(new Set(seen).size).toBe(23)
    expect((await world.press(ada, page.answer, 'Newest')).said).toContain('26 March')
  })

  test('alone offers its parts', async () => {
    await using world = await open(engine)
    const parts = await world.type(ada, '/points')
    expect(parts.said).toBe('/points has parts: /points show, /points history.')
    expect((await world.press(ada, parts.answer, 'How many points you have')).said).toBe('You have 0 points.')
  })
})

forEachEngine('/leaderboard', engine => {
  test('ranks the week, changes the window in place, and tells the hidden privately where they stand', async () => {
    await using world = await open(engine)
    await world.type(ada, '/checkin')
    world.clock.advance(HOUR)
    await world.type(lin, '/checkin')
    const week = await world.type(ada, '/leaderboard')
    expect(week.said).toBe('This week\nNight Owls · since 2 March\nAda\n10 points\nLin\n10 points')
    const month = await world.press(ada, week.answer, 'Month')
    expect(month.answer.update).toBe(true)
    expect(month.said).toContain('This month\nNight Owls · since 1 March')
    await world.type(ada, '/settings board:hidden')
    expect((await world.type(ada, '/leaderboard all')).said).toBe('All time\nNight Owls\nLin\n10 points')
    expect((await world.type(ada, '/leaderboard all', null)).said).toContain(
      'You would be number 1. /settings board:shown brings you back.',
    )
  })

  test('tells staff that staff are left out', async () => {
    await using world = await open(engine)
    await world.type(ada, '/checkin')
    await world.type(mo, '/checkin')
    expect((await world.type(mo, '/leaderboard')).said).not.toContain('Mo')
    expect((await world.type({ ...mo, role: undefined }, '/leaderboard', null)).said).toContain(
      'Boards leave the staff out: only you see this line. You would be number 2.',
    )
  })

  test('promises no place to those whom boards leave out, also while they have no points', async () => {
    await using world = await open(engine)
    const typed = async (who: Sighting) => (await world.type(who, '/leaderboard', null)).said
    await world.type(lin, '/checkin')
    await join(world.app, ada)
    await join(world.app, mo)
    expect(await typed(ada)).toContain('You are not on this board yet. One check-in puts you there.')
    await world.type(ada, '/settings board:hidden')
    expect(await typed(ada)).toContain('You are hidden from boards: only you see this line. /settings board:shown')
    expect(await typed({ ...mo, role: undefined })).toContain('Boards leave the staff out: only you see this line.')
    for (const who of [ada, { ...mo, role: undefined }]) expect(await typed(who)).not.toContain('One check-in puts you')
    expect((await world.type(ada, '/leaderboard')).said).not.toContain('hidden')
  })

  test('too often is refused kindly', async () => {
    await using world = await open(engine)
    for (let i = 0; i < 5; i++) await world.type(ada, '/leaderboard')
    expect((await world.type(ada, '/leaderboard')).said).toBe('That was quick. Try /leaderboard again in 10 seconds.')
  })
})

forEachEngine('/settings', engine => {
  test('shows what is in force and what is waiting, and changes each by its name', async () => {
    await using world = await open(engine)
    await world.type(ada, '/checkin')
    expect((await world.type(ada, '/settings zone:New York')).said).toBe(
      'Your time zone becomes America/New York when your current day ends, at 5 March, 00:00 (UTC).\nNo day is lost.',
    )
    expect((await world.type(ada, '/settings day_start:3')).said).toBe(
      'From your next day on, days begin at 03:00.\nNo day is lost.',
    )
    const shown = await world.type(ada, '/settings')
    expect(shown.said).toContain('Time zone: UTC, and America/New York from 5 March, 00:00 on')
    expect(shown.said).toContain('Your day begins at 00:00, and at 03:00 from the next day on')
    expect((await world.type(ada, '/settings zone:utc day_start:0')).said).toContain('Your day now begins at 00:00.')
    expect((await world.type(ada, '/settings')).said).toContain('Time zone: UTC\nYour day begins at 00:00')
    expect((await world.type(ada, '/settings zone:Mars')).said).toContain('I do not know the time zone “Mars”')
    expect((await world.type(ada, '/settings day_start:7')).said).toBe('“day_start” must be at most 6; you wrote 7.')
  })

  test('that move zone and hour together promise once that no day is lost', async () => {
    await using world = await open(engine)
    await world.type(ada, '/checkin')
    expect((await world.type(ada, '/settings zone:北京 day_start:3')).said).toBe(
      'Your time zone becomes Asia/Shanghai when your current day ends, at 5 March, 00:00 (UTC).\n' +
        'From your next day on, days begin at 03:00.\nNo day is lost.',
    )
  })

  test('of a name that there is not are refused by that name', async () => {
    await using world = await open(engine)
    expect((await world.type(ada, '/settings foo:bar')).said).toBe(
      '/settings has no “foo”. It is typed like this: /settings [zone] [language] [board] [day_start]',
    )
  })

  test('answers in the language just chosen, and from then on', async () => {
    await using world = await open(engine)
    const shown = await world.type(ada, '/settings')
    expect(shown.said).toContain('Language: English (follows your app)')
    expect((await world.press(ada, shown.answer, '简体中文')).said).toBe('以后我用中文和你说话。')
    expect((await world.type(ada, '/streak')).answer.locale).toBe('zh-CN')
    expect((await world.type(ada, '/settings language:auto')).said).toBe('I follow the language of your app again.')
    expect((await world.type(ada, '/streak')).answer.locale).toBe('en')
  })

  test('that fail change nothing, not even the part that was right', async () => {
    await using world = await open(engine)
    await world.type(ada, '/settings zone:Mars board:hidden')
    expect((await world.type(ada, '/settings')).said).toContain('Boards: you are shown')
  })
})

forEachEngine('/help and /start', engine => {
  test('help lists what this person may use here, and explains one', async () => {
    await using world = await open(engine)
    const { said } = await world.type(ada, '/help')
    for (const command of [
      '/checkin',
      '/streak',
      '/points show',
      '/points history',
      '/leaderboard',
      '/settings',
      '/help',
      '/start',
    ])
      expect(said).toContain(`${command}: `)
    expect(said).not.toContain('/community')
    expect((await world.type(ada, '/help', null)).said).toContain('/community')
    expect((await world.type(ada, '/help /settings')).said).toContain(
      'How to type it: /settings [zone] [language] [board] [day_start]',
    )
    expect((await world.type(ada, '/help community')).said).toContain(
      'There is no command /community that you may use here',
    )
    expect((await world.type({ platformId: '99', name: 'Kim' }, '/help', null)).said).not.toContain('/checkin')
  })

  test('start greets members by name and strangers with what to do', async () => {
    await using world = await open(engine)
    expect((await world.type({ platformId: '99', name: '<Kim>' }, '/start', null)).said).toContain(
      'Hello <Kim>! I run check-ins',
    )
    await join(world.app, ada)
    const hello = await world.type(ada, '/start ref-7', null)
    expect(hello.said).toContain('Hello Ada! I keep the streaks and points of Night Owls.')
    expect((await world.press(ada, hello.answer, 'Check in', null)).said).toContain('Day 1, Ada')
  })
})

forEachEngine('A line without a slash', engine => {
  test('is told what commands look like, and is not taken for a mistyped one', async () => {
    await using world = await open(engine)
    await join(world.app, ada)
    for (const typed of ['hello', 'chekin', '', '/', '/\u200b', '你好']) {
      expect((await world.type(ada, typed, null)).said).toBe(
        'I understand commands, such as /checkin. /help lists them.',
      )
    }
    expect((await world.type(lin, '你好')).said).toBe('我只认识命令，例如 /checkin。发送 /help 查看全部。')
    expect((await world.type(ada, '/chekin', null)).said).toBe('There is no command /chekin. Did you mean /checkin?')
  })
})

forEachEngine('/community', engine => {
  test('chooses what a private chat is about, by button or name', async () => {
    await using world = await open(engine)
    await join(world.app, ada)
    expect((await world.type(ada, '/community', null)).said).toBe(
      'This chat is about Night Owls, the only one we share.',
    )
    await join(world.app, ada, LARKS)
    const both = await world.type(ada, '/community', null)
    expect(both.said).toContain('This chat is about Larks. Choose another:')
    expect((await world.press(ada, both.answer, 'Night Owls', null)).said).toContain(
      'This chat is about Night Owls now.',
    )
    const points = await world.type(ada, '/points show', null)
    expect(points.said).toContain('In Night Owls')
    expect((await world.press(ada, points.answer, 'Other community', null)).said).toContain(
      'This chat is about Night Owls.',
    )
    expect((await world.type(ada, '/community larks', null)).said).toContain('This chat is about Larks now.')
    expect((await world.type(ada, '/community nowhere', null)).said).toContain(
      'I know no community “nowhere” that you belong to',
    )
  })

  test('that was left is no longer what the chat is about', async () => {
    await using world = await open(engine)
    await join(world.app, ada)
    await join(world.app, ada, LARKS)
    const { memberId } = await join(world.app, ada, LARKS)
    await world.app.engine.transaction(db =>
      db.updateTable('members').set({ left_at: 1 }).where('id', '=', memberId).execute(),
    )
    expect((await world.type(ada, '/streak', null)).said).toContain('Use /streak in your community’s group or server.')
    expect((await world.type(ada, '/community', null)).said).toBe(
      'This chat is about Night Owls, the only one we share.',
    )
    expect((await world.type(ada, '/streak', null)).said).toContain('No check-in yet')
  })
})
