// Forms: handed in whole, or answer by answer; every step a row.
import { createHash } from 'node:crypto'
import { createCanvas } from '@napi-rs/canvas'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { transaction } from '#src/app.ts'
import {
  attachment,
  choice,
  createRegistry,
  defineCommand,
  link,
  PHOTOS,
  type Registry,
  text,
  whole,
} from '#src/chat/command.ts'
import { encodePress } from '#src/chat/press.ts'
import { Refusal } from '#src/chat/refusal.ts'
import { form, plain } from '#src/chat/reply.ts'
import type { Ask, RawArg } from '#src/chat/request.ts'
import { plainWriter, renderText, t } from '#src/chat/text.ts'
import { createDispatch, type Dispatch } from '#src/dispatch.ts'
import { removeDeleted } from '#src/features/files/index.ts'
import { purgeForms, waitingIn } from '#src/features/forms/index.ts'
import type { TestApp } from '#test/support/app.ts'
import { cleanApp } from '#test/support/clean.ts'
import { forEachEngine } from '#test/support/engines.ts'
import { ada, BOT, lin, line, OWLS, type Recorded, recorder, words } from './scene.ts'

const moods = { good: 'settings.choice.board.shown', bad: 'settings.choice.board.hidden' } as const
const survey = defineCommand({
  name: 'survey',
  description: 'help.description',
  where: 'community',
  who: 'member',
  reply: 'private',
  opens: 'form',
  menu: 1,
  args: {
    mood: choice('settings.arg.board', { options: moods, optional: true }),
    size: whole('settings.arg.day_start', { min: 1, max: 10, optional: true }),
    site: link('streak.arg.member', { optional: true }),
    photo: attachment('community.arg.name', { maxBytes: 1_000_000, accepts: PHOTOS, optional: true }),
    note: text('checkin.arg.note', { max: 20, optional: true }),
  },
  async run(_app, { args, form: handed }) {
    if (!handed && Object.keys(args).length === 0)
      return form(t('settings.title'), 'survey', ['mood', 'size', 'site', 'photo', 'note'], {
        values: { note: 'before' },
      })
    if (args.size === 7) throw new Refusal(t('points.balance', { points: 7 }))
    const parts = [args.mood, args.size, args.site, args.photo?.kind, args.note].map(value => String(value ?? '-'))
    return plain(t('checkin.note', { note: parts.join(' | ') }))
  },
})
const other = defineCommand({
  name: 'other',
  description: 'help.description',
  where: 'anywhere',
  who: 'member',
  reply: 'private',
  menu: 2,
  run: async () => plain(t('settings.title')),
})

const registry: Registry = createRegistry([
  { path: ['survey'], node: survey, children: [] },
  { path: ['other'], node: other, children: [] },
])

const photo = () => createCanvas(40, 30).toBuffer('image/png')

