import { afterEach, describe, expect, test, vi } from 'vitest'
import { transaction } from '#src/app.ts'
import {
  choice,
  createRegistry,
  defineCommand,
  defineGroup,
  type Leaf,
  member,
  text,
  whole,
} from '#src/chat/command.ts'
import { DeliveryError, type DeliveryProblem } from '#src/chat/port.ts'
import { encodePress } from '#src/chat/press.ts'
import { Refusal } from '#src/chat/refusal.ts'
import { button, notice, plain, success } from '#src/chat/reply.ts'
import type { Ask, Sighting } from '#src/chat/request.ts'
import { t } from '#src/chat/text.ts'
import { loadCommands } from '#src/commands.ts'
import { createDispatch, type Observation } from '#src/dispatch.ts'
import { setLocale } from '#src/features/people/index.ts'
import { ada, BOT, count, errors, happening, join, lin, line, mo, press, recorder, words } from './features/scene.ts'
import type { TestApp } from './support/app.ts'
import { cleanApp } from './support/clean.ts'
import { engines, forEachEngine } from './support/engines.ts'

afterEach(() => void vi.useRealTimers())

let slow = Promise.withResolvers<void>()
const leaf = (name: string, more: Partial<Leaf>): Leaf => ({
  ...defineCommand({
    name,
    description: 'help.description',
    where: 'anywhere',
    who: 'member',
    reply: 'public',
    menu: 1,
    run: async () => success(t('help.title')),
  }),
  ...more,
})
/** Commands that do what a test needs: refuse, fail, take long. */
const kit = createRegistry(
  [
    leaf('hello', {}),
    leaf('quick', { cooldown: { uses: 2, seconds: 30 } }),
    leaf('direct', { where: 'direct' }),
    leaf('group', { where: 'community' }),
    leaf('review', { who: 'reviewer' }),
    leaf('manage', { who: 'manager', reply: 'private' }),
    leaf('own', { who: 'owner' }),
    leaf('note', { args: { note: text('checkin.arg.note', { max: 5 }) } }),
    leaf('pick', {
      args: { window: choice('leaderboard.arg.window', { options: { week: 'leaderboard.window.week' } }) },
    }),
    leaf('count', { args: { size: whole('checkin.arg.note', { min: 1, max: 3 }) } }),
    leaf('whom', {
      args: { who: member('streak.arg.member') },
      run: async (_, { args }) => plain(t('leaderboard.row', { name: (args.who as { name: string }).name })),
    }),
    leaf('no', { run: async () => notice(t('streak.lost')) }),
    leaf('refuse', {
      run: async app => {
        await app.db.insertInto('meta').values({ key: 'half', value: 'x' }).execute()
        throw new Refusal(t('settings.zone.unknown', { typed: 'Mars' }))
      },
    }),
    leaf('break', {
      run: async app => {
        await app.db.insertInto('meta').values({ key: 'half', value: 'x' }).execute()
        throw new TypeError('postgres://ada:s3cret@db is undefined')
      },
    }),
    leaf('slow', {
      run: async () => {
        await slow.promise
        return success(t('help.title'))
      },
    }),
    leaf('slowly', {
      reply: 'private',
      run: async () => {
        await slow.promise
        return success(t('help.title'))
      },
    }),
  ]
    .map(node => ({ path: [node.name], node, children: [] }) as Parameters<typeof createRegistry>[0][number])
    .concat([
      {
        path: ['team'],
        node: defineGroup({ name: 'team', description: 'points.description', menu: 9 }),
        children: [
          { path: ['team', 'see'], node: leaf('see', {}), children: [] },
          { path: ['team', 'change'], node: leaf('change', { who: 'manager' }), children: [] },
        ],
      },
    ]),
)

/** A dispatch over the kit, and asking it. */
function asking(opened: TestApp, registry = kit) {
  const seen: Observation[] = []
  const dispatch = createDispatch(opened.app, registry, one => void seen.push(one))
  const ask = async (request: Ask, responder = recorder()) => {
    const received = await dispatch.receive(request, 'token')
    if (!received) throw new Error('the request was taken for an old one')
    const ending = await dispatch.process(received, responder)
    return { ending, responder, answer: responder.answers[0], words: words(responder.answers[0]), id: received.id }
  }
  return { dispatch, ask, seen }
}
const quiet: Sighting = { platformId: '77', name: 'Kim', locale: 'en' }

