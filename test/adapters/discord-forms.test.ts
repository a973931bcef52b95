// Forms on Discord: one window with every question, handed in as it was filled in; and the files and documents that go both ways.

import { createCanvas } from '@napi-rs/canvas'
import type { APIInteraction } from 'discord.js'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createFetch } from '#src/adapters/discord/fetching.ts'
import { drawForm } from '#src/adapters/discord/forms.ts'
import { botOf } from '#src/adapters/discord/index.ts'
import { readInteraction } from '#src/adapters/discord/intake.ts'
import { defineCommand, text } from '#src/chat/command.ts'
import { plain } from '#src/chat/reply.ts'
import { loadCommands } from '#src/commands.ts'
import { createDispatch } from '#src/dispatch.ts'
import { LOCALES, type Locale } from '#src/lib/locale.ts'
import { en } from '#src/messages/en.ts'
import { catalogues, type Key } from '#src/messages/index.ts'
import { call } from '#test/fakes/discord/client.ts'
import { ClientRefusal, type FakeUser, type InteractionHandle, type Seen } from '#test/fakes/discord/index.ts'
import { engines, forEachEngine } from '#test/support/engines.ts'
import { type DiscordWorld, openDiscord, TOKEN, type WorldOptions, wordsOf } from './discord-world.ts'
import { gateBefore, gates } from './gate.ts'

const COMMANDS = new URL('./commands/', import.meta.url)
const OWN_COMMANDS = new URL('./discord-commands/', import.meta.url)
const CALLBACK = '/interactions/{interaction_id}/{interaction_token}/callback'
const ATTACHMENT = '/attachments/{channel_id}/{attachment_id}/{filename}'
const MODAL = 9
const DEFER = 5
const SQLITE = engines[0]

let world: DiscordWorld
const open = async (options: WorldOptions = {}, engine = SQLITE) => {
  if (!engine) throw new Error('no engine')
  world = await openDiscord(engine, { commands: COMMANDS, ...options })
  return world
}
afterEach(async () => {
  gates.clear()
  const { violations } = world.dc
  await world[Symbol.asyncDispose]()
  expect(violations).toEqual([])
})

const words = (seen: Parameters<typeof wordsOf>[1]) => {
  const { ada, lin, mo } = world
  return wordsOf(new Map([ada, lin, mo].map(one => [one.id, `@${one.state.username}`])), seen)
}
/** The first answer that `line` gets. */
const ask = (line: string, who = world.ada) => who.command(world.general, line)
const handIn = async (opened: InteractionHandle, values: Parameters<FakeUser['submitModal']>[1], who = world.ada) =>
  (await who.submitModal(opened, values)).response()
/** The controls of a form by their field, each with its label. */
const fieldsOf = (seen: Seen) =>
  Object.fromEntries(
    (seen.modal?.components ?? []).map(({ label, description, component }) => {
      const { custom_id, ...control } = component ?? { type: 0 }
      return [custom_id, { label, ...(description && { description }), ...control }]
    }),
  )
/** How often /survey ran. */
const surveys = async () =>
  (await world.test.app.db.selectFrom('meta').select('key').where('key', 'like', 'survey:%').execute()).length
const forms = async () =>
  (await world.test.app.db.selectFrom('forms').select('state').orderBy('id').execute()).map(({ state }) => state)
const files = async () => world.test.app.db.selectFrom('files').select(['name', 'kind', 'path']).execute()
const photo = () => createCanvas(40, 30).toBuffer('image/png')
const picture = (bytes: Uint8Array = photo(), name = 'me.png') => ({ name, contentType: 'image/png', bytes })

