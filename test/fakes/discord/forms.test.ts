import { GatewayIntentBits } from 'discord.js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { call, leaves, startWorld } from './client.ts'
import { type FakeDiscord, type FakeGuild, type FakeUser, type InteractionHandle, startFakeDiscord } from './index.ts'

let dc: FakeDiscord
let ada: FakeUser
let lin: FakeUser
let guild: FakeGuild

beforeEach(async () => {
  dc = await startFakeDiscord({ token: 'T' })
  ada = dc.user({ username: 'ada' })
  lin = dc.user({ username: 'lin' })
  guild = dc.guild({ name: 'Camp', members: [ada, lin] })
  await call(dc, 'POST', `/applications/${dc.bot.id}/commands`, { name: 'form', description: 'd' })
})
afterEach(() => dc.close())

type Part = Record<string, unknown>
const input = (extra: Part = {}) => ({ type: 4, custom_id: 'a', style: 1, ...extra })
const select = (extra: Part = {}) => ({ type: 3, custom_id: 'a', options: options('x', 'y'), ...extra })
const people = (extra: Part = {}) => ({ type: 5, custom_id: 'a', ...extra })
const upload = (extra: Part = {}) => ({ type: 19, custom_id: 'a', ...extra })
const options = (...values: string[]) => values.map(value => ({ label: value, value }))
const label = (component: Part, extra: Part = {}) => ({ type: 18, label: 'l', component, ...extra })
const modal = (components: Part[], extra: Part = {}) => ({ custom_id: 'f', title: 't', components, ...extra })

const asked = () => ada.command(guild.channel('general'), 'form')
const answer = (handle: InteractionHandle, type: number, data: Part) =>
  call(dc, 'POST', `/interactions/${handle.id}/${handle.state.token}/callback`, { type, data })
/** A form that was opened. */
async function opened(...components: Part[]): Promise<InteractionHandle> {
  const handle = asked()
  expect((await answer(handle, 9, modal(components))).status).toBe(204)
  return handle
}