forEachEngine('what cannot be done is refused privately, in the person’s language, with what to do', engine => {
  const refusals: Array<[string, string, string, string]> = [
    [
      'an unknown command',
      '/helo',
      'There is no command /helo. Did you mean /hello?',
      '没有命令 /helo。是不是想发 /hello？',
    ],
    [
      'a wrong choice',
      '/pick year',
      '“window” must be one of: week. You wrote “year”.',
      '“window”只能是：week。你写的是“year”。',
    ],
    ['a number out of bounds', '/count 9', '“size” must be at most 3; you wrote 9.', '“size”最多是 3，你写的是 9。'],
    [
      'a missing argument',
      '/note',
      '/note needs “note”: What you did, in a few words.',
      '/note 还需要“note”：用几句话写写今天做了什么。',
    ],
    [
      'too long a text',
      '/note abcdef',
      '“note” can have at most 5 characters; yours has 6.',
      '“note”最多 5 个字，你写了 6 个。',
    ],
    [
      'a word too many',
      '/hello there',
      '/hello does not understand “there”. It is typed like this: /hello',
      '/hello 看不懂“there”。写法：/hello',
    ],
    [
      'nobody by that name',
      '/whom @nobody',
      'I do not know “@nobody” here. Reply to a message of theirs, or mention them.',
      '这里没有找到“@nobody”。请回复对方的一条消息，或者提及对方。',
    ],
    ['the wrong chat', '/direct', 'Send /direct to me in a private chat.', '请私聊我发送 /direct。'],
    [
      'not a reviewer',
      '/review',
      'Only reviewers can use /review. Ask a manager for the role.',
      '只有评审可以使用 /review，请联系管理员开通。',
    ],
    [
      'not a manager',
      '/manage',
      'Only managers can use /manage. Ask one of them.',
      '只有管理员可以使用 /manage，请联系管理员。',
    ],
    ['not the owner', '/own', 'Only the owner can use /own.', '只有所有者可以使用 /own。'],
    [
      'what the command refuses',
      '/refuse',
      'I do not know the time zone “Mars”. Try a city, such as Europe/London or Asia/Shanghai.',
      '没有找到时区“Mars”。可以写城市，例如“上海”或“Asia/Shanghai”。',
    ],
  ]
  test.each(refusals)('%s: %s', async (_, typed, english, chinese) => {
    await using opened = await cleanApp(engine)
    const { ask, seen } = asking(opened)
    await join(opened.app, ada)
    for (const [who, sentence] of [
      [ada, english],
      [lin, chinese],
    ] as const) {
      const { answer, words: said, ending } = await ask(line(opened.app, who, typed))
      expect(said).toBe(sentence)
      expect(answer).toMatchObject({ visibility: 'private', update: false, askerId: who.platformId })
      expect(ending).toBe('answered')
    }
    expect(seen.map(({ outcome }) => outcome)).toEqual(['refusal', 'refusal'])
    expect(errors(opened)).toEqual([])
    expect(await opened.app.db.selectFrom('meta').selectAll().execute()).toEqual([])
  })

  test('too soon: the wait is told, and over when it is over', async () => {
    await using opened = await cleanApp(engine)
    const { ask } = asking(opened)
    const quick = async (who = ada) => (await ask(line(opened.app, who, '/quick'))).words
    expect([await quick(), await quick()]).toEqual(['What you can do here', 'What you can do here'])
    opened.clock.advance(1500)
    expect(await quick()).toBe('That was quick. Try /quick again in 29 seconds.')
    expect(await quick(lin)).toBe('这里能做什么')
    opened.clock.advance(28_499)
    expect(await quick()).toBe('That was quick. Try /quick again in 1 second.')
    opened.clock.advance(1)
    expect(await quick()).toBe('What you can do here')
  })

  test('writing as a group or channel', async () => {
    await using opened = await cleanApp(engine)
    const { ask } = asking(opened)
    const {
      kind: _,
      line: __,
      ...rest
    } = line(opened.app, { platformId: '-100', name: 'Night Owls' }, '/hello') as Extract<Ask, { kind: 'line' }>
    const { words: said, answer } = await ask({ ...rest, kind: 'faceless' })
    expect(said).toContain('I cannot tell who you are')
    expect(answer?.visibility).toBe('private')
    expect(await count(opened.app, 'accounts')).toBe(0)
  })

  test('a private chat about no community yet', async () => {
    await using opened = await cleanApp(engine)
    const { ask } = asking(opened)
    expect((await ask(line(opened.app, quiet, '/group', null))).words).toContain(
      'I do not know yet which community you belong to',
    )
  })

  test.each([
    ['an old button', 'v0:hello:u*:', 'This button is old. /help shows what works now.'],
    ['a command that is gone', 'v1:gone:u*:', 'This button is old. /help shows what works now.'],
    ['a group', 'v1:team:u*:', 'This button is old. /help shows what works now.'],
    ['an argument that is gone', 'v1:hello:u*:page=2', 'This button is old. Send /hello instead.'],
    [
      'somebody else’s button',
      encodePress(button(t('help.title'), 'hello'), lin.platformId),
      'This button belongs to somebody else. Send /hello for your own.',
    ],
    ['a manager’s button', 'v1:manage:u*:', 'Only managers can use /manage. Ask one of them.'],
  ])('%s', async (_, data, sentence) => {
    await using opened = await cleanApp(engine)
    const { ask } = asking(opened)
    await join(opened.app, ada)
    const { answer, words: said } = await ask(press(opened.app, ada, data))
    expect(said).toBe(sentence)
    expect(answer).toMatchObject({ visibility: 'private', update: false })
  })

  test('the language chosen counts more than the app’s', async () => {
    await using opened = await cleanApp(engine)
    const { ask } = asking(opened)
    await ask(line(opened.app, ada, '/hello'))
    const { person_id } = await opened.app.db.selectFrom('accounts').select('person_id').executeTakeFirstOrThrow()
    await transaction(opened.app, inner => setLocale(inner, person_id, 'zh-CN'))
    expect((await ask(line(opened.app, ada, '/helo'))).answer?.locale).toBe('zh-CN')
  })

  test('a private answer in a group can be read by its owner behind a link, and only there', async () => {
    await using opened = await cleanApp(engine)
    const { ask } = asking(opened, await loadCommands())
    const { answer } = await ask(line(opened.app, ada, '/streak'))
    expect(answer?.visibility).toBe('private')
    const payload = answer?.startPayload
    expect(payload).toBeDefined()
    expect((await ask(line(opened.app, lin, `/start ${payload}`, null))).words).toContain('失效')
    expect((await ask(line(opened.app, ada, `/start ${payload}`, null))).words).toContain('No check-in yet')
    expect((await ask(line(opened.app, ada, `/start ${payload}`, null))).words).toContain('no longer available')
  })
})

