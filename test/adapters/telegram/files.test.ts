// Files that people send, and documents that they are sent.
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { createCalls } from '#src/adapters/telegram/calls.ts'
import { createFetch } from '#src/adapters/telegram/fetching.ts'
import { DeliveryError, type WriteDocument } from '#src/chat/port.ts'
import { button, plain } from '#src/chat/reply.ts'
import { t } from '#src/chat/text.ts'
import { createLimiter } from '#src/lib/limiter.ts'
import { png } from '#test/fakes/telegram/calling.ts'
import { engines, forEachEngine } from '#test/support/engines.ts'
import { until } from '#test/support/until.ts'
import { openTelegram, type TelegramWorld, type TelegramWorldOptions } from '../telegram-harness.ts'
import { formScene, photo } from './form-scene.ts'

const COMMANDS = new URL('./commands/', import.meta.url)
const MEGABYTE = 1024 * 1024
let world: TelegramWorld | undefined
const [sqlite] = engines
if (!sqlite) throw new Error('there is no engine')
const opened = (): TelegramWorld => {
  if (!world) throw new Error('no world is open')
  return world
}
const open = async (engine = sqlite, options: TelegramWorldOptions = {}) => {
  world = await openTelegram(engine, { commands: COMMANDS, ...options })
  return world
}
afterEach(async () => {
  const violations = [...(world?.violations() ?? [])]
  await world?.[Symbol.asyncDispose]()
  world = undefined
  expect(violations).toEqual([])
})
const { learner, say, press, answered, byBot, newest, labels, forms, files, kept } = formScene(opened)
const errors = () => opened().test.lines.filter(({ level }) => level === 'error')

/** Ada, in her private chat, at the question for a photo. */
async function atPhoto() {
  const ada = await learner()
  await say(ada, '/survey', ada.chat)
  for (let i = 0; i < 3; i++) await press(ada, newest(ada.chat), 'Skip')
  expect(newest(ada.chat).text).toContain('4 of 5')
  return ada
}

forEachEngine('a file sent as an answer', engine => {
  test('is refused with a sentence when it is too big or not what it is called, and nothing of it is stored', async () => {
    await open(engine)
    const ada = await atPhoto()
    const refused = async (bytes: Buffer, name = 'me.png') => {
      ada.sendDocument(ada.chat, bytes, { name })
      await answered()
      expect(newest(ada.chat).text).toContain('4 of 5')
      return newest(ada.chat).text
    }
    expect(await refused(Buffer.alloc(50 * MEGABYTE, png))).toContain('“photo” can be at most 1 MB; yours has 50 MB')
    expect(opened().tg.callsOf('getFile')).toEqual([])
    for (const bytes of [
      Buffer.from('<script>alert(1)</script>'),
      Buffer.concat([png.subarray(0, 16), Buffer.alloc(99)]),
    ])
      expect(await refused(bytes)).toContain('What you sent is something else, whatever it is called.')
    expect([await files(), await forms()]).toEqual([[0, 0], ['open']])
    ada.sendDocument(ada.chat, photo(), { name: 'me.txt' })
    await answered()
    expect(newest(ada.chat).text).toContain('5 of 5')
    expect(await files()).toEqual([1, 1])
    const [row] = await opened().test.app.db.selectFrom('files').select(['name', 'kind']).execute()
    expect(row).toEqual({ name: 'me.txt', kind: 'jpeg' })
  })

  test('that could not be fetched is asked for again, and the token is nowhere', async () => {
    await open(engine)
    const ada = await atPhoto()
    for (const fault of [
      { method: 'getFile', kind: '500' },
      { method: 'file', kind: '500' },
      { method: 'file', kind: 'drop-before' },
    ] as const) {
      opened().tg.fault(fault)
      ada.sendPhoto(ada.chat, photo())
      await answered()
      expect(newest(ada.chat).text).toMatch(
        /I could not fetch the file for “photo”\. Please send it again\.[\s\S]*4 of 5/,
      )
    }
    const fetched = opened().test.lines.filter(({ message }) => message.includes('could not be fetched'))
    expect(fetched).toHaveLength(3)
    const { token } = opened().tg
    const secret = token.split(':')[1] ?? token
    for (const { details } of fetched)
      expect(
        `${JSON.stringify(details)} ${'err' in details && details.err instanceof Error ? details.err.stack : ''}`,
      ).not.toContain(secret)
    expect(await kept()).not.toContain(secret)
    ada.sendPhoto(ada.chat, photo())
    await answered()
    expect(newest(ada.chat).text).toContain('5 of 5')
    expect(await files()).toEqual([1, 1])
  })
})