describe('a form', () => {
  test('is one window with a control of its own for every question, in the language of the person', async () => {
    const { lin } = await open()
    await world.run()
    const handle = ask('survey')
    expect((await handle.acknowledged()).type).toBe(MODAL)
    const seen = await handle.response()
    expect(seen).toMatchObject({ kind: 'modal', modal: { title: 'Your settings' } })
    expect(seen.modal?.customId).toMatch(/^f1:frm/)
    expect(fieldsOf(seen)).toEqual({
      mood: {
        label: 'Whether leaderboards show you',
        type: 3,
        min_values: 0,
        max_values: 1,
        required: false,
        options: [
          { label: 'Show me', value: 'good' },
          { label: 'Hide me', value: 'bad' },
        ],
      },
      size: {
        label: 'The hour at which your day begins (0 to 6)',
        description: 'Send a whole number from 1 to 10.',
        type: 4,
        style: 1,
        max_length: 4000,
        required: false,
      },
      site: {
        label: 'Whose streak (yours if left out)',
        description: 'Send a link that begins with https://',
        type: 4,
        style: 1,
        max_length: 4000,
        required: false,
      },
      photo: {
        label: 'Which community',
        description: 'Send the file, at most 1 MB (png, jpeg, webp, gif).',
        type: 19,
        min_values: 0,
        max_values: 1,
        required: false,
      },
      note: { label: 'What you did, in a few words', type: 4, style: 2, max_length: 200, required: false },
    })
    const chinese = await ask('survey', lin).response()
    expect(chinese.modal?.title).toBe('我的设置')
    expect(fieldsOf(chinese).mood).toMatchObject({ options: [{ label: '显示我' }, { label: '不显示我' }] })
    expect(await forms()).toEqual(['open', 'open'])
  })

  test('holds what it is given to begin with, wants what its command wants, and lets nothing else in', async () => {
    const { lin, general } = await open({ commands: OWN_COMMANDS })
    await world.run()
    await lin.command(general, 'slow').response()
    const handle = ask('apply')
    expect(fieldsOf(await handle.response())).toMatchObject({
      proof: { type: 19, required: true, min_values: 1 },
      who: { type: 5, required: true, min_values: 1, max_values: 1 },
      size: { value: '3', required: true },
      board: {
        options: [
          { label: 'Show me', value: 'shown' },
          { label: 'Hide me', value: 'hidden', default: true },
        ],
      },
      // As much as fits: a form with more in it would be refused.
      note: { max_length: 50, value: `${'so far '.repeat(10).slice(0, 49)}…` },
    })
    const proof = { name: 'proof.txt', bytes: Buffer.from('I was there') }
    await expect(handIn(handle, { who: lin })).rejects.toThrow(ClientRefusal)
    await expect(handIn(handle, { proof, who: lin, note: 'x'.repeat(51) })).rejects.toThrow(ClientRefusal)
    const seen = await handIn(handle, { proof, who: lin, note: 'now' })
    expect(words(seen)).toBe('“proof.txt text 11 | 林 | 3 | hidden | 2026-03-01 | - | now”')
    expect(seen).toMatchObject({ visibility: 'public', kind: 'message' })
  })

  test('keeps who was chosen while the rest is corrected', async () => {
    const { ada, lin, general } = await open({ commands: OWN_COMMANDS })
    await world.run()
    await lin.command(general, 'slow').response()
    const proof = { name: 'proof.txt', bytes: Buffer.from('I was there') }
    const refused = await handIn(ask('apply'), { proof, who: lin, size: '99' })
    expect(words(refused)).toBe('“size” must be at most 9; you wrote 99.')
    const again = ada.press(refused, 'Correct it')
    expect(fieldsOf(await again.response())).toMatchObject({
      who: { default_values: [{ id: lin.id, type: 'user' }] },
      size: { value: '99' },
    })
    expect(words(await handIn(again, { proof, size: '9' }))).toContain('| 林 | 9 | hidden |')
  })

  test('opens from a button too, and its answer belongs to the message with the button', async () => {
    const { ada, lin, general } = await open({ commands: OWN_COMMANDS })
    await world.run({ write: async () => ({ bytes: Buffer.from('PK'), type: 'application/zip' }) })
    const desk = await lin.command(general, 'desk').response()
    const handle = ada.press(desk, '我的设置')
    expect((await handle.acknowledged()).type).toBe(MODAL)
    const proof = { name: 'proof.txt', bytes: Buffer.from('I was there') }
    const seen = await handIn(handle, { proof, who: lin })
    expect([words(seen).slice(0, 20), seen.kind]).toEqual(['“proof.txt text 11 |', 'message'])
    const asked = await world.test.app.db.selectFrom('inbox').select('request').orderBy('id', 'desc').executeTakeFirst()
    expect(JSON.parse(asked?.request ?? '')).toMatchObject({ kind: 'form', chat: { messageId: desk.message?.id } })
  })

  test('in a private chat is answered there', async () => {
    const { ada, dc } = await open()
    await world.run()
    await ask('often').response()
    const seen = await handIn(ada.command(ada.dm, 'survey'), { size: '4' })
    expect([words(seen), dc.dms(ada).length]).toEqual(['“- | 4 | - | - | -”', 1])
  })

  test('of another version, or of no version at all, says that it is closed', async () => {
    await open()
    await world.run()
    for (const customId of ['f0:frm1', 'f1:frm1', 'something']) {
      const handle = ask('survey')
      await handle.response()
      if (handle.state.modal) handle.state.modal.custom_id = customId
      const seen = await handIn(handle, { size: '4' })
      expect([words(seen).split(':')[0], seen.visibility]).toEqual(['This form is closed', 'private'])
    }
    expect(await surveys()).toBe(0)
  })
})