forEachEngine('who asks', engine => {
  test('for the first time becomes a member with the request itself, and with nothing of a refused one but the account', async () => {
    await using opened = await cleanApp(engine)
    const { ask } = asking(opened, await loadCommands())
    expect((await ask(line(opened.app, ada, '/checkin'))).words).toContain('Day 1, Ada')
    expect(await count(opened.app, 'members')).toBe(1)
  })

  test('for the first time may name somebody who is known there', async () => {
    await using opened = await cleanApp(engine)
    const { ask } = asking(opened)
    await join(opened.app, ada)
    expect((await ask(line(opened.app, lin, '/whom @ada'))).words).toBe('Ada')
    expect((await ask({ ...line(opened.app, mo, '/whom constructor'), named: {} } as Ask)).words).toContain(
      'I do not know “constructor” here',
    )
  })

  test('as staff by the platform’s own word may do what staff may, and no longer once that says otherwise', async () => {
    await using opened = await cleanApp(engine)
    const { ask } = asking(opened)
    expect((await ask(line(opened.app, mo, '/manage'))).words).toBe('What you can do here')
    expect((await ask(line(opened.app, { ...mo, role: undefined }, '/manage'))).words).toBe('What you can do here')
    expect((await ask(line(opened.app, { ...mo, role: 'member' }, '/manage'))).words).toContain('Only managers')
    expect((await ask(line(opened.app, { ...mo, role: undefined }, '/manage'))).words).toContain('Only managers')
  })

  test('for a group alone sees what they may do with it, as buttons', async () => {
    await using opened = await cleanApp(engine)
    const { ask } = asking(opened)
    const mine = await ask(line(opened.app, ada, '/team'))
    expect(mine.words).toBe('/team has parts: /team see.')
    const theirs = await ask(line(opened.app, mo, '/team dance'))
    expect(theirs.words).toBe('/team has parts: /team see, /team change.')
    expect(theirs.answer?.reply.buttons.map(({ command }) => command)).toEqual(['team see', 'team change'])
  })
})

