// Forms, files and documents in the playground beyond the contract suite: what is refused, what waits, what is left behind.
import { randomUUID } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { createCanvas } from '@napi-rs/canvas'
import { afterEach, describe, expect, test } from 'vitest'
import { DEMO } from '#src/adapters/playground/index.ts'
import { formAsk } from '#src/adapters/playground/intake.ts'
import { transaction } from '#src/app.ts'
import { plain } from '#src/chat/reply.ts'
import { t } from '#src/chat/text.ts'
import { deleteFiles, readStored } from '#src/features/files/index.ts'
import { DAY_LENGTH } from '#src/lib/time.ts'
import { createPictures } from '#src/pictures.ts'
import { START, type TestApp, testApp } from '#test/support/app.ts'
import { engines, forEachEngine } from '#test/support/engines.ts'
import {
  type Client,
  openClient,
  type Running,
  type StartOptions,
  startPlayground,
  textOf,
  type WireMessage,
} from './playground-world.ts'

const [sqlite] = engines
if (!sqlite) throw new Error('SQLite is always there')
const COMMANDS = new URL('./commands/', import.meta.url)
const MEGABYTE = 1024 * 1024

let disposables: AsyncDisposable[] = []
afterEach(async () => {
  for (const each of disposables.reverse()) await each[Symbol.asyncDispose]()
  disposables = []
})
function until<T extends AsyncDisposable>(made: T): T {
  disposables.push(made)
  return made
}
const database = async (engine = sqlite): Promise<TestApp> => until(await testApp(engine))
const start = async (on: TestApp, options?: StartOptions): Promise<Running> =>
  until(await startPlayground(on, { commands: COMMANDS, ...options }))
async function stop(running: Running): Promise<void> {
  disposables = disposables.filter(each => each !== running)
  await running[Symbol.asyncDispose]()
}

const photo = (name = 'me.png') =>
  new File([new Uint8Array(createCanvas(40, 30).toBuffer('image/png'))], name, { type: 'image/png' })
const surveys = async ({ app }: Running): Promise<number> =>
  (await app.db.selectFrom('meta').select('key').where('key', 'like', 'survey:%').execute()).length
/** How many files lie in the folder. */
async function filesIn({ app }: Running): Promise<number> {
  const entries = await readdir(app.files.root, { recursive: true }).catch(() => [])
  return entries.filter(entry => entry.includes('/')).length
}
async function messageById(client: Client, id: number): Promise<WireMessage | undefined> {
  const { messages } = (await (await client.get('state')).json()) as { messages: WireMessage[] }
  return messages.find(message => message.id === id)
}
/** Waits until the card of a message says this about itself. */
const tells = (client: Client, id: number, over: string | undefined): Promise<void> =>
  expect.poll(async () => (await messageById(client, id))?.body.form?.over).toBe(over)

