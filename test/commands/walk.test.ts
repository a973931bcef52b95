// Every command there is, with everything of another community: nothing of it is told, and nothing of it changes.
import { expect, test } from 'vitest'
import { type App, transaction } from '#src/app.ts'
import { type Arg, type Entry, leaves } from '#src/chat/command.ts'
import { encodePress } from '#src/chat/press.ts'
import { type Button, button } from '#src/chat/reply.ts'
import type { Ask, PlaceSighting, RawArg, Sighting } from '#src/chat/request.ts'
import { t } from '#src/chat/text.ts'
import { loadCommands } from '#src/commands.ts'
import { createKey } from '#src/features/apikeys/index.ts'
import { line, mo, OWLS, press } from '#test/features/scene.ts'
import { forEachEngine } from '#test/support/engines.ts'
import { converse } from './conversation.ts'

const registry = await loadCommands()
const LARKS: PlaceSighting = { platformId: '-200', kind: 'group', title: 'Hidden Larks' }
const zelda: Sighting = { platformId: '77', name: 'Zelda Quux', username: 'zquux', locale: 'en' }
const zack: Sighting = { platformId: '78', name: 'Zack Frobnitz', locale: 'en' }
const zoe: Sighting = { platformId: '79', name: 'Zoe Wibble', locale: 'en', role: 'owner' }
/** Words that only the other community knows. What the walk itself types is taken out of an answer before it is searched. */
const SECRETS = ['Zelda', 'Quux', 'zquux', 'Zack', 'Frobnitz', 'Zoe', 'Wibble', 'Hidden Larks', 'plugh', 'xyzzy']

type Talk = Awaited<ReturnType<typeof converse>>

/** A community with something of everything: check-ins, a link, settings, staff, a channel, a profile, an open form, a key. */
async function larks(talk: Talk): Promise<void> {
  const { app, clock } = talk
  for (const who of [zelda, zack, zoe]) {
    await talk.type(who, '/start', null)
    await talk.type(who, '/checkin plugh', LARKS)
  }
  clock.advance(24 * 3_600_000)
  await talk.type(zelda, '/checkin plugh again', LARKS)
  const { said } = await talk.type(zelda, '/link', null)
  const seen = await talk.type(zack, `/link ${/(\w{5}-\w{5})/.exec(said)?.[1] ?? ''}`, null)
  await talk.press(zack, seen, 'Yes, both are mine', null)
  await talk.press(zelda, await talk.type(zelda, '/link', null), 'Yes, that is me', null)
  await talk.type(zoe, '/setup zone zone:Asia/Tokyo', LARKS)
  await talk.type(zoe, '/setup channel purpose:staff', LARKS)
  await talk.type(zoe, '/setup welcome text:xyzzy', LARKS)
  await talk.type(zoe, `/setup staff member:"Zelda Quux" role:reviewer`, LARKS)
  await talk.type(zoe, '/segment create name:xyzzy condition:hidden: false', LARKS)
  await talk.type(zoe, '/segment tag who:@zquux tag:plugh', LARKS)
  await talk.type(zelda, '/profile about:xyzzy', LARKS)
  await talk.type(zelda, '/profile', LARKS)
  await talk.type(zoe, '/connect', LARKS)
  await transaction(app, async inner => {
    const { id } = await inner.db
      .selectFrom('communities')
      .select('id')
      .where('name', '=', 'Hidden Larks')
      .executeTakeFirstOrThrow()
    await createKey(inner, { communityId: id, name: 'plugh', scopes: ['members:read'] })
  })
}

interface Foreign {
  /** Ids of rows that belong to the other community, by table and column. */
  readonly ids: readonly string[]
  readonly numbers: readonly string[]
}

async function foreign(app: App): Promise<Foreign> {
  const { id: communityId } = await app.db
    .selectFrom('communities')
    .select('id')
    .where('name', '=', 'Hidden Larks')
    .executeTakeFirstOrThrow()
  const of = (rows: Array<{ id: string | number }>) => rows.map(({ id }) => String(id))
  const members = of(await app.db.selectFrom('members').select('id').where('community_id', '=', communityId).execute())
  const accounts = of(
    await app.db.selectFrom('accounts').select('id').where('platform_id', 'in', ['77', '78', '79']).execute(),
  )
  const persons = (await app.db.selectFrom('accounts').select('person_id').where('id', 'in', accounts).execute()).map(
    ({ person_id }) => person_id,
  )
  const strings = [
    communityId,
    ...members,
    ...accounts,
    ...persons,
    ...of(await app.db.selectFrom('places').select('id').where('community_id', '=', communityId).execute()),
    ...of(await app.db.selectFrom('segments').select('id').where('community_id', '=', communityId).execute()),
    ...of(await app.db.selectFrom('merges').select('id').execute()),
    ...of(await app.db.selectFrom('forms').select('id').where('account_id', 'in', accounts).execute()),
    ...of(await app.db.selectFrom('api_keys').select('id').where('community_id', '=', communityId).execute()),
  ]
  const numbers = [
    ...of(await app.db.selectFrom('ledger').select('id').where('member_id', 'in', members).execute()),
    ...of(await app.db.selectFrom('audit').select('id').where('community_id', '=', communityId).execute()),
    ...of(await app.db.selectFrom('checkins').select('id').where('member_id', 'in', members).execute()),
  ]
  // Behind the last one too: pages begin after a number.
  const last = Math.max(...numbers.map(Number))
  return { ids: [...new Set(strings)], numbers: [...new Set([...numbers, String(last + 1)])] }
}

