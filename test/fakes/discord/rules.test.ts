import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { call, leaves } from './client.ts'
import { type FakeDiscord, type FakeDiscordOptions, type FakeGuild, type FakeUser, startFakeDiscord } from './index.ts'

let dc: FakeDiscord
let ada: FakeUser
let guild: FakeGuild
let now = Date.UTC(2026, 2, 1, 12)

async function open(options: Partial<FakeDiscordOptions> = {}): Promise<void> {
  dc = await startFakeDiscord({
    token: 'T',
    now: () => now,
    rateLimits: { globalPerSecond: null, buckets: { 'POST /channels/{channel_id}/messages': [1000, 1] } },
    ...options,
  })
  ada = dc.user({ username: 'ada' })
  guild = dc.guild({ name: 'Camp', channels: ['general'], members: [ada], roles: [{ name: 'Member' }] })
}

beforeEach(() => open())
afterEach(() => dc.close())

const messages = () => `/channels/${guild.channel('general').id}/messages`
const send = (body: unknown) => call(dc, 'POST', messages(), body)
const commands = () => `/applications/${dc.bot.id}/commands`
const rules = () => dc.violations.map(one => one.rule)
const button = (id: string, extra: object = {}) => ({ type: 2, style: 1, label: id, custom_id: id, ...extra })
const row = (...components: object[]) => ({ type: 1, components })
const none = { parse: [] }

describe('a message is refused with 50035 and the path of the mistake', () => {
  const wide = [1, 2, 3, 4, 5, 6].map(n => button(String(n)))
  const options = (count: number) => Array.from({ length: count }, (_, n) => ({ label: `${n}`, value: `${n}` }))
  const select = (count: number) => ({ type: 3, custom_id: 's', options: options(count) })
  const cases: [title: string, body: object, path: string, code: string][] = [
    ['content over 2000', { content: 'x'.repeat(2001) }, 'content', 'BASE_TYPE_MAX_LENGTH'],
    ['nonce over 25', { content: 'x', nonce: 'n'.repeat(26) }, 'nonce', 'BASE_TYPE_MAX_LENGTH'],
    ['eleven embeds', { embeds: Array(11).fill({ title: 't' }) }, 'embeds', 'BASE_TYPE_MAX_LENGTH'],
    ['embed title over 256', { embeds: [{ title: 't'.repeat(257) }] }, 'embeds.0.title', 'BASE_TYPE_MAX_LENGTH'],
    [
      'embed description over 4096',
      { embeds: [{ description: 't'.repeat(4097) }] },
      'embeds.0.description',
      'BASE_TYPE_MAX_LENGTH',
    ],
    [
      'footer over 2048',
      { embeds: [{ title: 't', footer: { text: 'f'.repeat(2049) } }] },
      'embeds.0.footer.text',
      'BASE_TYPE_MAX_LENGTH',
    ],
    [
      '26 fields',
      { embeds: [{ fields: Array(26).fill({ name: 'n', value: 'v' }) }] },
      'embeds.0.fields',
      'BASE_TYPE_MAX_LENGTH',
    ],
    [
      'field name over 256',
      { embeds: [{ fields: [{ name: 'n'.repeat(257), value: 'v' }] }] },
      'embeds.0.fields.0.name',
      'BASE_TYPE_MAX_LENGTH',
    ],
    [
      'field value over 1024',
      { embeds: [{ fields: [{ name: 'n', value: 'v'.repeat(1025) }] }] },
      'embeds.0.fields.0.value',
      'BASE_TYPE_MAX_LENGTH',
    ],
    [
      'embeds over 6000 in all',
      { embeds: [{ description: 'x'.repeat(4000) }, { description: 'x'.repeat(2001) }] },
      'embeds',
      'MAX_EMBED_SIZE_EXCEEDED',
    ],
    ['six rows', { content: 'x', components: wide.map(one => row(one)) }, 'components', 'BASE_TYPE_BAD_LENGTH'],
    [
      'six buttons in a row',
      { content: 'x', components: [row(...wide)] },
      'components.0.components',
      'BASE_TYPE_BAD_LENGTH',
    ],
    [
      'a button beside a select',
      { content: 'x', components: [row(button('b'), select(2))] },
      'components.0.components',
      'COMPONENT_LAYOUT_WIDTH_EXCEEDED',
    ],
    [
      '26 options',
      { content: 'x', components: [row(select(26))] },
      'components.0.components.0.options',
      'BASE_TYPE_BAD_LENGTH',
    ],
    [
      'custom_id over 100',
      { content: 'x', components: [row(button('b'.repeat(101), { label: 'l' }))] },
      'components.0.components.0.custom_id',
      'BASE_TYPE_BAD_LENGTH',
    ],
    [
      'label over 80',
      { content: 'x', components: [row(button('b', { label: 'l'.repeat(81) }))] },
      'components.0.components.0.label',
      'BASE_TYPE_MAX_LENGTH',
    ],
    [
      'the same custom_id twice',
      { content: 'x', components: [row(button('b')), row(button('b'))] },
      'components',
      'COMPONENT_CUSTOM_ID_DUPLICATED',
    ],
    ['a button outside a row', { content: 'x', components: [button('b')] }, 'components.0.type', 'BASE_TYPE_CHOICES'],
    [
      'a kind of mention parsed and listed',
      { content: 'x', allowed_mentions: { parse: ['users'], users: ['1'] } },
      'allowed_mentions',
      'MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE',
    ],
  ]
  it.each(cases)('%s', async (_, body, path, code) => {
    const answer = await send(body)
    expect([answer.status, answer.code]).toEqual([400, 50035])
    expect(leaves(answer.errors)).toEqual({ [path]: code })
    expect(rules()).toEqual(['invalid-form'])
    expect(dc.messages(guild.channel('general'))).toEqual([])
  })

  it('exactly at the limits it passes', async () => {
    const answer = await send({
      content: 'x'.repeat(2000),
      nonce: 'n'.repeat(25),
      embeds: [{ title: 't'.repeat(256), description: 'd'.repeat(4096), footer: { text: 'f'.repeat(1648) } }],
      components: [0, 1, 2, 3, 4].map(at => row(...[0, 1, 2, 3, 4].map(n => button(`${at}${n}`)))),
      allowed_mentions: none,
    })
    expect([answer.status, dc.violations]).toEqual([200, []])
  })
})