forEachEngine('a form in the playground', engine => {
  test('is drawn from the declarations of its command, in the language of who asked, for their eyes alone', async () => {
    const running = await start(await database(engine))
    const client = await openClient(running.origin)
    const shown = await client.say('lin', '/survey')
    expect([shown.chat, shown.seenBy]).toEqual(['group', 'lin'])
    const { form } = shown.body
    expect(form?.title).toBe('我的设置')
    expect(form?.cancel.label).toBe('取消')
    expect(form?.fields).toEqual([
      {
        name: 'mood',
        kind: 'choice',
        label: expect.any(String),
        optional: true,
        options: [
          { value: 'good', label: '显示我' },
          { value: 'bad', label: '不显示我' },
        ],
      },
      { name: 'size', kind: 'whole', label: expect.any(String), optional: true, min: 1, max: 10 },
      { name: 'site', kind: 'link', label: expect.any(String), optional: true },
      {
        name: 'photo',
        kind: 'attachment',
        label: expect.any(String),
        optional: true,
        limit: 1,
        types: 'image/png,image/jpeg,image/webp,image/gif',
        kinds: 'png、jpeg、webp、gif',
      },
      { name: 'note', kind: 'text', label: '用几句话写写今天做了什么', optional: true, max: 200, long: true },
    ])
  })

  test('with every field wrong changes nothing, says so for each, and opens again with what stood there', async () => {
    const running = await start(await database(engine))
    const client = await openClient(running.origin)
    const shown = await client.say('ada', '/survey')
    const wrong = {
      mood: 'sad',
      size: '11',
      site: 'javascript:alert(1)',
      photo: new File(['<svg onload=alert(1)>'], 'me.png', { type: 'image/png' }),
      note: 'x'.repeat(201),
    }
    const refused = await client.handIn('ada', shown, wrong)
    expect([refused.body.tone, refused.seenBy]).toEqual(['refusal', 'ada'])
    expect(textOf(refused).split('\n').filter(Boolean)).toEqual([
      '“mood” must be one of: good, bad. You wrote “sad”.',
      '“size” must be at most 10; you wrote 11.',
      '“site” must be a link that begins with https://, not “javascript:alert(1)”.',
      '“note” can have at most 200 characters; yours has 201.',
    ])
    expect(await surveys(running)).toBe(0)
    const again = await client.press('ada', refused, 'Correct it')
    const values = Object.fromEntries(again.body.form?.fields.map(field => [field.name, field.value]) ?? [])
    expect(values).toEqual({ ...wrong, photo: undefined })
    expect(again.body.form?.id).toBe(shown.body.form?.id)
    await tells(client, shown.id, 'continued')
    // Only now is the file looked at: by its bytes, whatever it is called.
    const kind = await client.handIn('ada', again, { size: '3', photo: wrong.photo })
    expect(textOf(kind)).toContain('“photo” must be one of: png, jpeg, webp, gif.')
    const good = await client.handIn('ada', again, { mood: 'good', photo: photo() })
    expect(textOf(good)).toContain('good | - | - | jpeg | -')
    expect([good.seenBy, await surveys(running)]).toEqual([null, 1])
    await tells(client, again.id, 'handed')
    const late = await client.handIn('ada', again, { mood: 'good' })
    expect(textOf(late)).toContain('This form is closed')
    expect(await surveys(running)).toBe(1)
  })

  test('is cancelled by its own button, which takes its place', async () => {
    const running = await start(await database(engine))
    const client = await openClient(running.origin)
    const shown = await client.say('ada', '/survey')
    const press = {
      id: randomUUID(),
      person: 'ada',
      where: 'group',
      message: shown.id,
      data: shown.body.form?.cancel.data,
    }
    expect((await client.post('press', press)).status).toBe(202)
    await running.dispatch.idle()
    const now = await messageById(client, shown.id)
    expect([now?.body.form, now && textOf(now).trim()]).toEqual([undefined, 'Cancelled. Nothing was changed.'])
    expect(await surveys(running)).toBe(0)
  })

  test('that no longer waits is folded: cancelled in words, followed by another, or left alone for a day', async () => {
    const running = await start(await database(engine))
    const client = await openClient(running.origin)
    const first = await client.say('ada', '/survey')
    const second = await client.say('ada', '/survey')
    await tells(client, first.id, 'closed')
    await client.say('ada', '/cancel')
    await tells(client, second.id, 'closed')
    const third = await client.say('ada', '/survey')
    await tells(client, third.id, undefined)
    await client.post('clock', { step: 'day' })
    expect((await messageById(client, third.id))?.body.form?.over).toBe('closed')
  })

  test('that a former process left open is folded once it no longer waits, and works until then', async () => {
    const test = await database(engine)
    const first = await start(test)
    const [gone, waiting] = await Promise.all(
      ['ada', 'lin'].map(async person => (await openClient(first.origin)).say(person, '/survey')),
    )
    // Ended while nobody looked after the page.
    await transaction(first.app, inner =>
      inner.db
        .updateTable('forms')
        .set({ state: 'cancelled', finished_at: START })
        .where('id', '=', gone?.body.form?.id ?? '')
        .execute(),
    )
    await stop(first)
    const second = await start(test)
    const client = await openClient(second.origin)
    expect((await messageById(client, gone?.id ?? 0))?.body.form?.over).toBe('closed')
    expect((await messageById(client, waiting?.id ?? 0))?.body.form?.over).toBeUndefined()
    expect(textOf(await client.handIn('lin', waiting as WireMessage, { size: '2' }))).toContain('- | 2 | -')
  })

  test('belongs to whom it was shown: nobody else can hand it in, see it or cancel it', async () => {
    const running = await start(await database(engine))
    const client = await openClient(running.origin)
    const shown = await client.say('ada', '/survey')
    const parts = { id: randomUUID(), where: 'group', message: String(shown.id), 'field.size': '1' }
    for (const person of ['lin', 'nobody', ''])
      expect((await client.upload('form', { ...parts, person })).status).toBeGreaterThanOrEqual(400)
    expect((await client.upload('form', { ...parts, person: 'ada', where: 'direct' })).status).toBe(404)
    expect((await client.upload('form', { ...parts, person: 'ada', message: '1' })).status).toBe(404)
    expect(await surveys(running)).toBe(0)
    // Even where its id is known, which the page never tells apart from its message.
    const lin = DEMO.people.get('lin')
    if (!lin) throw new Error('Lin lives here')
    const ask = { eventId: 'guessed', form: shown.body.form?.id ?? '', values: {}, messageId: shown.id, at: START }
    const received = await running.dispatch.receive(formAsk(DEMO, lin, 'group', ask))
    if (!received) throw new Error('it was received before')
    let told = ''
    await running.dispatch.process(received, {
      acknowledge: async () => {},
      fetch: async () => new Uint8Array(),
      answer: async ({ reply }) => {
        told = reply.lines[0]?.key ?? ''
        return {}
      },
    })
    expect([told, await surveys(running)]).toEqual(['form.others', 0])
  })

  test('sent twice under one id runs once, and leaves nothing behind in the folder but what was kept', async () => {
    const running = await start(await database(engine))
    const client = await openClient(running.origin)
    const shown = await client.say('ada', '/survey')
    const send = () =>
      client.upload('form', {
        id: '11111111-1111-4111-8111-111111111111',
        person: 'ada',
        where: 'group',
        message: String(shown.id),
        'field.photo': photo(),
      })
    expect((await Promise.all([send(), send(), send()])).map(({ status }) => status)).toEqual([202, 202, 202])
    await running.dispatch.idle()
    expect(await surveys(running)).toBe(1)
    await expect.poll(() => filesIn(running)).toBe(1)
    const kept = await running.app.db.selectFrom('files').select(['name', 'kind']).execute()
    expect(kept).toEqual([{ name: 'me.png', kind: 'jpeg' }])
  })
})