describe('a label that is too long for its line', () => {
  /** A form titled with a sentence that asks for one text by the same words. */
  function drawn(key: Key, locale: Locale) {
    const leaf = defineCommand({
      name: 'x',
      description: key,
      where: 'anywhere',
      who: 'member',
      reply: 'private',
      menu: 1,
      args: { x: text(key, { max: 10 }) },
      run: async () => plain(),
    })
    const title = { kind: 'text', key, values: {} } as const
    const form = drawForm({ id: 'frm1', title, command: 'x', args: {}, fields: ['x'], values: {} }, leaf, locale)
    const [field] = form.components as { label: string; description?: string }[]
    return { title: form.title, label: field?.label ?? '', description: field?.description }
  }

  test('goes on below it, cut between words', () => {
    expect(drawn('start.next', 'en')).toEqual({
      title: 'Type /checkin once a day. /help shows the re…',
      label: 'Type /checkin once a day. /help shows the…',
      description: '…rest.',
    })
  })

  test('fits in every language, whatever it says', () => {
    const keys = Object.keys(en) as Key[]
    const whole = keys.filter(key => !JSON.stringify([en[key], catalogues['zh-CN'][key]]).includes('{'))
    for (const key of whole)
      for (const locale of LOCALES) {
        const { title, label, description = '…' } = drawn(key, locale)
        expect(title.length, key).toBeLessThanOrEqual(45)
        expect(label.length, key).toBeLessThanOrEqual(45)
        expect(description.length, key).toBeLessThanOrEqual(100)
        expect(Math.min(label.length, description.length), key).toBeGreaterThan(0)
      }
    expect(whole.length).toBeGreaterThan(50)
  })
})

forEachEngine('handing in', engine => {
  beforeEach(() => open({}, engine))

  test('with everything wrong says each thing privately and opens again with what was typed', async () => {
    const { ada } = world
    await world.run()
    const refused = await handIn(ask('survey'), { mood: 'bad', size: '99', site: 'ftp://x', note: 'still here' })
    expect(refused.visibility).toBe('private')
    expect(words(refused).split('\n')).toEqual([
      '“size” must be at most 10; you wrote 99.',
      '“site” must be a link that begins with https://, not “ftp://x”.',
    ])
    const again = ada.press(refused, 'Correct it')
    expect(fieldsOf(await again.response())).toMatchObject({
      mood: { options: [{ value: 'good' }, { value: 'bad', default: true }] },
      size: { value: '99' },
      site: { value: 'ftp://x' },
      note: { value: 'still here' },
    })
    expect(await surveys()).toBe(0)
    const seen = await handIn(again, { size: '9', site: '' })
    expect([words(seen), seen.visibility]).toEqual(['“bad | 9 | - | - | still here”', 'public'])
    expect([await surveys(), await forms()]).toEqual([1, ['done']])
  })

  test('twice runs once, however it came to be twice', async () => {
    const { ada, dc } = world
    await world.run()
    const handle = ask('survey')
    await handle.response()
    const both = [await ada.submitModal(handle, { size: '4' }), await ada.submitModal(handle, { size: '4' })]
    for (const one of both) dc.redeliver(one)
    const seen = await Promise.all(both.map(one => one.response()))
    expect(seen.map(one => words(one).split(':')[0]).sort()).toEqual(['This form is closed', '“- | 4 | - | - | -”'])
    expect(seen.filter(one => one.visibility === 'public')).toHaveLength(1)
    expect(await surveys()).toBe(1)
  })

  test('after a restart, or while nothing of ours runs, loses nothing', async () => {
    const { ada, dc } = world
    const first = await world.run()
    const handle = ask('survey')
    await handle.response()
    await first.stop()
    const second = await world.run()
    expect(words(await handIn(handle, { size: '4' }))).toBe('“- | 4 | - | - | -”')
    const other = ask('survey')
    await other.response()
    await second.stop()
    // Killed after it had stored the form that was handed in, before it ran.
    const submitted = await ada.submitModal(other, { size: '5', photo: picture() })
    await stored(submitted)
    await world.run()
    expect(words(await submitted.response())).toBe('“- | 5 | - | jpeg | -”')
    expect([await surveys(), await forms(), dc.messages(world.general).length]).toEqual([2, ['done', 'done'], 2])
  })

  test('takes a file as what its bytes say, whatever it is called', async () => {
    const { ada } = world
    await world.run()
    const refused = await handIn(ask('survey'), { size: '4', photo: picture(Buffer.from('I am no picture')) })
    expect([words(refused), refused.visibility]).toEqual([
      '“photo” must be one of: png, jpeg, webp, gif. What you sent is something else, whatever it is called.',
      'private',
    ])
    expect(await files()).toEqual([])
    const again = ada.press(refused, 'Correct it')
    expect(fieldsOf(await again.response())).toMatchObject({ size: { value: '4' } })
    expect(words(await handIn(again, { photo: picture() }))).toBe('“- | 4 | - | jpeg | -”')
    const [kept] = await files()
    expect(kept).toMatchObject({ name: 'me.png', kind: 'jpeg' })
    const bytes = await world.test.app.files.get(kept?.path ?? '')
    expect([...(bytes ?? []).slice(0, 3)]).toEqual([0xff, 0xd8, 0xff])
  })
})