describe('what Discord lets through is a violation here', () => {
  it('text that pings people whom allowed_mentions does not list', async () => {
    await send({ content: `hello <@${ada.id}>` })
    await send({ content: 'hello @everyone', allowed_mentions: { parse: ['everyone'] } })
    expect(rules()).toEqual(['unlisted-mention', 'unlisted-mention'])
    await send({ content: `hello <@${ada.id}> @here`, allowed_mentions: none })
    await send({ content: `hello <@${ada.id}>`, allowed_mentions: { users: [ada.id] } })
    expect(rules()).toHaveLength(2)
    expect(dc.messages(guild.channel('general')).map(one => one.pings.users)).toEqual([[ada.id], [], [], [ada.id]])
  })

  it('a misspelt field', async () => {
    expect((await send({ content: 'x', allowedMentions: none })).status).toBe(200)
    expect(dc.violations[0]).toMatchObject({
      rule: 'unknown-field',
      detail: expect.stringContaining('allowedMentions'),
    })
  })

  it('an embed that shows a file nobody attached', async () => {
    await send({ embeds: [{ image: { url: 'attachment://gone.png' } }] })
    expect(rules()).toEqual(['attachment'])
  })

  it('a route that does not exist', async () => {
    expect((await call(dc, 'GET', '/nowhere')).status).toBe(404)
    expect((await fetch(`${dc.apiUrl}/v9/gateway/bot`)).status).toBe(404)
    expect(dc.violations).toHaveLength(2)
  })
})

describe('messages', () => {
  it('the same nonce in a channel makes one message for some minutes', async () => {
    const body = { content: 'once', nonce: 'n1', enforce_nonce: true }
    const first = await send(body)
    expect((await send(body)).id).toBe(first.id)
    expect((await send({ content: 'twice', nonce: 'n1' })).id).not.toBe(first.id)
    now += 10 * 60_000
    expect((await send(body)).id).not.toBe(first.id)
  })

  it('more than 10 MiB of files is 413', async () => {
    const sent = async (size: number) => {
      const body = new FormData()
      body.set('payload_json', '{"content":"x"}')
      body.set('files[0]', new Blob([new Uint8Array(size)]), 'a.bin')
      const headers = { authorization: `Bot ${dc.token}` }
      return (await fetch(`${dc.apiUrl}/v10${messages()}`, { method: 'POST', headers, body })).status
    }
    expect([await sent(10 * 1024 * 1024), await sent(10 * 1024 * 1024 + 1)]).toEqual([200, 413])
    expect(rules()).toEqual(['code 40005'])
  })

  it('codes: empty, unknown, foreign, forbidden, closed to messages', async () => {
    const general = guild.channel('general')
    expect((await send({ content: ' ' })).code).toBe(50006)
    expect((await call(dc, 'PATCH', `${messages()}/1`, { content: 'x' })).code).toBe(10008)
    expect((await call(dc, 'PATCH', `${messages()}/${ada.say(general, 'hi').id}`, { content: 'x' })).code).toBe(50005)
    expect((await call(dc, 'DELETE', `${messages()}/${ada.say(general, 'hi').id}`)).code).toBe(50013)
    guild.hideFromBot(general)
    expect((await send({ content: 'x' })).code).toBe(50001)
    expect((await call(dc, 'POST', '/channels/1/messages', { content: 'x' })).code).toBe(10003)
    const direct = await call(dc, 'POST', '/users/@me/channels', { recipient_id: ada.id })
    expect((await call(dc, 'POST', `/channels/${direct.id}/messages`, { content: 'x' })).status).toBe(200)
    ada.acceptDms(false)
    expect((await call(dc, 'POST', `/channels/${direct.id}/messages`, { content: 'x' })).code).toBe(50007)
  })
})