forEachEngine('a fault of ours', engine => {
  test('is told with a code and logged once with it; nothing of it stays, nothing of it is shown', async () => {
    await using opened = await cleanApp(engine)
    const { ask, seen } = asking(opened)
    const { words: said, answer, ending } = await ask(line(opened.app, ada, '/break'))
    const code = /^That did not work, and it is our fault\. Nothing was lost\. Code ([0-9A-Z]{4})\.$/.exec(said)?.[1]
    expect(code).toBeDefined()
    expect(answer?.visibility).toBe('private')
    expect(ending).toBe('answered')
    expect(JSON.stringify(answer)).not.toMatch(/s3cret|TypeError|dispatch\.ts/)
    expect(errors(opened)).toHaveLength(1)
    expect(errors(opened)[0]?.details).toMatchObject({ incident: code, command: 'break' })
    expect(await opened.app.db.selectFrom('meta').selectAll().execute()).toEqual([])
    expect(seen.map(({ outcome }) => outcome)).toEqual(['fault'])
  })

  test('in one request leaves the person’s next one untouched', async () => {
    await using opened = await cleanApp(engine)
    const { ask } = asking(opened)
    const [, second] = await Promise.all([ask(line(opened.app, ada, '/break')), ask(line(opened.app, ada, '/hello'))])
    expect(second.words).toBe('What you can do here')
  })
})

forEachEngine('an answer', engine => {
  test('is stored with its effect and marked once it is sent', async () => {
    await using opened = await cleanApp(engine)
    const { ask } = asking(opened)
    const { id } = await ask(line(opened.app, ada, '/hello'))
    const row = await opened.app.db.selectFrom('inbox').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
    expect(row).toMatchObject({ state: 'answered', token: null, message_id: '1' })
  })

  test.each<[DeliveryProblem, 'delivered' | 'dropped']>([
    ['gone', 'delivered'],
    ['rate-limited', 'delivered'],
    ['unreachable', 'delivered'],
    ['blocked', 'dropped'],
    ['forbidden', 'dropped'],
    ['rejected', 'dropped'],
  ])('that is %s is %s, once', async (problem, expected) => {
    await using opened = await cleanApp(engine)
    const { ask, dispatch } = asking(opened)
    const responder = recorder()
    responder.failures.push(
      new DeliveryError(problem, 'as planned', { retryAfterMs: problem === 'rate-limited' ? 5000 : 0 }),
    )
    const { ending } = await ask(line(opened.app, ada, '/hello'), responder)
    expect(ending).toBe(expected)
    await dispatch.recover(BOT, () => recorder())
    const queued = await opened.app.db.selectFrom('outbox').selectAll().execute()
    expect(queued).toHaveLength(expected === 'delivered' ? 1 : 0)
    if (expected === 'dropped') return
    expect(queued[0]?.not_before).toBe(opened.app.clock.now() + (problem === 'rate-limited' ? 5000 : 0))
    const { reply, to } = JSON.parse(queued[0]?.payload ?? '')
    expect(to).toMatchObject({ kind: 'chat', chat: { id: '-100' } })
    expect(words({ reply, visibility: 'public', locale: 'en', askerId: '', update: false })).toBe(
      'This took longer than it should. Here is the answer to /hello:\nWhat you can do here',
    )
  })

  test('that is private and late goes to the person, not to the group', async () => {
    await using opened = await cleanApp(engine)
    const { ask } = asking(opened)
    const responder = recorder()
    responder.failures.push(new DeliveryError('gone', 'the token ended'))
    await ask(line(opened.app, ada, '/no'), responder)
    const { payload } = await opened.app.db.selectFrom('outbox').select('payload').executeTakeFirstOrThrow()
    expect(JSON.parse(payload).to).toEqual({ kind: 'person', platformId: ada.platformId })
  })

  test('that is private, late and for somebody who has not opened the chat yet is offered again until it arrives', async () => {
    await using opened = await cleanApp(engine)
    const { ask, dispatch } = asking(opened)
    const responder = recorder()
    responder.failures.push(new DeliveryError('unreachable', 'the line was cut'))
    expect((await ask(line(opened.app, ada, '/no'), responder)).ending).toBe('kept')
    expect(await opened.app.db.selectFrom('outbox').selectAll().execute()).toEqual([])
    const next = recorder()
    expect(await dispatch.recover(BOT, () => next)).toBe(1)
    expect(next.answers[0]?.startPayload).toMatch(/^a_/)
    expect(await dispatch.recover(BOT, () => next)).toBe(0)
  })

  test('that an adapter fails to send in a way it must not is kept, and sent by recovery', async () => {
    await using opened = await cleanApp(engine)
    const { ask, dispatch } = asking(opened)
    const responder = recorder()
    responder.failures.push(new TypeError('a bug'))
    expect((await ask(line(opened.app, ada, '/hello'), responder)).ending).toBe('dropped')
    expect(errors(opened)).toHaveLength(1)
    const next = recorder()
    expect(await dispatch.recover(BOT, () => next)).toBe(1)
    expect(words(next.answers[0])).toBe('What you can do here')
    expect(await dispatch.recover(BOT, () => next)).toBe(0)
  })

  test('of one person’s requests follow the order in which they came', async () => {
    await using opened = await cleanApp(engine)
    const { dispatch } = asking(opened)
    const responder = recorder()
    const typed = ['/count 1', '/count 9', '/note ab', '/note abcdefg', '/hello', '/nothing']
    const received = []
    for (const one of typed) received.push(await dispatch.receive(line(opened.app, ada, one)))
    await Promise.all(received.map(one => one && dispatch.process(one, responder)))
    expect(responder.answers.map(answer => answer.reply.tone)).toEqual([
      'success',
      'refusal',
      'success',
      'refusal',
      'success',
      'refusal',
    ])
    await dispatch.idle()
  })
})