/** Everything stored about the other community, but for what the asker's own requests leave behind. */
async function stored(app: App, { ids }: Foreign): Promise<string[]> {
  const tables = (await app.db.introspection.getTables()).map(({ name }) => name)
  const rows: string[] = []
  for (const table of tables.filter(name => name !== 'inbox' && name !== 'activity_todo')) {
    for (const row of await app.db
      .selectFrom(table as 'members')
      .selectAll()
      .execute()) {
      // A form that the asker opened holds what they typed, as their inbox does.
      if (table === 'forms' && !ids.includes(String(Reflect.get(row, 'account_id')))) continue
      const written = `${table} ${JSON.stringify(row)}`
      if (ids.some(id => written.includes(id))) rows.push(written)
    }
  }
  return rows.sort()
}

/** Values to try for an argument: everything that could name something of the other community. */
function attempts(arg: Arg, { ids, numbers }: Foreign): readonly RawArg[] {
  switch (arg.kind) {
    case 'member':
      return [...ids, zelda.name, `@${zelda.username}`, { kind: 'member', sighting: zelda }]
    case 'item':
      // What buttons of links and connections carry. Free text names nothing: it is kept as it is.
      return [
        ...ids,
        ...ids.flatMap(id => (/^(mrg|cnn|acc)/.test(id) ? [`undo-${id}`, `part-${id}`, `yes-${id}`] : [])),
        LARKS.title,
      ]
    case 'whole':
      return numbers
    default:
      return []
  }
}

forEachEngine('no command reaches into another community', engine => {
  test('whatever a manager here types or presses', async () => {
    await using talk = await converse(engine)
    const { app } = talk
    await larks(talk)
    await talk.type(mo, '/start', null)
    await talk.type(mo, '/checkin')
    const theirs = await foreign(app)
    const before = await stored(app, theirs)
    expect(before.length).toBeGreaterThan(40)
    const leaked: string[] = []
    let tried = 0
    const hear = async (what: string, request: Ask, typed: RawArg) => {
      tried++
      // Many at once are too many; that is held elsewhere.
      talk.clock.advance(61_000)
      const { said } = await talk.send(request)
      const echo = typeof typed === 'object' ? (typed.kind === 'member' ? typed.sighting.name : '') : String(typed)
      const rest = said
        .split(echo === '' ? '\u0000' : echo)
        .join(' ')
        .split(echo.replace(/^@/, ''))
        .join(' ')
      for (const secret of SECRETS) if (rest.includes(secret)) leaked.push(`${what}: ${secret} in “${said}”`)
    }
    const walkLeaf = async ({ node, path }: Entry) => {
      if (node.kind !== 'leaf') return
      const command = path.join(' ')
      const { line: _, ...plain } = line(app, mo, '') as Extract<Ask, { kind: 'line' }>
      await hear(command, { ...plain, eventId: `plain ${command}`, kind: 'command', path, args: {} }, '')
      for (const [name, arg] of Object.entries(node.args))
        for (const value of attempts(arg, theirs)) {
          const what = `/${command} ${name}:${typeof value === 'object' ? 'mention' : value}`
          // Who asks is the same in a private chat; whole numbers and ids are looked up alike on both engines.
          for (const place of arg.kind === 'member' || engine.name === 'postgres' ? [OWLS] : [OWLS, null]) {
            const { line: __, ...asked } = line(app, mo, '', place) as Extract<Ask, { kind: 'line' }>
            await hear(what, { ...asked, kind: 'command', path, args: { [name]: value } }, value)
          }
          if (typeof value === 'string' && value.length <= 30 && arg.kind === 'item') {
            const made: Button = button(t('help.title'), command, { [name]: value })
            await hear(`press of ${what}`, press(app, mo, encodePress(made, mo.platformId)), value)
          }
        }
    }
    for (const entry of registry.entries.flatMap(leaves))
      if (!['forget', 'export'].includes(entry.path.join(' '))) await walkLeaf(entry)
    // Forms of others, by their id.
    for (const id of theirs.ids.filter(each => each.startsWith('frm')))
      for (const act of ['again', 'stop', 'skip', 'keep']) {
        const made = button(t('help.title'), 'form', { f: id, do: act, n: '0' })
        await hear(`form ${act}`, press(app, mo, encodePress(made, mo.platformId)), id)
      }
    expect(leaked).toEqual([])
    expect(await stored(app, theirs)).toEqual(before)
    expect(tried).toBeGreaterThan(150)
  }, 60_000)
})
