// Updates that the fake's people cannot cause, and the order in which work starts.
import type { Message, Update, User, UserFromGetMe } from 'grammy/types'
import { describe, expect, test } from 'vitest'
import { createIntake } from '#src/adapters/telegram/intake.ts'
import { createTurns } from '#src/adapters/telegram/turns.ts'
import type { PlaceSighting, Request } from '#src/chat/request.ts'
import { loadCommands } from '#src/commands.ts'
import { createGate, type Gate } from './gate.ts'

const registry = await loadCommands()
const moved = new Map<string, PlaceSighting>()
const intake = createIntake({
  bot: 'telegram:7',
  me: { id: 7, is_bot: true, first_name: 'Muster', username: 'muster_bot' } as UserFromGetMe,
  registry,
  clock: { now: () => 5_000_000 },
  moved,
})
const ada: User = { id: 42, is_bot: false, first_name: 'Ada', last_name: 'L.' }
const group = { id: -1001, type: 'supergroup' as const, title: 'Camp' }
const message = (more: Partial<Message>): Message =>
  ({ message_id: 9, date: 1000, chat: group, from: ada, text: '/checkin', ...more }) as Message
const read = (update: Omit<Update, 'update_id'>) => intake({ update_id: 1, ...update } as Update)

describe('an update', () => {
  test('becomes a request with the time at which the platform heard it', () => {
    expect(read({ message: message({}) } as Update)).toEqual([
      {
        token: null,
        request: {
          platform: 'telegram',
          bot: 'telegram:7',
          eventId: '1',
          at: 1_000_000,
          kind: 'line',
          line: '/checkin',
          from: { platformId: '42', name: 'Ada L.', username: '' },
          place: { platformId: '-1001', kind: 'supergroup', title: 'Camp' },
          chat: { id: '-1001', direct: false, ephemeral: false, messageId: '9' },
        },
      },
    ])
  })

  test('in a thread of replies keeps no topic; in a topic it does', () => {
    const thread = (more: Partial<Message>) => {
      const { request } = read({ message: message({ message_thread_id: 3, ...more }) } as Update)[0] ?? {}
      return request && 'chat' in request ? request.chat?.threadId : null
    }
    expect(thread({})).toBeUndefined()
    expect(thread({ is_topic_message: true })).toBe('3')
  })

  test('of a bot, an edit, a channel, a poll or an inline message of another is none', () => {
    const bot = { ...ada, is_bot: true }
    const channel = { id: -1002, type: 'channel' as const, title: 'News' }
    for (const update of [
      { message: message({ from: bot }) },
      { edited_message: message({}) },
      { channel_post: message({ chat: channel } as Partial<Message>) },
      { message: message({ chat: channel } as Partial<Message>) },
      { message: message({ from: undefined } as Partial<Message>) },
      { poll: { id: '1' } },
      { callback_query: { id: '1', from: ada, chat_instance: 'x', game_short_name: 'g' } },
    ])
      expect(read(update as never)).toEqual([])
  })

  test('that names several newcomers becomes a request for each, with ids of their own; bots are left out', () => {
    const users = [ada, { ...ada, id: 43 }, { ...ada, id: 44, is_bot: true }]
    const found = read({ message: message({ text: undefined, new_chat_members: users } as Partial<Message>) } as Update)
    expect(found.map(({ request }) => request)).toMatchObject([
      { eventId: '1', who: { platformId: '42' } },
      { eventId: '1.1', who: { platformId: '43' } },
    ])
    expect(found).toHaveLength(2)
  })

  test('that is no command asks in a private chat alone, without what was said or shown', () => {
    const here = { id: 42, type: 'private' as const, first_name: 'Ada' }
    const bare = { text: undefined, chat: here }
    const secret = 'SECRET'
    const photo = [{ file_id: secret, file_unique_id: secret, width: 1, height: 1 }]
    const of = (more: object) => read({ message: message(more as Partial<Message>) } as Update)
    for (const said of [
      { text: secret },
      { text: '/签到' },
      { text: `/checkin@other_bot ${secret}` },
      { text: secret, reply_to_message: message({ from: { ...ada, id: 43, first_name: secret } }) },
      { ...bare, photo },
      { ...bare, photo, caption: secret },
      { ...bare, photo, caption: secret, media_group_id: '1' },
      { ...bare, sticker: { file_id: secret } },
      { ...bare, voice: { file_id: secret } },
      { ...bare, location: { latitude: 1, longitude: 2 } },
    ]) {
      const found = of({ ...said, chat: here })
      const event = { platform: 'telegram', bot: 'telegram:7', eventId: '1', at: 1_000_000 }
      const who = {
        from: { platformId: '42', name: 'Ada L.', username: '' },
        place: null,
        chat: { id: '42', direct: true, ephemeral: false, messageId: '9' },
      }
      // An answer goes no further unless a question waits.
      const answer = { said: { ...event, kind: 'answer', ...who }, replied: null }
      expect(found).toMatchObject([{ answer }])
      expect(found.map(({ answer: _, ...rest }) => rest)).toEqual([
        { token: null, request: { ...event, kind: 'line', line: '', ...who } },
      ])
      expect(of({ ...said, chat: group })).toEqual([])
    }
    const part = of({ ...bare, photo, media_group_id: '1' })
    expect(part).toMatchObject([{ request: null, answer: { said: { text: '' }, album: '1' } }])
    expect(JSON.stringify(part)).not.toContain(secret)
    for (const told of [
      { pinned_message: message({}) },
      { message_auto_delete_timer_changed: { message_auto_delete_time: 60 } },
      { write_access_allowed: {} },
    ])
      expect(of({ ...bare, ...told })).toEqual([])
  })

  test('of a press tells what the message shows; of one too old only where it was', () => {
    const press = (shown: object) => {
      const query = { id: 'q', from: ada, chat_instance: 'x', data: 'v1:help:n*:', message: shown }
      return read({ callback_query: query } as never)[0]
    }
    expect(press(message({ text: 'words' }))?.token).toBe('text:q')
    const photo = press(message({ text: undefined, photo: [] } as Partial<Message>))
    expect(photo).toMatchObject({
      token: 'photo:q',
      request: { kind: 'press', at: 5_000_000, chat: { messageId: '9' } },
    })
    const old = press({ message_id: 9, chat: group, date: 0 })
    expect(old).toMatchObject({ token: 'nothing:q', request: { chat: { id: '-1001', direct: false } } })
    expect(old?.request).not.toHaveProperty('chat.messageId')
    expect(press(undefined as never)).toMatchObject({
      token: 'nothing:q',
      request: { place: null, chat: { id: '42' } },
    })
  })

  test('from an old message of a group that moved counts where the group lives now', () => {
    const to: PlaceSighting = { platformId: '-1001', kind: 'supergroup', title: 'Camp' }
    moved.set('-5', to)
    const query = { id: 'q', from: ada, chat_instance: 'x', data: 'v1:help:n*:' }
    const old = message({ chat: { id: -5, type: 'group', title: 'Camp' } } as Partial<Message>)
    expect(read({ callback_query: { ...query, message: old } } as never)[0]?.request).toMatchObject({
      place: to,
      chat: { id: '-1001', direct: false },
    })
  })
})