// Where time is held, the database must not wait for it: SQLite alone.
describe.each(engines.filter(({ name }) => name === 'sqlite'))('an answer that takes long', engine => {
  const hold = () => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })

  test.each([
    ['/slow', 'public'],
    ['/slowly', 'private'],
  ] as const)('%s is acknowledged after 1.5 s, %s as declared, and then sent', async (typed, visibility) => {
    await using opened = await cleanApp(engine)
    const { dispatch } = asking(opened)
    await join(opened.app, ada)
    slow = Promise.withResolvers()
    const responder = recorder()
    const received = await dispatch.receive(line(opened.app, ada, typed))
    if (!received) throw new Error('it is new')
    hold()
    const ending = dispatch.process(received, responder)
    await vi.advanceTimersByTimeAsync(1499)
    expect(responder.acknowledged).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    expect(responder.acknowledged).toEqual([visibility])
    expect(responder.answers).toEqual([])
    slow.resolve()
    expect(await ending).toBe('answered')
    expect(responder.acknowledged).toHaveLength(1)
    expect(responder.answers).toHaveLength(1)
  })

  test('keeps nobody waiting without a sign: the request behind it is acknowledged too', async () => {
    await using opened = await cleanApp(engine)
    const { dispatch } = asking(opened)
    await join(opened.app, ada)
    slow = Promise.withResolvers()
    const [first, second] = [
      await dispatch.receive(line(opened.app, ada, '/slow')),
      await dispatch.receive(line(opened.app, ada, '/manage')),
    ]
    if (!first || !second) throw new Error('they are new')
    const responder = recorder()
    hold()
    const both = [dispatch.process(first, recorder()), dispatch.process(second, responder)]
    await vi.advanceTimersByTimeAsync(1500)
    expect(responder.acknowledged).toEqual(['private'])
    slow.resolve()
    await Promise.all(both)
    expect(words(responder.answers[0])).toContain('Only managers')
  })

  test('waits for its acknowledgement, and is sent although that failed', async () => {
    await using opened = await cleanApp(engine)
    const { dispatch } = asking(opened)
    await join(opened.app, ada)
    slow = Promise.withResolvers()
    const told = Promise.withResolvers<void>()
    const responder = { ...recorder(), acknowledge: () => told.promise }
    const received = await dispatch.receive(line(opened.app, ada, '/slow'))
    if (!received) throw new Error('it is new')
    hold()
    const ending = dispatch.process(received, responder)
    await vi.advanceTimersByTimeAsync(1500)
    slow.resolve()
    await vi.advanceTimersByTimeAsync(100)
    expect(responder.answers).toEqual([])
    told.reject(new DeliveryError('unreachable', 'no'))
    expect(await ending).toBe('answered')
    expect(responder.answers).toHaveLength(1)
  })

  test('that is quick is never acknowledged', async () => {
    await using opened = await cleanApp(engine)
    const { ask } = asking(opened)
    hold()
    const { responder } = await ask(line(opened.app, ada, '/hello'))
    await vi.advanceTimersByTimeAsync(5000)
    expect(responder.acknowledged).toEqual([])
    expect(vi.getTimerCount()).toBe(0)
  })
})