forEachEngine('a form', engine => {
  let opened: TestApp
  let dispatch: Dispatch
  let seen: Recorded
  beforeEach(async () => {
    opened = await cleanApp(engine)
    dispatch = createDispatch(opened.app, registry)
    seen = recorder()
  })
  afterEach(() => opened[Symbol.asyncDispose]())

  const ask = async (request: Ask) => {
    const received = await dispatch.receive(request)
    if (!received) throw new Error('seen before')
    await dispatch.process(received, seen)
    return seen.answers.at(-1)
  }
  const inGroup = async (from = ada, more: Partial<Ask['chat']> = {}) => {
    const request = line(opened.app, from, '/survey')
    return ask({ ...request, chat: { ...request.chat, ...more } } as Ask)
  }
  const whole = { forms: 'whole', ephemeral: true } as const
  const handIn = (id: string, values: Record<string, RawArg>, from = ada) => {
    const { line: _line, ...request } = line(opened.app, from, '') as Extract<Ask, { kind: 'line' }>
    return ask({ ...request, chat: { ...request.chat, ...whole }, kind: 'form', form: id, values })
  }
  const say = async (said: string, more: { file?: Extract<RawArg, { kind: 'file' }> } = {}, from = ada) => {
    const where = { platform: 'telegram' as const, platformId: from.platformId }
    const waiting = await waitingIn(opened.app, where, BOT, from.platformId)
    if (!waiting) throw new Error('no form waits')
    const { line: _line, ...request } = line(opened.app, from, '', null) as Extract<Ask, { kind: 'line' }>
    return ask({ ...request, kind: 'answer', form: waiting.id, text: said, ...more })
  }
  const tap = (label: string, index = -1) => {
    const buttons = seen.answers.at(index)?.reply.buttons ?? []
    const found = buttons.find(each => renderText(each.label, 'en', plainWriter) === label)
    if (!found) throw new Error(`no button ${label}`)
    const { line: _line, ...request } = line(opened.app, ada, '', null) as Extract<Ask, { kind: 'line' }>
    return ask({ ...request, kind: 'press', data: encodePress(found, ada.platformId) })
  }
  const rows = () => opened.app.db.selectFrom('forms').selectAll().execute()
  const file = (reference: string, bytes: Uint8Array, name = 'me.png') => {
    seen.files.set(reference, bytes)
    return { kind: 'file', name, type: 'image/png', size: bytes.length, reference } as const
  }

  test('handed in whole runs its command once, however often it is sent', async () => {
    const shown = await inGroup(ada, whole)
    expect(shown?.form).toMatchObject({ command: 'survey', values: { note: 'before' } })
    const id = shown?.form?.id ?? ''
    const values = { mood: 'good', size: '3', site: 'https://example.org/a', photo: file('f1', photo()), note: 'hello' }
    expect(words(await handIn(id, values))).toBe('“good | 3 | https://example.org/a | jpeg | hello”')
    expect(words(await handIn(id, values))).toContain('This form is closed')
    expect(await rows()).toMatchObject([{ state: 'done', draft: '{}' }])
  })

  test('with everything wrong says each thing, changes nothing, and opens again with what was typed', async () => {
    const id = (await inGroup(ada, whole))?.form?.id ?? ''
    const text = file('f1', Buffer.from('I am no picture'))
    const refused = await handIn(id, { mood: 'blue', size: '99', site: 'ftp://x', note: 'x'.repeat(21) })
    expect(refused?.visibility).toBe('private')
    expect(words(refused).split('\n')).toHaveLength(4)
    const again = refused?.reply.buttons[0]
    if (!again) throw new Error('no way back')
    const { line: _line, ...request } = line(opened.app, ada, '') as Extract<Ask, { kind: 'line' }>
    const reopened = await ask({
      ...request,
      chat: { ...request.chat, ...whole },
      kind: 'press',
      data: encodePress(again, ada.platformId),
    })
    expect(reopened?.form).toMatchObject({
      id,
      values: { mood: 'blue', size: '99', site: 'ftp://x', note: 'x'.repeat(21) },
    })
    expect(words(await handIn(id, { photo: text }))).toContain('“photo” must be one of')
    expect(words(await handIn(id, { size: '7' }))).toBe('You have 7 points.')
    expect(words(await handIn(id, { size: '8' }))).toBe('“- | 8 | - | - | -”')
    expect(await opened.app.db.selectFrom('files').selectAll().execute()).toEqual([])
  })

  test('asked question by question takes each answer, refuses a wrong one at once, and runs at the end', async () => {
    const first = await inGroup()
    expect(first).toMatchObject({ asks: true, visibility: 'private' })
    expect(words(first)).toContain('1 of 5')
    expect(words(await say('blue'))).toContain('Press one of the buttons')
    expect(words(await tap('Show me'))).toContain('2 of 5')
    expect(words(await say('99'))).toContain('at most 10')
    expect(words(await say('4'))).toContain('3 of 5')
    expect(words(await tap('Skip'))).toContain('4 of 5')
    expect(words(await say('', { file: file('f1', Buffer.from('no picture')) }))).toContain('must be one of')
    expect(words(await say('my face'))).toContain('must be a file')
    expect(words(await say('', { file: file('f2', photo()) }))).toContain('5 of 5')
    expect(words(await tap('Back'))).toContain('Now: me.png')
    expect(words(await tap('Keep it'))).toContain('Now: before')
    expect(words(await tap('Keep it'))).toBe('“good | 4 | - | jpeg | before”')
    expect(await rows()).toMatchObject([{ state: 'done' }])
  })

  test('a second tap on an old question shows where the form is and skips nothing', async () => {
    await inGroup()
    await tap('Skip')
    expect(words(await tap('Skip', 0))).toContain('2 of 5')
    expect(await rows()).toMatchObject([{ step: 1 }])
  })

  test('cancelled by its button or by another form changes nothing more', async () => {
    await inGroup()
    expect(words(await tap('Cancel'))).toBe('Cancelled. Nothing was changed.')
    await inGroup()
    await inGroup()
    expect((await rows()).map(({ state }) => state).sort()).toEqual(['cancelled', 'cancelled', 'open'])
  })

  test('a restart in the middle loses nothing, and another command in between neither', async () => {
    await inGroup()
    await tap('Show me')
    dispatch = createDispatch(opened.app, registry)
    await ask(line(opened.app, ada, '/other', null))
    expect(words(await say('4'))).toContain('3 of 5')
  })

  test('left alone for a day is closed, and says so', async () => {
    const id = (await inGroup(ada, whole))?.form?.id ?? ''
    opened.clock.advance(24 * 3_600_000)
    expect(words(await handIn(id, { size: '1' }))).toContain('/survey opens a new one')
  })

  test('belongs to whoever opened it', async () => {
    const id = (await inGroup(ada, whole))?.form?.id ?? ''
    await ask(line(opened.app, lin, '/other', OWLS))
    expect(words(await handIn(id, { size: '1' }, lin))).toContain('别人的表单')
  })

  test('opened for one community is not handed in to another that the private chat is about by then', async () => {
    await inGroup()
    const larks = { platformId: '-200', kind: 'group', title: 'Larks' } as const
    await ask(line(opened.app, ada, '/other', larks))
    const told = await say('7')
    expect(words(told)).toContain('This form is about Night Owls. Switch there with /community')
    expect(await rows()).toMatchObject([{ state: 'open', step: 0 }])
    await ask(line(opened.app, ada, '/other'))
    expect(words(await say('good'))).toContain('2 of 5')
    await ask(line(opened.app, ada, '/other', larks))
    await tap('Cancel', -2)
    expect(await rows()).toMatchObject([{ state: 'cancelled' }])
  })

  test('takes nothing that it did not ask for', async () => {
    const id = (await inGroup(ada, whole))?.form?.id ?? ''
    expect(words(await handIn(id, { size: '1', rights: 'all' }))).toBe('“- | 1 | - | - | -”')
  })

  test('keeps a photo as pixels alone, readable by its row, and sweeps what was deleted', async () => {
    const id = (await inGroup(ada, whole))?.form?.id ?? ''
    await handIn(id, { photo: file('f1', photo()) })
    const [kept] = await opened.app.db.selectFrom('files').selectAll().execute()
    const bytes = await opened.app.files.get(kept?.path ?? '')
    expect(
      createHash('sha256')
        .update(bytes ?? '')
        .digest('hex'),
    ).toBe(kept?.sha256)
    expect(kept).toMatchObject({ kind: 'jpeg', name: 'me.png', bytes: bytes?.length })
    const { app } = opened
    await app.engine.transaction(db => db.updateTable('files').set({ deleted_at: app.clock.now() }).execute())
    expect(await removeDeleted(app)).toBe(1)
    expect(await app.files.get(kept?.path ?? '')).toBeNull()
  })

  test('a picture that unpacks to more than fits is refused before it is unpacked', async () => {
    const bomb = Buffer.from(photo())
    bomb.writeUInt32BE(60_000, 16)
    bomb.writeUInt32BE(60_000, 20)
    const id = (await inGroup(ada, whole))?.form?.id ?? ''
    expect(words(await handIn(id, { photo: file('f1', bomb) }))).toContain('must be one of')
  })

  test('keeps no file that it came to nothing with: replaced, called off, or left alone', async () => {
    const stored = () =>
      opened.app.db.selectFrom('files').select(['name', 'deleted_at']).orderBy('created_at').orderBy('id').execute()
    const upToPhoto = async (name: string) => {
      await inGroup()
      for (const answer of ['good', '3', 'https://example.org']) await say(answer)
      await say('', { file: file(name, photo(), name) })
    }
    await upToPhoto('one.png')
    await tap('Back')
    opened.clock.advance(1000)
    await say('', { file: file('two.png', photo(), 'two.png') })
    const names = async () => (await stored()).filter(row => row.deleted_at === null).map(row => row.name)
    expect(await names()).toEqual(['two.png'])
    await say('the end')
    expect(await names()).toEqual(['two.png'])
    opened.clock.advance(1000)
    await upToPhoto('three.png')
    await tap('Cancel')
    expect(await names()).toEqual(['two.png'])
    opened.clock.advance(1000)
    await upToPhoto('four.png')
    opened.clock.advance(25 * 3_600_000)
    await transaction(opened.app, purgeForms)
    expect(await names()).toEqual(['two.png'])
    expect(await stored()).toHaveLength(4)
  })

  test('with a photo that kills whoever draws it says so, and is not tried again', async () => {
    dispatch = createDispatch(opened.app, registry, undefined, async () => {
      throw new Error('the thread beside the main one ended')
    })
    const shown = await inGroup(ada, whole)
    const said = await handIn(shown?.form?.id ?? '', { photo: file('f1', photo()) })
    expect(words(said)).toContain('I cannot draw the picture for “photo”')
    expect(await opened.app.db.selectFrom('inbox').select('state').where('state', '=', 'received').execute()).toEqual(
      [],
    )
  })
})