/** A process that stored an interaction and was killed. */
async function stored(handle: InteractionHandle): Promise<void> {
  const { app, clock } = world.test
  const payload = handle.state.payload as unknown as APIInteraction
  const guild = { name: world.guild.state.name, ownerId: world.guild.state.ownerId }
  const read = readInteraction(payload, { bot: botOf(TOKEN), now: clock.now(), guild })
  if (read.kind !== 'ask') throw new Error(`read as ${read.kind}`)
  await createDispatch(app, await loadCommands(world.commands)).receive(read.ask, payload.token)
}

describe('where a form cannot be shown any more, a button opens it', () => {
  /** Hands in what the button in `seen` opens. */
  const throughButton = async (seen: Seen) => {
    expect(words(seen)).toContain('Your form is ready: “Your settings”.')
    const handle = world.ada.press(seen, 'Open the form')
    expect((await handle.acknowledged()).type).toBe(MODAL)
    return handle
  }

  test('because the person had to be told to wait', async () => {
    const { lin, general } = await open({ commands: OWN_COMMANDS })
    await world.run()
    await lin.command(general, 'slow').response()
    const gate = gateBefore('apply')
    const handle = ask('apply')
    expect((await handle.acknowledged()).type).toBe(DEFER)
    gate.open()
    const seen = await handle.response()
    expect(seen).toMatchObject({ visibility: 'private', deferred: true })
    const proof = { name: 'proof.txt', bytes: Buffer.from('I was there') }
    expect(words(await handIn(await throughButton(seen), { proof, who: lin }))).toContain('proof.txt text 11')
  })

  test('because the process was restarted in between', async () => {
    await open()
    const running = await world.run()
    await running.stop()
    const handle = ask('survey')
    await stored(handle)
    await world.run()
    const seen = await handle.response()
    expect(seen.kind).toBe('message')
    expect(words(await handIn(await throughButton(seen), { size: '4' }))).toBe('“- | 4 | - | - | -”')
  })

  test('because it is the answer to another form', async () => {
    const { lin, general } = await open({ commands: OWN_COMMANDS })
    await world.run()
    await lin.command(general, 'slow').response()
    const seen = await handIn(ask('enrol'), { size: '5' })
    expect(seen).toMatchObject({ visibility: 'private', kind: 'message' })
    const proof = { name: 'proof.txt', bytes: Buffer.from('I was there') }
    expect(words(await handIn(await throughButton(seen), { proof, who: lin }))).toContain('| 林 | 5 |')
  })

  test('because another process has answered first', async () => {
    const { dc } = await open()
    await (await world.run()).stop()
    const handle = ask('survey')
    await call(dc, 'POST', `/interactions/${handle.id}/${handle.state.token}/callback`, { type: 5, data: {} })
    await world.run()
    dc.redeliver(handle)
    await throughButton(await handle.response())
    expect(dc.violations.splice(0).map(one => one.detail)).toEqual(['a modal cannot follow another response'])
  })

  test('because the interaction is over', async () => {
    const { dc, general, test: held } = await open()
    await world.run({ sending: true })
    dc.gateway.outOfOrder(() => {
      ask('survey')
      held.clock.advance(4000)
    })
    const late = await dc.waitForMessage(general)
    expect(words(late)).toContain('/survey')
    const handle = world.ada.press(late, 'Open the form')
    expect(words(await handIn(handle, { size: '4' }))).toBe('“- | 4 | - | - | -”')
  })

  test('and a lost confirmation is no reason: the window is there', async () => {
    const { dc, general } = await open()
    await world.run()
    const fault = dc.fault({ route: CALLBACK, kind: 'drop-after' })
    const handle = ask('survey')
    expect((await handle.response()).kind).toBe('modal')
    await world.stop()
    expect([fault.hits, handle.followups, dc.messages(general)]).toEqual([1, [], []])
  })

  test('and it opens for nobody else', async () => {
    const { dc, lin, general, test: held } = await open()
    await world.run({ sending: true })
    dc.gateway.outOfOrder(() => {
      ask('survey')
      held.clock.advance(4000)
    })
    const late = await dc.waitForMessage(general)
    const seen = await lin.press(late, 'Open the form').response()
    expect([words(seen).slice(0, 7), seen.visibility]).toEqual(['这是别人的表单', 'private'])
    expect((await forms()).join()).toBe('open')
  })
})