describe('a file that comes along', () => {
  test('is an argument of the line it stands beside, and is shown with it', async () => {
    const running = await start(await database())
    const client = await openClient(running.origin)
    const id = randomUUID()
    const file = photo('holiday <b>.png')
    const line = { id, person: 'ada', where: 'direct', text: '/survey size:2' }
    const { message } = (await (await client.upload('say', { ...line, file })).json()) as { message: number }
    await running.dispatch.idle()
    expect((await messageById(client, message))?.body.file).toEqual({ name: 'holiday <b>.png', size: file.size })
    const { messages } = (await (await client.get('state')).json()) as { messages: WireMessage[] }
    const answer = messages.find(each => each.body.answers === `say ${id}`)
    expect(answer && textOf(answer)).toContain('- | 2 | - | jpeg | -')
    await expect.poll(() => filesIn(running)).toBe(1)
  })

  test('in talk that is not meant for Muster is not kept', async () => {
    const running = await start(await database())
    const client = await openClient(running.origin)
    const line = { id: randomUUID(), person: 'ada', where: 'group', text: 'look at this' }
    expect(await (await client.upload('say', { ...line, file: photo() })).json()).toMatchObject({ event: null })
    expect(await filesIn(running)).toBe(0)
  })

  test('may be large only where files are expected, only up to the limit, only from the own page', async () => {
    const running = await start(await database())
    const client = await openClient(running.origin)
    const shown = await client.say('ada', '/survey')
    const large = (size: number) => new File([new Uint8Array(size)], 'big.png', { type: 'image/png' })
    const parts = () => ({ id: randomUUID(), person: 'ada', where: 'group', message: String(shown.id) })
    // Larger than the argument takes: told kindly. Larger than anything takes: not read at all.
    const kind = await client.handIn('ada', shown, { photo: large(3 * MEGABYTE) })
    expect(textOf(kind)).toContain('“photo” can be at most 1 MB; yours has 3 MB.')
    expect((await client.upload('form', { ...parts(), 'field.photo': large(8 * MEGABYTE + 1) })).status).toBe(413)
    expect((await client.upload('form', { ...parts(), 'field.photo': large(50 * MEGABYTE) })).status).toBe(413)
    expect((await client.upload('form', { ...parts(), 'field.note': 'x'.repeat(10_001) })).status).toBe(413)
    expect((await client.upload('press', { ...parts(), data: 'v1:help:n*:' })).status).toBe(415)
    expect((await client.upload('clock', { step: 'day' })).status).toBe(415)
    const body = new FormData()
    for (const [name, value] of Object.entries({ ...parts(), 'field.size': '1' })) body.append(name, value)
    for (const origin of ['http://evil.example', 'null', undefined]) {
      const headers = { cookie: client.cookie, ...(origin !== undefined && { origin }) }
      const response = await fetch(`${running.origin}/playground/form`, { method: 'POST', headers, body })
      expect([origin, response.status]).toEqual([origin, 403])
    }
    const strange = await fetch(`${running.origin}/playground/form`, {
      method: 'POST',
      headers: { origin: running.origin },
      body,
    })
    expect(strange.status).toBe(401)
    const headers = { cookie: client.cookie, origin: running.origin, 'content-type': 'multipart/form-data; boundary=x' }
    const torn = await fetch(`${running.origin}/playground/form`, { method: 'POST', headers, body: '--x\r\nnothing' })
    expect(torn.status).toBe(400)
    expect(await surveys(running)).toBe(0)
    expect(await filesIn(running)).toBe(0)
  })

  test('is found again after a restart; one that is gone by then is asked for once more', async () => {
    const test = await database()
    const first = await start(test)
    const client = await openClient(first.origin)
    const [ada, lin] = [await client.say('ada', '/survey'), await client.say('lin', '/survey')]
    const left = async (person: string, shown: WireMessage, lost: boolean) => {
      const member = DEMO.people.get(person)
      if (!member) throw new Error(`${person} lives here`)
      const bytes = new Uint8Array(await photo().arrayBuffer())
      const reference = await first.app.files.put(bytes)
      const file = { kind: 'file', name: 'me.png', type: 'image/png', size: bytes.length, reference } as const
      const form = { form: shown.body.form?.id ?? '', messageId: shown.id, at: START }
      await first.dispatch.receive(
        formAsk(DEMO, member, 'group', { ...form, eventId: person, values: { photo: file } }),
      )
      if (lost) await first.app.files.drop(reference)
    }
    await left('ada', ada, false)
    await left('lin', lin, true)
    await stop(first)
    const second = await start(test)
    const { messages } = (await (await (await openClient(second.origin)).get('state')).json()) as {
      messages: WireMessage[]
    }
    const answer = (person: string) => messages.find(each => each.body.answers === `form ${person}`) as WireMessage
    expect(textOf(answer('ada'))).toContain('- | - | - | jpeg | -')
    expect(textOf(answer('lin'))).toContain('“photo”的文件没有取到，请再发一次。')
    expect(answer('lin').body.buttons?.map(({ label }) => label)).toEqual(['修改'])
    expect(await surveys(second)).toBe(1)
  })
})