describe('fetching', () => {
  const token = '7000000001:AAFetchTokenForTests-0123456789abcdef'
  /** A server that hands out `path` for every file, and answers a download by `download`. */
  async function serving(info: object, download: RequestListener) {
    const server = createServer((request, response) => {
      if (!request.url?.includes('/getFile')) return download(request, response)
      const body = JSON.stringify({ ok: true, result: { file_id: 'x', file_unique_id: 'x', ...info } })
      response.setHeader('content-type', 'application/json').end(body)
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const apiRoot = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const limiter = createLimiter({ perSecond: 28, perChatSecond: 1, chatBurst: 3, perGroupMinute: 20 }, () => 0)
    const calls = createCalls({ token, apiRoot, limiter, onRevoked: () => {} })
    const fetchFile = createFetch({ token, apiRoot, calls, patienceMs: 300 })
    return {
      get: async (size: number, maxBytes: number) => {
        const sent = { kind: 'file', name: 'a', type: 'b', size, reference: 'x' } as const
        const outcome = await fetchFile(sent, maxBytes).catch((error: unknown) => error)
        return outcome
      },
      [Symbol.asyncDispose]: () =>
        new Promise<void>(resolve => {
          server.close(() => resolve())
          server.closeAllConnections()
        }),
    }
  }

  test('reads a file to the last byte that is allowed, under a path with any characters', async () => {
    let asked = ''
    await using server = await serving({ file_path: 'photos/a b?#%2f.jpg' }, (request, response) => {
      asked = request.url ?? ''
      response.end(Buffer.alloc(10, 1))
    })
    expect(await server.get(10, 10)).toEqual(Buffer.alloc(10, 1))
    expect(asked).toBe(`/file/bot${token}/photos/a%20b%3F%23%252f.jpg`)
  })

  test('stops at the first byte too many, whatever was told before', async () => {
    let sent = 0
    let ended = false
    await using server = await serving({ file_path: 'a', file_size: 5 }, (_, response) => {
      const more = () => {
        while (!response.destroyed && sent < 64 * MEGABYTE && response.write(Buffer.alloc(64 * 1024))) sent += 64 * 1024
      }
      response.on('drain', more).on('close', () => {
        ended = true
      })
      more()
    })
    expect(await server.get(5, 100)).toMatchObject({ problem: 'rejected' })
    await until('the download is given up', () => ended)
    expect(sent).toBeLessThan(64 * MEGABYTE)
  })

  test('asks for nothing that is told to be too big, by the message or by the platform', async () => {
    let downloads = 0
    const count: RequestListener = (_, response) => {
      downloads++
      response.end()
    }
    await using told = await serving({ file_path: 'a', file_size: 11 }, count)
    expect(await told.get(11, 10)).toMatchObject({ problem: 'rejected' })
    expect(await told.get(0, 10)).toMatchObject({ problem: 'rejected' })
    // More than the platform hands over is not asked for, whatever the command takes.
    expect(await told.get(21 * MEGABYTE, 100 * MEGABYTE)).toMatchObject({ problem: 'rejected' })
    expect(downloads).toBe(0)
  })

  test.each([
    ['a redirect', 302, 'unreachable'],
    ['a file that is gone', 404, 'gone'],
    ['too many requests', 429, 'rate-limited'],
    ['a failing server', 502, 'unreachable'],
  ] as const)('ends %s in our words, without the token', async (_, status, problem) => {
    await using server = await serving({ file_path: 'a' }, (request, response) => {
      const elsewhere = request.url === '/elsewhere'
      response.writeHead(elsewhere ? 200 : status, { location: '/elsewhere', 'retry-after': '7' }).end('x')
    })
    const error = await server.get(1, 10)
    if (!(error instanceof DeliveryError)) throw new Error('it was fetched')
    expect([error.problem, error.retryAfterMs]).toEqual([problem, status === 429 ? 7000 : 0])
    expect(`${error.stack} ${JSON.stringify(error)}`).not.toContain('AAFetchToken')
    // What was thrown may name the address.
    expect(error.cause).toBeUndefined()
  })

  test('gives up what begins and never ends', async () => {
    await using server = await serving({ file_path: 'a' }, (_, response) => void response.write('x'))
    const error = await server.get(1, 10)
    expect(error).toMatchObject({ problem: 'unreachable', message: expect.stringContaining('no answer in time') })
  })

  test('of what has no path is of something that is gone', async () => {
    await using server = await serving({}, (_, response) => void response.end())
    expect(await server.get(1, 10)).toMatchObject({ problem: 'gone' })
  })
})

describe('a document', () => {
  const write: WriteDocument = async () => ({ bytes: Buffer.from('{"all": "of it"}'), type: 'application/json' })

  test('goes to the private chat alone, under its name, with the words and the buttons', async () => {
    await open(sqlite, { write })
    const ada = await learner()
    await say(ada, '/paper')
    expect(newest(ada.chat)).toMatchObject({
      text: '“file”',
      document: { name: 'mine.json', bytes: Buffer.from('{"all": "of it"}') },
    })
    expect(labels(newest(ada.chat))).toEqual(['What you can do here'])
    expect(newest()).toMatchObject({ text: 'Ada, I answered you privately.', document: undefined })
    await say(ada, '/paper public')
    expect(newest()).toMatchObject({ text: '“public”', document: undefined })
    expect(errors()).toHaveLength(1)
  })

  test('holds everything that is kept about the asker', async () => {
    await open()
    const ada = await learner()
    await say(ada, '/paper', ada.chat)
    const { document } = newest(ada.chat)
    expect(JSON.parse(document?.bytes.toString() ?? '')).toMatchObject({ person: expect.any(Object) })
  })

  test('with more words than fit under it is followed by them; beside a photo it comes second', async () => {
    await open(sqlite, { write })
    const ada = await learner()
    await say(ada, '/paper long', ada.chat)
    const [file, words] = byBot(ada.chat).slice(-2)
    expect(file).toMatchObject({ text: '', document: { name: 'mine.json' }, keyboard: [] })
    expect(words?.text).toContain('long long')
    expect(words && labels(words)).toEqual(['What you can do here'])
    await say(ada, '/paper both', ada.chat)
    const [picture, second] = byBot(ada.chat).slice(-2)
    expect(picture).toMatchObject({ text: '“both”', photo: png })
    expect(second).toMatchObject({ text: '', document: { name: 'mine.json' } })
  })

  test('brought by a button comes as a message of its own, in the place of the one with the button; and is not taken away itself', async () => {
    await open(sqlite, { write })
    const ada = await learner()
    await say(ada, '/paper ask', ada.chat)
    const asked = newest(ada.chat)
    await press(ada, asked, 'What you can do here')
    const file = newest(ada.chat)
    expect(file).toMatchObject({ text: '“file”', document: { name: 'mine.json' } })
    expect(byBot(ada.chat).find(({ message_id }) => message_id === asked.message_id)?.deleted).toBe(true)
    await press(ada, file, 'What you can do here')
    expect(byBot(ada.chat).filter(({ document, deleted }) => document && !deleted)).toHaveLength(2)
  })

  test.each([
    ['cannot be written', () => Promise.reject(new Error('no disk'))],
    [
      'is larger than the platform takes',
      async () => ({ bytes: Buffer.alloc(50 * MEGABYTE + 1), type: 'application/json' }),
    ],
  ] as Array<[string, WriteDocument]>)('that %s leaves its words, and a line in the log', async (_, failing) => {
    await open(sqlite, { write: failing })
    const ada = await learner()
    await say(ada, '/paper', ada.chat)
    const { text, document } = newest(ada.chat)
    expect([text, document]).toEqual([
      expect.stringMatching(/^“file”\nThe file could not be made this time/),
      undefined,
    ])
    expect(errors()).toHaveLength(1)
  })

  test('that is delivered by itself comes to the private chat, and in a group leaves its words', async () => {
    await open(sqlite, { write })
    const ada = await learner()
    const { sender } = opened().connection()
    const document = { kind: 'export', personId: 'per_1', name: 'mine.json' } as const
    const reply = { ...plain(t('settings.title'), button(t('help.title'), 'paper')), document }
    const common = { id: 1, reply, locale: 'en', askerId: String(ada.id), nonce: 'n' } as const
    await sender.deliver({ ...common, to: { kind: 'person', platformId: String(ada.id) } })
    expect(newest(ada.chat)).toMatchObject({ text: 'Your settings', document: { name: 'mine.json' } })
    const chat = { id: String(opened().group.id), direct: false, ephemeral: false }
    await sender.deliver({ ...common, to: { kind: 'chat', chat } })
    expect(newest()).toMatchObject({ text: 'Your settings', document: undefined })
  })
})

test('a photo is sent as what it is, and its words stay when it is gone', async () => {
  let gone = false
  await open(sqlite, { draw: async () => (gone ? null : png) })
  const ada = await learner()
  await say(ada, '/paper photo', ada.chat)
  expect(newest(ada.chat)).toMatchObject({ text: '“photo”', photo: png })
  const [upload] = [...(opened().tg.callsOf('sendPhoto').at(-1)?.uploads.values() ?? [])]
  expect(upload?.filename).toBe('photo.jpg')
  gone = true
  await say(ada, '/paper photo', ada.chat)
  expect(newest(ada.chat).text).toBe('“photo”\n“alt”')
})