describe('a file that comes with a form', () => {
  beforeEach(async () => {
    await open()
    await world.run()
  })
  const refusalOf = async (file: ReturnType<typeof picture> & { claimedSize?: number }) => {
    const seen = await handIn(ask('survey'), { size: '4', photo: file })
    expect(seen.visibility).toBe('private')
    expect([await surveys(), await files()]).toEqual([0, []])
    return words(seen)
  }
  const fetched = () => world.dc.calls.filter(one => one.route === ATTACHMENT)

  test('and is too big is refused before anything of it is fetched', async () => {
    const huge = { ...picture(), claimedSize: 50 * 1024 * 1024 }
    expect(await refusalOf(huge)).toBe('“photo” can be at most 1 MB; yours has 50 MB.')
    expect(fetched()).toEqual([])
  })

  test('and is bigger than was said is let go of in the middle', async () => {
    world.dc.fault({ route: ATTACHMENT, kind: 'flood' })
    expect(await refusalOf(picture())).toBe('I could not fetch the file for “photo”. Please send it again.')
    expect(fetched()).toHaveLength(1)
  })

  for (const kind of ['500', '403', 'drop-before', 'elsewhere'] as const)
    test(`and cannot be fetched (${kind}) is asked for again`, async () => {
      world.dc.fault({ route: ATTACHMENT, kind })
      expect(await refusalOf(picture())).toContain('Please send it again.')
      expect(fetched()).toHaveLength(1)
    })

  test('is fetched without the token of the bot', async () => {
    expect(words(await handIn(ask('survey'), { photo: picture() }))).toContain('jpeg')
    // The fake notes a token that comes along; afterEach looks.
    expect(fetched().map(one => one.status)).toEqual([200])
  })
})

describe('fetching', () => {
  const sent = (reference: string) => ({ kind: 'file', name: 'a', type: 'text/plain', size: 1, reference }) as const
  const problemOf = (work: Promise<unknown>) =>
    work.then(
      () => 'fetched',
      error => `${error.name} ${error.problem}`,
    )
  /** The address of what somebody uploaded. */
  async function uploaded(bytes: Uint8Array): Promise<string> {
    await open()
    await world.run()
    await handIn(ask('survey'), { size: '99', photo: picture(bytes) })
    const asked = await world.test.app.db.selectFrom('inbox').select('request').orderBy('id', 'desc').executeTakeFirst()
    return JSON.parse(asked?.request ?? '').values.photo.reference
  }

  let address = ''
  const openWith = async (size: number) => {
    address = await uploaded(new Uint8Array(size).fill(1))
    return world.dc
  }

  test('takes as much as it may, and not one byte more', async () => {
    const fetched = createFetch((await openWith(1000)).apiUrl)
    expect((await fetched(sent(address), 1000)).length).toBe(1000)
    expect(await problemOf(fetched(sent(address), 999))).toBe('DeliveryError rejected')
  })

  test('tells what is no more from what does not answer', async () => {
    const dc = await openWith(10)
    const fetched = createFetch(dc.apiUrl)
    expect(await problemOf(fetched(sent(address.replace(/[^/]+$/, 'other.png')), 10))).toBe('DeliveryError gone')
    for (const kind of ['500', '403', 'drop-before', 'elsewhere'] as const) {
      dc.fault({ route: ATTACHMENT, kind })
      expect([kind, await problemOf(fetched(sent(address), 10))]).toEqual([kind, 'DeliveryError unreachable'])
    }
    expect(await problemOf(fetched(sent(address), 10))).toBe('fetched')
  })

  test('asks no address but one over https, and the stand-in beside the API on this machine', async () => {
    const { apiUrl } = await openWith(10)
    const real = createFetch('https://discord.com/api')
    expect(await problemOf(real(sent(address), 10))).toBe('DeliveryError unreachable')
    const near = createFetch(apiUrl)
    const elsewhere = ['http://localhost:1/a', 'http://10.0.0.1/a', 'file:///etc/hostname', 'data:text/plain,a', 'a']
    for (const reference of elsewhere)
      expect([reference, await problemOf(near(sent(reference), 10))]).toEqual([reference, 'DeliveryError unreachable'])
    expect(world.dc.calls.filter(one => one.route === ATTACHMENT)).toEqual([])
  })
})