describe('a form is refused with 50035 and the path of the mistake', () => {
  const at = (path: string) => `data.components.0.component.${path}`
  const cases: [title: string, form: Part, path: string, code: string][] = [
    ['a title over 45', modal([label(input())], { title: 't'.repeat(46) }), 'data.title', 'BASE_TYPE_BAD_LENGTH'],
    ['no title', modal([label(input())], { title: '' }), 'data.title', 'BASE_TYPE_BAD_LENGTH'],
    [
      'a custom_id over 100',
      modal([label(input())], { custom_id: 'f'.repeat(101) }),
      'data.custom_id',
      'BASE_TYPE_BAD_LENGTH',
    ],
    ['no custom_id', modal([label(input())], { custom_id: '' }), 'data.custom_id', 'BASE_TYPE_BAD_LENGTH'],
    ['nothing in it', modal([]), 'data.components', 'BASE_TYPE_BAD_LENGTH'],
    [
      'six fields',
      modal([0, 1, 2, 3, 4, 5].map(n => label(input({ custom_id: `${n}` })))),
      'data.components',
      'BASE_TYPE_BAD_LENGTH',
    ],
    [
      'the same custom_id twice',
      modal([label(input()), label(select())]),
      'data.components',
      'COMPONENT_CUSTOM_ID_DUPLICATED',
    ],
    ['a field without a custom_id', modal([label(input({ custom_id: '' }))]), at('custom_id'), 'BASE_TYPE_BAD_LENGTH'],
    [
      'a label over 45',
      modal([label(input(), { label: 'l'.repeat(46) })]),
      'data.components.0.label',
      'BASE_TYPE_BAD_LENGTH',
    ],
    ['an empty label', modal([label(input(), { label: '' })]), 'data.components.0.label', 'BASE_TYPE_BAD_LENGTH'],
    [
      'a description over 100',
      modal([label(input(), { description: 'd'.repeat(101) })]),
      'data.components.0.description',
      'BASE_TYPE_BAD_LENGTH',
    ],
    ['a field without its label', modal([input()]), 'data.components.0.type', 'BASE_TYPE_CHOICES'],
    ['a button', modal([label({ type: 2, style: 1, custom_id: 'b', label: 'b' })]), at('type'), 'BASE_TYPE_CHOICES'],
    [
      'a text input with a label inside a label',
      modal([label(input({ label: 'l' }))]),
      at('label'),
      'COMPONENT_LABEL_IN_LABEL',
    ],
    ['text over 4000', modal([label(input({ max_length: 4001 }))]), at('max_length'), 'NUMBER_TYPE_MAX'],
    [
      'a value longer than its field',
      modal([label(input({ max_length: 3, value: 'four' }))]),
      at('value'),
      'BASE_TYPE_MAX_LENGTH',
    ],
    [
      'a placeholder over 100',
      modal([label(input({ placeholder: 'p'.repeat(101) }))]),
      at('placeholder'),
      'BASE_TYPE_MAX_LENGTH',
    ],
    [
      '26 options',
      modal([label(select({ options: options(...Array.from({ length: 26 }, (_, n) => `${n}`)) }))]),
      at('options'),
      'BASE_TYPE_BAD_LENGTH',
    ],
    [
      'an option twice',
      modal([label(select({ options: options('x', 'x') }))]),
      at('options'),
      'SELECT_COMPONENT_OPTION_VALUE_DUPLICATED',
    ],
    [
      'two options chosen where one fits',
      modal([label(select({ options: options('x', 'y').map(one => ({ ...one, default: true })) }))]),
      at('options'),
      'BASE_TYPE_BAD_LENGTH',
    ],
    ['none wanted of what is required', modal([label(select({ min_values: 0 }))]), at('min_values'), 'NUMBER_TYPE_MIN'],
    ['a disabled select', modal([label(select({ disabled: true }))]), at('disabled'), 'COMPONENT_DISABLED_IN_MODAL'],
    [
      'two people where one fits',
      modal([label(people({ default_values: ['1', '2'].map(id => ({ id, type: 'user' })) }))]),
      at('default_values'),
      'BASE_TYPE_BAD_LENGTH',
    ],
    [
      'no file wanted where one is required',
      modal([label(upload({ min_values: 0, required: true }))]),
      at('min_values'),
      'NUMBER_TYPE_MIN',
    ],
    ['eleven files', modal([label(upload({ max_values: 11 }))]), at('max_values'), 'NUMBER_TYPE_MAX'],
  ]
  it.each(cases)('%s', async (_, form, path, code) => {
    const handle = asked()
    const refused = await answer(handle, 9, form)
    expect([refused.status, refused.code]).toEqual([400, 50035])
    expect(leaves(refused.errors)).toEqual({ [path]: code })
    expect(dc.violations.map(one => one.rule)).toEqual(['invalid-form'])
    expect(handle.state.firstResponse).toBeNull()
  })

  it('a field that the document does not know is a violation', async () => {
    const handle = asked()
    expect((await answer(handle, 9, modal([label(upload({ file_types: ['image'] }))]))).status).toBe(204)
    expect(dc.violations.map(one => one.rule)).toEqual(['unknown-field'])
  })

  it('exactly at the limits it passes', async () => {
    const fields = [
      label(input({ custom_id: 'text', max_length: 4000, value: 'v'.repeat(4000) }), { label: 'l'.repeat(45) }),
      label(select({ custom_id: 'select', min_values: 0, required: false }), { description: 'd'.repeat(100) }),
      label(people({ custom_id: 'people', default_values: [{ id: ada.id, type: 'user' }] })),
      label(upload({ custom_id: 'upload', min_values: 0, max_values: 10, required: false })),
      label(input({ custom_id: 'i'.repeat(100) })),
    ]
    const form = modal(fields, { title: 't'.repeat(45), custom_id: 'f'.repeat(100) })
    expect((await answer(asked(), 9, form)).status).toBe(204)
    expect(dc.violations).toEqual([])
  })
})

describe('a form is the first response or none', () => {
  for (const type of [4, 5])
    it(`after a response of type ${type} it is 40060`, async () => {
      const handle = asked()
      await answer(handle, type, { content: 'x', allowed_mentions: { parse: [] } })
      expect((await answer(handle, 9, modal([label(input())]))).code).toBe(40060)
      expect(dc.violations.at(-1)?.detail).toBe('a modal cannot follow another response')
    })

  it('a second form is 40060 too', async () => {
    const handle = await opened(label(input()))
    expect((await answer(handle, 9, modal([label(input())]))).code).toBe(40060)
  })

  it('a form that is handed in cannot be answered with another one', async () => {
    const submitted = await ada.submitModal(await opened(label(input())), { a: 'x' })
    const refused = await answer(submitted, 9, modal([label(input())]))
    expect(leaves(refused.errors)).toEqual({ type: 'BASE_TYPE_CHOICES' })
  })

  it('what opened it has no message of its own, and can be followed by one', async () => {
    const handle = await opened(label(input()))
    const webhook = `/webhooks/${dc.bot.id}/${handle.state.token}`
    expect((await call(dc, 'GET', `${webhook}/messages/@original`)).code).toBe(10008)
    expect((await call(dc, 'POST', webhook, { content: 'x' })).status).toBe(200)
  })
})