describe('turns', () => {
  const base = { platform: 'telegram' as const, bot: 'telegram:7', eventId: 'x', at: 0 }
  const at = (id: string): PlaceSighting => ({ platformId: id, kind: 'group', title: 'x' })
  const ask = (person: string, place: string | null): Request => ({
    ...base,
    kind: 'line',
    line: '/x',
    from: { platformId: person, name: person },
    place: place === null ? null : at(place),
    chat: { id: place ?? person, direct: place === null, ephemeral: false },
  })
  const joined = (person: string, place: string): Request => ({
    ...base,
    kind: 'happening',
    what: 'member-joined',
    place: at(place),
    who: { platformId: person, name: person },
  })
  const move = (from: string, to: string): Request => ({
    ...base,
    kind: 'happening',
    what: 'place-moved',
    place: at(from),
    to: at(to),
  })

  /** Runs requests whose work (or preparation) waits for a gate of its own; tells which have started. */
  function start(requests: readonly Request[], held: 'prepare' | 'work' = 'work') {
    const turns = createTurns()
    const started: number[] = []
    const gates: Gate[] = requests.map(() => createGate())
    for (const [i, request] of requests.entries()) {
      const wait = () => gates[i]?.passed ?? Promise.resolve()
      turns.run(
        request,
        () => (held === 'prepare' ? wait() : Promise.resolve()),
        async () => {
          started.push(i)
          if (held === 'work') await wait()
        },
      )
    }
    /** Everything that can start has started once nothing is left to do. */
    const settled = () => new Promise<number[]>(resolve => setImmediate(() => resolve([...started].sort())))
    return { turns, settled, open: (i: number) => gates[i]?.open() }
  }

  test('one person’s requests start in order even when the first is being prepared; others do not wait', async () => {
    const { settled, open } = start([ask('ada', 'a'), ask('ada', 'b'), ask('lin', 'a')], 'prepare')
    open(1)
    open(2)
    expect(await settled()).toEqual([2])
    open(0)
    expect(await settled()).toEqual([0, 1, 2])
  })

  test('a command waits for what was told about its person before', async () => {
    const { settled, open } = start([joined('ada', 'a'), ask('ada', null), ask('lin', null)])
    expect(await settled()).toEqual([0, 2])
    open(0)
    expect(await settled()).toEqual([0, 1, 2])
  })

  test('a move waits for what is in hand on both sides, and what comes after it waits for the move', async () => {
    const requests = [ask('ada', 'old'), ask('lin', 'new'), move('old', 'new'), ask('mo', 'new'), ask('eve', 'other')]
    const { settled, open } = start(requests)
    expect(await settled()).toEqual([0, 1, 4])
    open(0)
    expect(await settled()).toEqual([0, 1, 4])
    open(1)
    expect(await settled()).toEqual([0, 1, 2, 4])
    open(2)
    expect(await settled()).toEqual([0, 1, 2, 3, 4])
  })

  test('room is made as work ends', async () => {
    const { turns, settled, open } = start([ask('ada', null), ask('lin', null)])
    let room = false
    void turns.room(2).then(() => {
      room = true
    })
    await settled()
    expect([turns.inHand, room]).toEqual([2, false])
    open(0)
    await settled()
    expect([turns.inHand, room]).toEqual([1, true])
  })
})