describe('roles', () => {
  const put = (user: string, role: string) => call(dc, 'PUT', `/guilds/${guild.id}/members/${user}/roles/${role}`)

  it('are given one by one, below the bot only', async () => {
    const member = guild.role('Member')
    expect((await put(ada.id, member.id)).status).toBe(204)
    expect(guild.state.members.get(ada.id)?.roles.has(member.id)).toBe(true)
    expect((await call(dc, 'DELETE', `/guilds/${guild.id}/members/${ada.id}/roles/${member.id}`)).status).toBe(204)
    const high = guild.state.roles.get(member.id)
    if (high) high.position = 99
    expect((await put(ada.id, member.id)).code).toBe(50013)
  })

  it('codes: member left, role gone, guild left', async () => {
    const member = guild.role('Member')
    expect((await put(ada.id, '1')).code).toBe(10011)
    guild.leave(ada)
    expect((await put(ada.id, member.id)).code).toBe(10007)
    guild.removeBot()
    expect((await put(ada.id, member.id)).code).toBe(10004)
    expect((await call(dc, 'GET', `/guilds/${guild.id}`)).code).toBe(10004)
  })
})

describe('command registration', () => {
  const option = (extra: object) => ({ type: 3, name: 'o', description: 'd', ...extra })
  const choices = (count: number) => Array.from({ length: count }, (_, n) => ({ name: `${n}`, value: `${n}` }))
  const cases: [title: string, extra: object, path: string, code: string][] = [
    ['an upper-case name', { name: 'Points' }, 'name', 'APPLICATION_COMMAND_INVALID_NAME'],
    ['a name with a space', { name: 'my points' }, 'name', 'APPLICATION_COMMAND_INVALID_NAME'],
    ['no description', { description: '' }, 'description', 'BASE_TYPE_REQUIRED'],
    ['a description over 100', { description: 'd'.repeat(101) }, 'description', 'BASE_TYPE_MAX_LENGTH'],
    ['a locale Discord lacks', { name_localizations: { zh: '积分' } }, 'name_localizations.zh', 'ENUM_TYPE_COERCE'],
    [
      '26 options',
      { options: Array.from({ length: 26 }, (_, n) => option({ name: `o${n}` })) },
      'options',
      'BASE_TYPE_MAX_LENGTH',
    ],
    ['26 choices', { options: [option({ choices: choices(26) })] }, 'options.0.choices', 'BASE_TYPE_MAX_LENGTH'],
    [
      'required after optional',
      { options: [option({ name: 'a' }), option({ name: 'b', required: true })] },
      'options.1',
      'APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID',
    ],
    [
      'choices with autocomplete',
      { options: [option({ choices: choices(1), autocomplete: true })] },
      'options.0.autocomplete',
      'APPLICATION_COMMAND_OPTIONS_CHOICES_AUTOCOMPLETE',
    ],
    [
      'over 8000 characters with the longest localization',
      {
        options: Array.from({ length: 25 }, (_, n) =>
          option({
            name: `o${n}`,
            description_localizations: { fr: 'd'.repeat(100) },
            choices: Array.from({ length: 3 }, (_, m) => ({ name: `${m}${'n'.repeat(80)}`, value: 'v'.repeat(5) })),
          }),
        ),
      },
      '',
      'APPLICATION_COMMAND_TOO_LARGE',
    ],
  ]
  it.each(cases)('%s is refused', async (_, extra, path, code) => {
    const answer = await call(dc, 'POST', commands(), { name: 'points', description: 'd', ...extra })
    expect(answer.code).toBe(50035)
    expect(leaves(answer.errors)).toEqual({ [path]: code })
    expect(dc.registeredCommands(null)).toEqual([])
  })

  it('takes 100 commands in a scope and 200 new ones a day', async () => {
    await dc.close()
    await open({
      rateLimits: { globalPerSecond: null, buckets: { '/applications/{application_id}/commands': [99, 1] } },
    })
    const batch = (from: number, count: number) =>
      call(
        dc,
        'PUT',
        commands(),
        Array.from({ length: count }, (_, n) => ({ name: `c${from + n}`, description: 'd' })),
      )
    expect((await batch(0, 101)).code).toBe(30032)
    expect((await batch(0, 100)).status).toBe(200)
    expect((await batch(0, 100)).status).toBe(200)
    expect((await batch(100, 100)).status).toBe(200)
    expect((await batch(200, 1)).code).toBe(30034)
    now += 24 * 3600_000
    expect((await batch(200, 1)).status).toBe(200)
    expect(dc.registrationCalls).toHaveLength(6)
  })
})