describe('what is sent along', () => {
  const written = async () => ({ bytes: Buffer.from('PK and the rest'), type: 'application/zip' })

  test('a document is attached under its name', async () => {
    const { general } = await open({ commands: OWN_COMMANDS })
    await world.run({ write: written })
    const seen = await ask('desk').response()
    expect(
      seen.files.map(({ name, contentType, bytes }) => [name, contentType, Buffer.from(bytes).toString()]),
    ).toEqual([['everything.zip', 'application/zip', 'PK and the rest']])
    // Writing it may take longer than a first answer may.
    expect([words(seen), seen.deferred, world.dc.messages(general).length]).toEqual(['What you can do here', true, 1])
  })

  test('what is kept about a person goes to that person alone', async () => {
    const { ada, general, dc } = await open({ commands: new URL('../../commands/', import.meta.url) })
    const asked: string[] = []
    await world.run({
      write: async ({ personId }) => {
        asked.push(personId)
        return written()
      },
    })
    await ada.command(general, 'checkin').response()
    const seen = await ask('export').response()
    expect([seen.visibility, seen.files.length, dc.messages(general).length]).toEqual(['private', 1, 1])
    const account = await world.test.app.db
      .selectFrom('accounts')
      .select('person_id')
      .where('platform_id', '=', ada.id)
      .executeTakeFirstOrThrow()
    expect(asked).toEqual([account.person_id])
  })

  test('a document that cannot be written, or is too big, leaves the words and a line in the log', async () => {
    const { test: held } = await open({ commands: OWN_COMMANDS })
    const tooBig = async () => ({ bytes: new Uint8Array(10 * 1024 * 1024 + 1), type: 'application/zip' })
    for (const write of [() => Promise.reject(new Error('no room')), tooBig]) {
      const running = await world.run({ write })
      const seen = await ask('desk').response()
      expect([words(seen), seen.files]).toEqual([
        expect.stringMatching(/^What you can do here\nThe file could not be made this time/),
        [],
      ])
      expect(held.lines.filter(line => line.level === 'error').map(line => line.message)).toEqual([
        'a document could not be written; the words are sent without it',
      ])
      held.lines.splice(0)
      await running.stop()
    }
  })

  test('a photo is shown as what it is, with words for those who do not see it', async () => {
    await open({ commands: OWN_COMMANDS })
    const drawn: string[] = []
    const jpeg = Buffer.from([0xff, 0xd8, 0xff])
    await world.run({
      draw: async picture => {
        drawn.push(picture.kind === 'photo' ? picture.file : picture.kind)
        return jpeg
      },
    })
    const handle = world.ada.command(world.general, 'desk', { options: { photo: picture() } })
    const seen = await handle.response()
    expect(seen.files.map(file => [file.name, file.contentType])).toEqual([['photo.jpg', 'image/jpeg']])
    expect(seen.embeds).toMatchObject([{ image: { url: 'attachment://photo.jpg' } }])
    const [sent] = world.dc.calls.filter(one => one.route === CALLBACK)
    expect(sent?.body).toMatchObject({ data: { attachments: [{ filename: 'photo.jpg', description: '“a face”' }] } })
    expect(drawn).toEqual([expect.stringMatching(/^fil/)])
  })
})
