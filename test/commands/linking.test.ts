// /link, /unlink and /connect as people meet them, on two platforms at once.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { transaction } from '#src/app.ts'
import type { Answer } from '#src/chat/port.ts'
import { encodePress } from '#src/chat/press.ts'
import type { Ask, PlaceSighting, Sighting } from '#src/chat/request.ts'
import { plainWriter, renderText } from '#src/chat/text.ts'
import { loadCommands } from '#src/commands.ts'
import { verifyAll } from '#src/contributions.ts'
import { createDispatch, type Dispatch } from '#src/dispatch.ts'
import { consumeActivity } from '#src/features/activity/index.ts'
import { answerConsent } from '#src/features/consents/index.ts'
import { rememberChatLink } from '#src/features/people/index.ts'
import { recorder, words } from '#test/features/scene.ts'
import type { TestApp } from '#test/support/app.ts'
import { cleanApp } from '#test/support/clean.ts'
import { forEachEngine } from '#test/support/engines.ts'

const guild: PlaceSighting = { platformId: '900', kind: 'guild', title: 'Owls' }
const group: PlaceSighting = { platformId: '-100', kind: 'supergroup', title: 'Night Owls' }

interface Voice {
  readonly platform: 'discord' | 'telegram'
  readonly from: Sighting
  readonly place: PlaceSighting
}
const adaD: Voice = { platform: 'discord', from: { platformId: '1', name: 'Ada', locale: 'en' }, place: guild }
const adaT: Voice = {
  platform: 'telegram',
  from: { platformId: '2', name: 'Ada L', username: 'ada', locale: 'en' },
  place: group,
}
const eveT: Voice = { platform: 'telegram', from: { platformId: '3', name: 'Eve', locale: 'en' }, place: group }
const moD: Voice = {
  platform: 'discord',
  from: { platformId: '4', name: 'Mo', locale: 'en', role: 'manager' },
  place: guild,
}
const moT: Voice = {
  platform: 'telegram',
  from: { platformId: '5', name: 'Mo T', locale: 'en', role: 'owner' },
  place: group,
}