describe('limits and faults', () => {
  it('a full bucket answers 429 with the wait, per channel', async () => {
    await dc.close()
    await open({
      rateLimitClock: () => now,
      rateLimits: { buckets: { 'POST /channels/{channel_id}/messages': [2, 5] } },
    })
    const first = await send({ content: '1' })
    expect(first.headers.get('x-ratelimit-remaining')).toBe('1')
    await send({ content: '2' })
    const third = await send({ content: '3' })
    expect(third.answer).toEqual({ message: 'You are being rate limited.', retry_after: 5, global: false })
    expect([third.status, third.headers.get('retry-after'), third.headers.get('x-ratelimit-scope')]).toEqual([
      429,
      '5',
      'user',
    ])
    const other = guild.addChannel('other')
    expect((await call(dc, 'POST', `/channels/${other.id}/messages`, { content: 'x' })).status).toBe(200)
    now += 5000
    expect((await send({ content: '3' })).status).toBe(200)
  })

  it('the whole bot gets 50 requests a second', async () => {
    await dc.close()
    await open({ rateLimitClock: () => now, rateLimits: { buckets: { 'GET /users/@me': [1000, 1] } } })
    const statuses = await Promise.all(Array.from({ length: 51 }, () => call(dc, 'GET', '/users/@me')))
    expect(statuses.filter(one => one.status === 429).map(one => one.answer.global)).toEqual([true])
  })

  it('ordered trouble hits the named route so many times', async () => {
    const fault = dc.fault({ kind: '502', method: 'POST', route: '/channels/{channel_id}/messages', times: 2 })
    expect([(await call(dc, 'GET', '/users/@me')).status, (await send({ content: 'a' })).status]).toEqual([200, 502])
    expect([(await send({ content: 'a' })).status, (await send({ content: 'a' })).status]).toEqual([502, 200])
    expect(fault.hits).toBe(2)
    dc.fault({ kind: '403', code: 50001 })
    expect((await send({ content: 'a' })).code).toBe(50001)
    dc.fault({ kind: '429-global', retryAfter: 3 })
    expect((await send({ content: 'a' })).answer).toMatchObject({ retry_after: 3, global: true })
  })

  it('a dropped connection leaves the client without an answer, the message sent or not', async () => {
    dc.fault({ kind: 'drop-before' })
    await expect(send({ content: 'lost' })).rejects.toThrow()
    dc.fault({ kind: 'drop-after' })
    await expect(send({ content: 'kept' })).rejects.toThrow()
    expect((await dc.waitForCall('POST', messages())).cut).toBe(true)
    expect(dc.messages(guild.channel('general')).map(one => one.content)).toEqual(['kept'])
  })

  it('a hanging request never answers and has no effect', async () => {
    dc.fault({ kind: 'hang' })
    const cut = AbortSignal.timeout(100)
    const request = fetch(`${dc.apiUrl}/v10${messages()}`, { method: 'POST', body: '{"content":"x"}', signal: cut })
    await expect(request).rejects.toThrow()
    expect(dc.messages(guild.channel('general'))).toEqual([])
  })

  it('a wrong token is 401', async () => {
    const response = await fetch(`${dc.apiUrl}/v10/users/@me`, { headers: { authorization: 'Bot other' } })
    expect(response.status).toBe(401)
  })
})

it('the routes are those of the official document, with its licence beside them', () => {
  const routes = JSON.parse(readFileSync(new URL('./vendor/routes.json', import.meta.url), 'utf8')).routes
  expect(routes.length).toBeGreaterThan(40)
  expect(readFileSync(new URL('./vendor/LICENSE', import.meta.url), 'utf8')).toContain('Discord')
})