forEachEngine('recovery', engine => {
  test('runs what was only received, sends what was done, and leaves alone what is answered or young', async () => {
    await using opened = await cleanApp(engine)
    const { dispatch } = asking(opened, await loadCommands())
    const { app, clock } = opened
    await dispatch.receive(line(app, ada, '/checkin'), 'token')
    await dispatch.receive(
      happening(app, {
        what: 'member-joined',
        place: { platformId: '-100', kind: 'group', title: 'Night Owls' },
        who: lin,
      }),
    )
    clock.advance(60_000)
    await dispatch.receive(line(app, ada, '/streak'))
    const responder = recorder()
    expect(await dispatch.recover(BOT, () => responder, 30_000)).toBe(2)
    expect(words(responder.answers[0])).toContain('Day 1, Ada')
    expect(await count(app, 'members')).toBe(2)
    expect(await dispatch.recover(BOT, () => responder, 30_000)).toBe(0)
    expect(await dispatch.recover(BOT, () => responder)).toBe(1)
    expect(await count(app, 'checkins')).toBe(1)
  })

  test('by several at once runs and answers each once, whatever was left of it', async () => {
    await using opened = await cleanApp(engine)
    const { dispatch, ask } = asking(opened)
    const { app } = opened
    for (let i = 0; i < 6; i++) {
      const request = line(app, { ...ada, platformId: String(i), name: `Ada ${i}` }, '/hello')
      if (i < 3) await dispatch.receive(request)
      else {
        const failing = recorder()
        failing.failures.push(new TypeError('a bug'))
        await ask(request, failing)
      }
    }
    const responder = recorder()
    await Promise.all(Array.from({ length: 3 }, () => dispatch.recover(BOT, () => responder)))
    expect(responder.answers).toHaveLength(6)
  })

  test('that looks while an answer is under way does not send it again', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    // The database is slow to hand over what recovery asked it.
    const looked = Promise.withResolvers<void>()
    const goOn = Promise.withResolvers<void>()
    let holding = false
    const db = app.db.withPlugin({
      transformQuery: ({ node }) => node,
      transformResult: async ({ result }) => {
        if (holding) {
          looked.resolve()
          await goOn.promise
        }
        return result
      },
    })
    const dispatch = createDispatch({ ...app, db }, kit)
    const sending = Promise.withResolvers<void>()
    const sent = Promise.withResolvers<void>()
    let answers = 0
    const responder = {
      ...recorder(),
      answer: async () => {
        answers++
        sending.resolve()
        await sent.promise
        return {}
      },
    }
    const received = await dispatch.receive(line(app, ada, '/hello'))
    if (!received) throw new Error('it is new')
    const work = dispatch.process(received, responder)
    await sending.promise
    holding = true
    const recovery = dispatch.recover(BOT, () => responder)
    await looked.promise
    sent.resolve()
    expect(await work).toBe('answered')
    goOn.resolve()
    await recovery
    expect(answers).toBe(1)
  })

  test('while requests are being answered repeats none of them', async () => {
    await using opened = await cleanApp(engine)
    const { dispatch } = asking(opened)
    const { app } = opened
    const responder = recorder()
    const work: Array<Promise<unknown>> = []
    for (let i = 0; i < 25; i++) {
      const received = await dispatch.receive(line(app, { ...ada, platformId: String(i), name: `Ada ${i}` }, '/hello'))
      if (received) work.push(dispatch.process(received, responder))
      work.push(dispatch.recover(BOT, () => responder))
    }
    await Promise.all(work)
    expect(responder.answers).toHaveLength(25)
  })

  test('without a way to answer makes a delivery of it', async () => {
    await using opened = await cleanApp(engine)
    const { dispatch } = asking(opened)
    await dispatch.receive(line(opened.app, ada, '/hello'))
    await dispatch.recover(BOT, () => null)
    expect(await count(opened.app, 'outbox')).toBe(1)
    expect(await dispatch.recover(BOT, () => null)).toBe(0)
  })
})