describe('a client sends only what the form takes', () => {
  const file = (name: string) => ({ name, bytes: Buffer.from(name) })
  const cases: [title: string, component: Part, value: Parameters<FakeUser['submitModal']>[1][string], why: RegExp][] =
    [
      ['text longer than max_length', input({ max_length: 3 }), 'four', /refused length/],
      ['text shorter than min_length', input({ min_length: 3 }), 'x', /refused length/],
      ['no text where it is required', input(), '', /is required/],
      ['an option that is none', select(), 'z', /not an option/],
      ['two options where one fits', select(), ['x', 'y'], /takes 1 to 1/],
      ['no option where one is required', select(), '', /is required/],
      ['nobody where somebody is required', people(), '', /is required/],
      ['a person who is none', people(), '1', /not of its type/],
      ['no file where one is required', upload(), '', /is required/],
      ['two files where one fits', upload(), [file('a'), file('b')], /takes 1 to 1/],
      ['words instead of a file', upload(), 'x', /takes no such value/],
      ['a file instead of words', input(), file('a'), /takes no such value/],
    ]
  it.each(cases)('not %s', async (_, component, value, why) => {
    await expect(ada.submitModal(await opened(label(component)), { a: value })).rejects.toThrow(why)
  })

  it('not a field that the form has not', async () => {
    await expect(ada.submitModal(await opened(label(input())), { a: 'x', b: 'y' })).rejects.toThrow(/no field b/)
  })

  it("not somebody else's form", async () => {
    await expect(lin.submitModal(await opened(label(input())), { a: 'x' })).rejects.toThrow(/not shown/)
  })

  it('and brings along what its values stand for', async () => {
    const handle = await opened(
      label(input({ custom_id: 'text', required: false })),
      label(select({ custom_id: 'select', options: [{ label: 'x', value: 'x', default: true }] })),
      label(people({ custom_id: 'people' })),
      label(upload({ custom_id: 'upload' })),
    )
    const { state } = await ada.submitModal(handle, { people: lin, upload: { ...file('a.png'), claimedSize: 7 } })
    const data = state.payload.data as { components: { component: Part }[]; resolved: Record<string, Part> }
    const fields = data.components.map(({ component }) => component)
    expect(fields).toMatchObject([
      { type: 4, custom_id: 'text', value: '' },
      { type: 3, custom_id: 'select', values: ['x'] },
      { type: 5, custom_id: 'people', values: [lin.id] },
      { type: 19, custom_id: 'upload', values: [expect.any(String)] },
    ])
    const [id] = (fields[3]?.values ?? []) as string[]
    expect(data.resolved.users?.[lin.id]).toMatchObject({ username: 'lin' })
    const sent = data.resolved.attachments?.[String(id)] as { size: number; url: string }
    expect(sent.size).toBe(7)
    expect(await (await fetch(sent.url)).text()).toBe('a.png')
    expect((await fetch(sent.url.replace(String(id), '1'))).status).toBe(404)
    expect(dc.violations).toEqual([])
    await fetch(sent.url, { headers: { authorization: 'Bot T' } })
    expect(dc.violations.map(one => one.rule)).toEqual(['token'])
  })
})

describe('bans', () => {
  const { Guilds, GuildModeration } = GatewayIntentBits
  it.each([
    ['with the intent and the permission', [Guilds, GuildModeration], ['BanMembers'], ['+ada', '-ada']],
    ['with the intent and a look at the audit log', [Guilds, GuildModeration], ['ViewAuditLog'], ['+ada', '-ada']],
    ['without the permission', [Guilds, GuildModeration], [], []],
    ['without the intent', [Guilds], ['BanMembers'], []],
  ] as const)('%s', async (_, intents, permissions, told) => {
    await using world = await startWorld({}, { intents: [...intents] })
    const { bot, ada: person } = world
    const camp = world.dc.guild({ name: 'Other', members: [person], bot: false })
    camp.addBot({ permissions: ['ViewChannel', ...permissions] })
    const heard: string[] = []
    bot.on('guildBanAdd', ban => void heard.push(`+${ban.user.username}`))
    bot.on('guildBanRemove', ban => void heard.push(`-${ban.user.username}`))
    const renamed = new Promise(resolve => bot.once('guildUpdate', resolve))
    camp.ban(person)
    expect(camp.state.members.has(person.id)).toBe(false)
    expect(() => camp.join(person)).toThrow(/banned/)
    camp.unban(person)
    camp.rename('Told after it')
    await renamed
    expect(heard).toEqual(told)
  })
})

it('an account that is deleted is in no guild, and no channel opens with it', async () => {
  ada.deleteAccount()
  expect(guild.state.members.has(ada.id)).toBe(false)
  expect((await call(dc, 'POST', '/users/@me/channels', { recipient_id: ada.id })).code).toBe(10013)
  expect((await call(dc, 'POST', `/channels/${ada.dm.id}/messages`, { content: 'x' })).code).toBe(50007)
})