describe('what Muster hands out', () => {
  const delivery = {
    id: 1,
    to: { kind: 'person', platformId: 'ada' },
    locale: 'en',
    askerId: 'ada',
    nonce: 'n',
  } as const

  test('a document is written when it is opened, for a session alone, and kept by the browser', async () => {
    const running = await start(await database())
    const client = await openClient(running.origin)
    const document = { kind: 'export', personId: 'per1', name: 'muster "Ada".json' } as const
    const reply = plain(t('streak.lost'), { document })
    const { messageId } = await running.playground.sender.deliver({ ...delivery, reply })
    const shown = await messageById(client, Number(messageId))
    expect(shown?.body.document).toEqual({ name: 'muster "Ada".json', href: `/playground/document/${messageId}` })
    expect(JSON.stringify(shown)).not.toContain('per1')
    const response = await client.get(`document/${messageId}`)
    expect(await response.json()).toEqual({ person: 'per1', locale: 'en' })
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/json',
      'content-disposition': "attachment; filename*=UTF-8''muster%20_Ada_.json",
      'x-content-type-options': 'nosniff',
      'cache-control': 'private, no-store',
    })
    expect((await fetch(`${running.origin}/playground/document/${messageId}`)).status).toBe(401)
    for (const id of ['1', '0', 'x', '999999']) expect((await client.get(`document/${id}`)).status).toBe(404)
  })

  test('a photo is shown as the JPEG it is kept as, and no longer once it is deleted', async () => {
    const test = await database()
    const draw = createPictures(
      { run: () => Promise.reject(new Error('nothing is drawn here')), close: async () => {} },
      test.app.log,
      async id => (await readStored(test.app, id))?.bytes ?? null,
    )
    const running = await start(test, { draw })
    const client = await openClient(running.origin)
    await client.handIn('ada', await client.say('ada', '/survey'), { photo: photo() })
    const { id: file } = await running.app.db.selectFrom('files').select('id').executeTakeFirstOrThrow()
    const reply = plain(t('streak.lost'), {
      picture: { kind: 'photo', file, alt: t('streak.title', { who: 'Ada', count: 1 }) },
    })
    const { messageId } = await running.playground.sender.deliver({ ...delivery, reply })
    const picture = (await messageById(client, Number(messageId)))?.body.picture
    expect(picture).toMatchObject({ photo: true, alt: 'Ada: 1 in a row' })
    const path = picture?.src.replace('/playground/', '') ?? ''
    const response = await client.get(path)
    expect([response.headers.get('content-type'), response.headers.get('cache-control')]).toEqual([
      'image/jpeg',
      'private, no-store',
    ])
    expect(new Uint8Array(await response.arrayBuffer()).subarray(0, 3)).toEqual(Uint8Array.of(0xff, 0xd8, 0xff))
    await transaction(running.app, inner => deleteFiles(inner, [file], START + DAY_LENGTH))
    expect((await client.get(path)).status).toBe(404)
  })
})