forEachEngine('linking by command', engine => {
  let opened: TestApp
  let dispatch: Dispatch
  let events = 0
  beforeEach(async () => {
    opened = await cleanApp(engine)
    dispatch = createDispatch(opened.app, await loadCommands())
    await transaction(opened.app, inner => rememberChatLink(inner, 'telegram', 'https://t.me/musterbot'))
  })
  afterEach(() => opened[Symbol.asyncDispose]())

  const ask = async (
    who: Voice,
    what: { line: string } | { press: string } | { form: string; text: string },
    direct = false,
  ): Promise<Answer> => {
    const seen = recorder()
    const base = {
      platform: who.platform,
      bot: `${who.platform}:1`,
      eventId: String(++events),
      at: opened.clock.now(),
      from: who.from,
      place: direct ? null : who.place,
      chat: { id: direct ? who.from.platformId : who.place.platformId, direct, ephemeral: who.platform === 'discord' },
    }
    const request: Ask =
      'line' in what
        ? { ...base, kind: 'line', line: what.line }
        : 'press' in what
          ? { ...base, kind: 'press', data: what.press }
          : { ...base, kind: 'answer', ...what }
    const received = await dispatch.receive(request)
    if (!received) throw new Error('seen before')
    await dispatch.process(received, seen)
    const [answer] = seen.answers
    if (!answer) throw new Error('no answer')
    return answer
  }
  const type = (who: Voice, line: string, direct = false) => ask(who, { line }, direct)
  const tap = (who: Voice, answer: Answer, label: string, direct = false) => {
    const found = answer.reply.buttons.find(each => renderText(each.label, 'en', plainWriter) === label)
    if (!found) throw new Error(`no button “${label}” under: ${words(answer)}`)
    return ask(who, { press: encodePress(found, answer.askerId) }, direct)
  }
  const codeIn = (answer: Answer): string => /Your code: (\w{5}-\w{5})/.exec(words(answer))?.[1] ?? ''
  const clean = async () => {
    while ((await consumeActivity(opened.app)) > 0);
    expect(await verifyAll(opened.app)).toEqual([])
  }
  const connected = async () => {
    const code = codeIn(await type(moD, '/connect'))
    return tap(moT, await type(moT, `/connect ${code}`), 'Connect')
  }

  test('a guild and a group become one community with one board, and part again', async () => {
    await type(adaD, '/checkin')
    await type(eveT, '/checkin')
    const asked = await type(moT, `/connect ${codeIn(await type(moD, '/connect'))}`)
    expect(asked.visibility).toBe('private')
    expect(words(asked)).toContain('Make Night Owls a part of Owls?')
    expect(words(await tap(moT, asked, 'Connect'))).toContain('Owls now lives in Night Owls, Owls')
    expect(words(await tap(moT, asked, 'Connect'))).toContain('This code does not work')
    for (const who of [adaD, eveT]) {
      const board = words(await type(who, '/leaderboard'))
      for (const name of ['Ada', 'Eve']) expect(board).toContain(name)
    }
    await clean()
    const shown = await type(moD, '/connect')
    const part = await tap(moD, await tap(moD, shown, 'Part Night Owls'), 'Part')
    expect(words(part)).toContain('Parted.')
    expect(words(await type(adaD, '/leaderboard'))).not.toContain('Eve')
    expect(words(await type(eveT, '/leaderboard'))).not.toContain('Ada')
    await clean()
  })

  test('only managers connect, and a wrong code says nothing of what there is', async () => {
    await type(moD, '/checkin')
    expect(words(await type(adaD, '/connect'))).toContain('Only managers can use /connect')
    const code = codeIn(await type(moD, '/connect'))
    expect(words(await type(moD, `/connect ${code}`))).toContain('this very community')
    for (let i = 0; i < 5; i++) expect(words(await type(moT, `/connect WRONG-0000${i}`))).toContain('does not work')
    expect(words(await type(moT, `/connect ${code}`))).toContain('Too many wrong codes')
    expect(await opened.app.db.selectFrom('connections').selectAll().execute()).toEqual([])
  })

  test('a code of somebody who is no manager any more connects nothing', async () => {
    const code = codeIn(await type(moD, '/connect'))
    await type({ ...moD, from: { ...moD.from, role: 'member' } }, '/checkin')
    expect(words(await type(moT, `/connect ${code}`))).toContain('does not work')
  })

  test('a learner becomes one person by code and a yes; staff undo it', async () => {
    await connected()
    await type(adaD, '/checkin')
    opened.clock.advance(24 * 3_600_000)
    await type(adaT, '/checkin')
    const issued = await type(adaD, '/link')
    expect(issued.visibility).toBe('private')
    expect(words(issued)).toContain(`https://t.me/musterbot?start=l_${codeIn(issued).replace('-', '')}`)
    expect(words(await tap(adaD, issued, 'I have used it'))).toContain('Nobody has used your code yet')
    const asked = await type(adaT, `/link ${codeIn(issued)}`)
    expect(words(asked)).toContain('Ada L (@ada, Telegram) would become one person with Ada (Discord)')
    expect(words(asked)).toContain('Owls: 1 and 1 days checked in become 2. 10 and 10 points unite.')
    expect(words(await tap(adaD, issued, 'I have used it'))).toContain('Nobody has used your code yet')
    expect(words(await tap(adaT, asked, 'Yes, both are mine'))).toContain('Now say yes with Ada (Discord)')
    const pending = await tap(adaD, issued, 'I have used it')
    expect(words(pending)).toContain('Ada L (@ada, Telegram) used your code. Is that you?')
    expect(words(await tap(adaD, pending, 'Yes, that is me'))).toContain('Ada L (@ada, Telegram) is you now')
    expect(words(await tap(adaD, pending, 'Yes, that is me'))).toContain('nothing to say yes to any more')
    expect(words(await type(adaT, '/streak'))).toContain('2 in a row')
    expect(words(await type(adaD, '/points show'))).toContain('20 points')
    await clean()
    expect(words(await type(adaD, '/unlink Ada'))).toContain('Only managers')
    const links = await type(moD, '/unlink Ada')
    expect(words(links)).toContain('Ada L (@ada, Telegram)')
    expect(words(await tap(moD, links, 'Undo Ada L'))).toContain('Undone: Ada L')
    expect(words(await tap(moD, links, 'Undo Ada L'))).toContain('undone already')
    expect(words(await type(adaT, '/points show'))).toContain('10 points')
    expect(words(await type(moD, '/audit'))).toContain('Mo')
    await clean()
  })

  test('the deep link redeems too, and the issuer is told privately where they allowed it', async () => {
    await connected()
    await type(adaD, '/checkin')
    await type(adaT, '/checkin')
    const account = await opened.app.db
      .selectFrom('accounts')
      .select('id')
      .where('platform', '=', 'discord')
      .where('platform_id', '=', '1')
      .executeTakeFirstOrThrow()
    await transaction(opened.app, inner => answerConsent(inner, account.id, 'service', true, 0))
    const issued = await type(adaD, '/link')
    const payload = codeIn(issued).replace('-', '')
    const asked = await type(adaT, `/start l_${payload}`, true)
    expect(words(asked)).toContain('Are both yours?')
    expect(words(await tap(adaT, asked, 'Yes, both are mine', true))).toContain('Now say yes with Ada (Discord)')
    const [told] = await opened.app.db
      .selectFrom('outbox')
      .select(['chat_key', 'payload'])
      .where('platform', '=', 'discord')
      .execute()
    expect(told?.chat_key).toBe('p:1')
    expect(told?.payload).toContain('link.asked')
    expect(words(await tap(adaD, await type(adaD, '/link'), 'No, not me'))).toContain('Nothing was united')
    expect(words(await type(adaT, `/start l_${payload}`, true))).toContain('does not work')
  })

  test('a code can be entered in a window, and what is typed there is a try like any other', async () => {
    const issued = await type(adaD, '/link')
    await type(adaT, '/start', true)
    const asked = await tap(adaT, await type(adaT, '/link', true), 'I have a code', true)
    expect(asked.asks).toBe(true)
    expect(words(asked)).toContain('The code that your other account got')
    const form = await opened.app.db.selectFrom('forms').select('id').executeTakeFirstOrThrow()
    const said = await ask(adaT, { form: form.id, text: codeIn(issued) }, true)
    expect(words(await tap(adaT, said, 'Yes, both are mine', true))).toContain('Now say yes with Ada (Discord)')
  })

  test('a manager of another community cannot see or undo a link', async () => {
    const code = codeIn(await type(adaD, '/link'))
    await tap(adaT, await type(adaT, `/link ${code}`), 'Yes, both are mine')
    await tap(adaD, await type(adaD, '/link'), 'Yes, that is me')
    const other: PlaceSighting = { platformId: '901', kind: 'guild', title: 'Larks' }
    const kai: Voice = { platform: 'discord', from: { platformId: '9', name: 'Kai', role: 'owner' }, place: other }
    const [merge] = await opened.app.db.selectFrom('merges').select('id').execute()
    expect(words(await type(kai, `/unlink which:${merge?.id}`))).toContain('undone already')
    expect(words(await type(kai, '/unlink Ada'))).toContain('I do not know “Ada” here')
    expect(await opened.app.db.selectFrom('merges').select('undone_at').execute()).toEqual([{ undone_at: null }])
  })

  test('whoever follows a link that somebody sent them has agreed to nothing, and is told what the other would get', async () => {
    await type(moT, '/checkin')
    const issued = await type(adaD, '/link')
    const payload = codeIn(issued).replace('-', '')
    const asked = await type(moT, `/start l_${payload}`, true)
    expect(words(asked)).toContain('Mo T (Telegram) would become one person with Ada (Discord). Are both yours?')
    expect(words(asked)).toContain('Night Owls: both accounts would be owner there.')
    expect(words(asked)).toContain('Only if both are yours')
    expect(words(await tap(adaD, issued, 'I have used it'))).toContain('Nobody has used your code yet')
    expect(words(await tap(moT, asked, 'No, not me', true))).toContain('that code is dead')
    expect(words(await tap(moT, asked, 'Yes, both are mine', true))).toContain('does not work')
    expect(words(await tap(adaD, issued, 'I have used it'))).toContain('Your code')
    expect(await opened.app.db.selectFrom('merges').selectAll().execute()).toEqual([])
  })

  test('a code for connecting works in the first place where it was typed, and nowhere else', async () => {
    const code = codeIn(await type(moD, '/connect'))
    const asked = await type(moT, `/connect ${code}`)
    expect(words(asked)).toContain('Whoever manages one of them manages both')
    const larks: PlaceSighting = { platformId: '-300', kind: 'supergroup', title: 'Larks' }
    const eve: Voice = { platform: 'telegram', from: { platformId: '3', name: 'Eve', role: 'owner' }, place: larks }
    expect(words(await type(eve, `/connect ${code}`))).toContain('does not work')
    expect(words(await tap(moT, asked, 'Connect'))).toContain('Connected.')
  })

  test('staff learn nothing of an account that was never in their community, and can undo the link all the same', async () => {
    await type(adaD, '/checkin')
    await type(moD, '/checkin')
    const asked = await type(adaT, `/link ${codeIn(await type(adaD, '/link'))}`)
    await tap(adaT, asked, 'Yes, both are mine')
    await tap(adaD, await type(adaD, '/link'), 'Yes, that is me')
    const links = await type(moD, '/unlink Ada')
    expect(words(links)).toContain('an account on Telegram')
    expect(words(links)).not.toContain('Ada L')
    expect(words(links)).not.toContain('@ada')
    const undone = await tap(moD, links, 'Undo an account on Telegram')
    expect(words(undone)).toContain('Undone: an account on Telegram')
    await clean()
  })
})
