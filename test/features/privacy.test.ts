// What is kept about somebody can be taken along and is forgotten on request: all of it, once, and the sums of others stay.
import { expect, test } from 'vitest'
import { type App, transaction } from '#src/app.ts'
import { plain } from '#src/chat/reply.ts'
import { t } from '#src/chat/text.ts'
import { exportAll, forgetDue, verifyAll } from '#src/contributions.ts'
import { createDispatch } from '#src/dispatch.ts'
import { createDocuments } from '#src/documents.ts'
import { readBoard } from '#src/features/boards/index.ts'
import { answerConsent } from '#src/features/consents/index.ts'
import { removeDeleted } from '#src/features/files/index.ts'
import { contributions } from '#src/features/index.ts'
import { claim, settle } from '#src/features/outbox/index.ts'
import { askToForget, forgetState, GRACE_MS, keepAfterAll } from '#src/features/privacy/index.ts'
import { tracesOf } from '#src/features/traces.ts'
import { tick } from '#src/jobs/ticker.ts'
import { HOUR, MINUTE } from '#src/lib/time.ts'
import { cleanApp } from '#test/support/clean.ts'
import { forEachEngine } from '#test/support/engines.ts'
import { ada, BOT, errors, join, lin, line, recorder } from './scene.ts'
import { foundIn, NOTE, TRACES, withZephyrine, zeph, zephyr } from './zephyrine.ts'

/** Tables in which rows belong to people, by the names of their columns. */
const PERSONAL = /^(member_id|account_id|person_id|(from|into)_person|issued_by|redeemed_by|confirmed_by)$/
/** Kept as it is when somebody is forgotten, and why that tells nothing of them. */
const NOT_FORGOTTEN: Readonly<Record<string, string>> = {
  day_rules: 'zones and hours, without which streaks could not be counted again',
  ledger: 'amounts and sources, which sums and boards follow from',
  balances: 'a sum of the ledger',
  standings: 'a sum of the ledger',
  activity: 'what was done on which day; facts hold no names',
  activity_days: 'a sum of the activity',
  audit: 'what staff changed, by the account’s random id',
  forget_requests: 'when it was asked for and done, by the person’s random id',
}
/** Not handed out, and why. */
const NOT_EXPORTED: Readonly<Record<string, string>> = {
  code_tries: 'how often a code was guessed wrong in the last hours',
  connections: 'which staff connected two communities; it is in the audit as well',
  connect_codes: 'hashes of codes that staff issued',
}

forEachEngine('every table about people', engine => {
  test('is handed out and forgotten by the feature that owns it, or it says why not', async () => {
    await using opened = await cleanApp(engine)
    const tables = (await opened.app.db.introspection.getTables()).filter(({ columns }) =>
      columns.some(({ name }) => PERSONAL.test(name)),
    )
    expect(tables.length).toBeGreaterThan(20)
    const owner = (table: string) => contributions.find(({ tables: owned }) => owned.some(one => one === table))
    const missing = tables.flatMap(({ name }) => {
      const feature = owner(name)
      const exported = feature?.exportMember ?? feature?.exportPerson
      return [
        ...(exported || NOT_EXPORTED[name] ? [] : [`${name} is not exported`]),
        ...(feature?.forget || NOT_FORGOTTEN[name] ? [] : [`${name} is not forgotten`]),
      ]
    })
    expect(missing).toEqual([])
    const names = new Set(tables.map(({ name }) => name))
    for (const excused of [...Object.keys(NOT_FORGOTTEN), ...Object.keys(NOT_EXPORTED)])
      expect(names, 'an excuse for a table that needs none').toContain(excused)
  })
})

const ask = (app: App, personId: string, accountId: string) =>
  transaction(app, async inner => {
    const { latest } = await forgetState(inner, personId)
    return askToForget(inner, { personId, accountId }, latest, inner.clock.now())
  })

/** Delivers whatever waits, as a platform that takes everything. */
async function deliver(app: App): Promise<string[]> {
  const said: string[] = []
  for (;;) {
    const claimed = [...(await claim(app, BOT, 50)), ...(await claim(app, 'discord:1', 50))]
    if (claimed.length === 0) return said
    for (const one of claimed) {
      said.push(`${one.chatKey} ${one.delivery.reply.lines[0]?.key}`)
      await settle(app, one, { kind: 'sent', messageId: '1' }, true)
    }
  }
}

/** What a busy community asks and is sent. */
async function crowd(app: App, size: number): Promise<void> {
  const at = app.clock.now()
  const asked = (i: number) => ({
    ...{ bot: BOT, event_id: `crowd ${i}`, state: 'answered' as const },
    request: JSON.stringify(line(app, ada, '/streak')),
    ...{ token: null, answer: null, message_id: null, received_at: at, done_at: at, answered_at: at },
  })
  const { id: _, ...sent } = await app.db
    .selectFrom('outbox')
    .selectAll()
    .where('source', '=', 'digest')
    .executeTakeFirstOrThrow()
  const payload = JSON.stringify({ to: JSON.parse(sent.payload).to, reply: plain(t('forget.kept')), locale: 'en' })
  for (let from = 0; from < size; from += 100) {
    const numbers = Array.from({ length: 100 }, (_value, i) => from + i)
    await app.engine.transaction(async db => {
      await db.insertInto('inbox').values(numbers.map(asked)).execute()
      await db
        .insertInto('outbox')
        .values(numbers.map(i => ({ ...sent, payload, source: `crowd ${i}`, nonce: `crowd ${i}` })))
        .execute()
    })
  }
}

/** Last words, and then the deed. */
async function forgetNow(app: App): Promise<number> {
  const at = await forgetDue(app)
  await deliver(app)
  return at + (await forgetDue(app))
}

/** Everything that must be as before, whoever is forgotten. */
async function sums(app: App) {
  const total = async (table: 'ledger' | 'checkins' | 'streaks' | 'activity_days' | 'members' | 'accounts' | 'audit') =>
    Number(
      (
        await app.db
          .selectFrom(table)
          .select(({ fn }) => fn.countAll().as('rows'))
          .executeTakeFirstOrThrow()
      ).rows,
    )
  const points = await app.db
    .selectFrom('ledger')
    .innerJoin('members', 'members.id', 'ledger.member_id')
    .select(({ fn }) => ['members.community_id', 'ledger.unit', fn.sum('ledger.amount').as('sum')])
    .groupBy(['members.community_id', 'ledger.unit'])
    .orderBy('members.community_id')
    .execute()
  const communities = await app.db.selectFrom('communities').select('id').orderBy('id').execute()
  const boards = []
  for (const { id } of communities)
    for (const window of ['week', 'month', 'all'] as const) {
      const { top } = await readBoard(app, id, window, app.clock.now(), null, 50)
      boards.push(top.filter(({ name }) => name !== zeph.name).map(({ memberId, points: of }) => `${memberId} ${of}`))
    }
  const streaks = await app.db.selectFrom('streaks').selectAll().orderBy('member_id').execute()
  const standings = await app.db.selectFrom('standings').selectAll().orderBy('member_id').orderBy('period').execute()
  const rows: Record<string, number> = {}
  for (const table of ['ledger', 'checkins', 'streaks', 'activity_days', 'members', 'accounts', 'audit'] as const)
    rows[table] = await total(table)
  return { points: points.map(row => ({ ...row, sum: Number(row.sum) })), boards, streaks, standings, rows }
}

forEachEngine('being forgotten', engine => {
  test('leaves no name, id or word of somebody in any column, and every sum as it was', async () => {
    await using world = await withZephyrine(engine)
    const { app, clock, personId, accountId, discordAccountId } = world
    expect(await verifyAll(app)).toEqual([])
    const tables = new Set((await foundIn(app, TRACES)).map(found => /^\w+/.exec(found)?.[0]))
    // Or nothing would be proved.
    for (const table of 'accounts members profiles files checkins inbox outbox forms'.split(' '))
      expect(tables).toContain(table)
    expect((await ask(app, personId, accountId)).kind).toBe('asked')
    clock.advance(GRACE_MS - 1)
    expect(await forgetDue(app)).toBe(0)
    expect(await foundIn(app, [NOTE])).not.toEqual([])
    const before = await sums(app)
    clock.advance(1)
    expect(await forgetNow(app)).toBe(1)
    expect(await forgetNow(app)).toBe(0)
    expect(await foundIn(app, TRACES)).toEqual([])
    expect(await sums(app)).toEqual(before)
    await tick(app, [])
    expect(await verifyAll(app)).toEqual([])
    expect((await sums(app)).rows).toEqual(before.rows)
    expect(errors(world.opened)).toEqual([])
    const accounts = await app.db
      .selectFrom('accounts')
      .select(['name', 'username', 'locale', 'direct_at', 'platform_id'])
      .where('id', 'in', [accountId, discordAccountId])
      .execute()
    expect(new Set(accounts.map(({ platform_id }) => platform_id)).size).toBe(2)
    for (const account of accounts)
      expect(account).toEqual({
        name: '',
        username: null,
        locale: null,
        direct_at: null,
        platform_id: expect.stringMatching(/^forgotten:[0-9a-z]{20}$/),
      })
    const access = await app.db.selectFrom('members').select(['role', 'left_at']).where('name', '=', '').execute()
    expect(access).toHaveLength(3)
    for (const { role, left_at } of access) expect([role, left_at]).toEqual([null, expect.any(Number)])
    const facts = await app.db
      .selectFrom('activity')
      .select('member_id')
      .where('kind', '=', 'member.forgotten')
      .execute()
    expect(new Set(facts.map(({ member_id }) => member_id)).size).toBe(2)
  })

  test('reaches what others were told before thousands of other things', async () => {
    await using world = await withZephyrine(engine)
    const { app, clock, personId, accountId } = world
    await ask(app, personId, accountId)
    await deliver(app)
    await crowd(app, 1500)
    clock.advance(GRACE_MS)
    expect(await forgetNow(app)).toBe(1)
    expect(await foundIn(app, TRACES)).toEqual([])
    for (const table of ['inbox', 'outbox'] as const) {
      const rows = await app.db.selectFrom(table).select('id').execute()
      expect(rows.length).toBeGreaterThan(1500)
    }
  })

  test('drops the bytes of files with the next sweep', async () => {
    await using world = await withZephyrine(engine)
    const { app, clock, personId, accountId } = world
    const { path } = await app.db.selectFrom('files').select('path').executeTakeFirstOrThrow()
    await ask(app, personId, accountId)
    clock.advance(GRACE_MS)
    expect(await app.files.get(path)).not.toBeNull()
    await forgetNow(app)
    await removeDeleted(app)
    expect(await app.files.get(path)).toBeNull()
  })

  test('makes whoever comes back somebody new, with nothing of before', async () => {
    await using world = await withZephyrine(engine)
    const { app, clock, personId, accountId, communityId } = world
    await ask(app, personId, accountId)
    clock.advance(GRACE_MS)
    await forgetNow(app)
    clock.advance(HOUR)
    const again = await join(app, zeph)
    expect(again.accountId).not.toBe(accountId)
    expect(again.communityId).toBe(communityId)
    expect((await world.type(zeph, '/checkin')).said).toContain('✓ Day 1')
    expect((await forgetState(app, again.memberId)).latest).toBe(0)
    expect(await verifyAll(app)).toEqual([])
  })

  test('says goodbye where that is allowed, before it is done, and waits an hour for it at most', async () => {
    await using world = await withZephyrine(engine)
    const { app, clock, personId, accountId, discordAccountId } = world
    await ask(app, personId, accountId)
    await deliver(app)
    clock.advance(GRACE_MS)
    // On Discord she has not said yes.
    expect(await forgetDue(app)).toBe(0)
    expect(await forgetDue(app)).toBe(0)
    expect(await deliver(app)).toEqual([`p:${zeph.platformId} forget.goodbye`])
    expect(await forgetDue(app)).toBe(1)
    expect(await foundIn(app, TRACES)).toEqual([])
    expect(discordAccountId).not.toBe('')
  })

  test('asks Discord accounts too where they said yes, and does without a message that does not get through', async () => {
    await using world = await withZephyrine(engine)
    const { app, clock, personId, accountId, discordAccountId } = world
    await transaction(app, inner => answerConsent(inner, discordAccountId, 'service', true, clock.now()))
    await transaction(app, inner => answerConsent(inner, accountId, 'service', false, clock.now()))
    await ask(app, personId, accountId)
    await deliver(app)
    clock.advance(GRACE_MS + MINUTE)
    expect(await forgetDue(app)).toBe(0)
    const waiting = await app.db.selectFrom('outbox').select('chat_key').where('state', '=', 'queued').execute()
    expect(waiting.map(({ chat_key }) => chat_key)).toEqual([`p:${zephyr.platformId}`])
    clock.advance(HOUR)
    expect(await forgetDue(app)).toBe(1)
    expect(await deliver(app)).toEqual([])
    expect(await foundIn(app, TRACES)).toEqual([])
  })

  test('can be called off until it is done, from any account; until then everything counts', async () => {
    await using world = await withZephyrine(engine)
    const { app, clock, personId, accountId } = world
    const first = await ask(app, personId, accountId)
    expect((await ask(app, personId, accountId)).kind).toBe('waiting')
    clock.advance(GRACE_MS / 2)
    expect((await world.type(zeph, '/checkin')).said).toContain('✓ Day')
    expect(await transaction(app, inner => keepAfterAll(inner, personId, clock.now()))).toBe(true)
    expect(await transaction(app, inner => keepAfterAll(inner, personId, clock.now()))).toBe(false)
    clock.advance(GRACE_MS)
    expect(await forgetDue(app)).toBe(0)
    expect(await foundIn(app, [NOTE])).not.toEqual([])
    // The button that was pressed once is old; one that was shown after counts.
    const stale = await transaction(app, inner => askToForget(inner, { personId, accountId }, 0, clock.now()))
    expect(stale.kind).toBe('outdated')
    expect(first.kind).toBe('asked')
    expect((await ask(app, personId, accountId)).kind).toBe('asked')
  })

  test('happens once when two processes do it at the same time', async () => {
    await using world = await withZephyrine(engine)
    const { app, clock, personId, accountId } = world
    await ask(app, personId, accountId)
    clock.advance(GRACE_MS)
    await deliver(app)
    await forgetDue(app)
    await deliver(app)
    const other = await world.opened.another()
    const done = await Promise.all([forgetDue(app), forgetDue(other), forgetDue(app)])
    expect(done.reduce((sum, one) => sum + one)).toBe(1)
    const facts = await app.db.selectFrom('activity').select('id').where('kind', '=', 'member.forgotten').execute()
    expect(facts).toHaveLength(2)
    expect(await foundIn(app, TRACES)).toEqual([])
  })

  test('begins anew wherever it was cut short', async () => {
    await using world = await withZephyrine(engine)
    const { app, clock, personId, accountId } = world
    await ask(app, personId, accountId)
    clock.advance(GRACE_MS)
    await deliver(app)
    await forgetDue(app)
    await deliver(app)
    let cut = 0
    for (let until = 0; ; until++) {
      const dying = dyingAfter(app, until)
      const done = await forgetDue(dying)
      const open = (await forgetState(app, personId)).open !== null
      expect(done).toBe(open ? 0 : 1)
      if (!open) break
      cut++
      // Not half of it: while it is not done, she is who she was.
      expect(await foundIn(app, [NOTE])).not.toEqual([])
      expect((await exportAll(app, personId)).person.accounts).toHaveLength(2)
    }
    expect(cut).toBeGreaterThan(3)
    expect(await foundIn(app, TRACES)).toEqual([])
    expect(await verifyAll(app)).toEqual([])
  })

  test('undoes what somebody asked for just before, and makes nobody of it', async () => {
    await using world = await withZephyrine(engine)
    const { app, clock, dispatch, personId, accountId } = world
    await ask(app, personId, accountId)
    clock.advance(GRACE_MS)
    await forgetDue(app)
    await deliver(app)
    const typed = [`/checkin ${NOTE}`, '/points nothing', `/checkin ${NOTE}`]
    const received = []
    for (const each of typed) received.push(await dispatch.receive(line(app, zeph, each)))
    expect(await forgetDue(app)).toBe(1)
    // They came in as hers, and there is nobody who is her.
    for (const one of received) expect(one && (await dispatch.process(one, recorder()))).toBe('dropped')
    expect(await foundIn(app, TRACES)).toEqual([])
  })

  test('goes together with whatever is asked in that moment, by her and by others', async () => {
    await using world = await withZephyrine(engine)
    const { app, clock, personId, accountId } = world
    await ask(app, personId, accountId)
    clock.advance(GRACE_MS)
    await forgetDue(app)
    await deliver(app)
    const elsewhere = await world.opened.another()
    const dispatch = createDispatch(elsewhere, world.dispatch.registry)
    const received = []
    for (const who of [zeph, ada, lin])
      for (const typed of [`/checkin ${NOTE}`, '/leaderboard', '/me', '/streak', '/nothing'])
        received.push(await dispatch.receive(line(app, who === zeph ? zeph : { ...who, role: 'member' }, typed)))
    const asked = received.filter(one => one !== null).map(one => dispatch.process(one, recorder()))
    expect(await forgetDue(app)).toBe(1)
    await Promise.all(asked)
    expect((await forgetState(app, personId)).open).toBeNull()
    const left = (await foundIn(app, [zeph.platformId, zeph.name, zeph.username ?? ''])).filter(
      // What others were told in this very moment goes with their questions, in a month.
      found => !found.startsWith('inbox.'),
    )
    expect(left).toEqual([])
    expect(await verifyAll(app)).toEqual([])
    expect(errors(world.opened)).toEqual([])
  })
})

/** The same app in a process that dies when its n-th transaction has done its work and not committed. */
function dyingAfter(app: App, n: number): App {
  let left = n
  const engine: App['engine'] = {
    ...app.engine,
    transaction: work =>
      app.engine.transaction(async db => {
        const outcome = await work(db)
        if (left-- <= 0) throw new Error('killed')
        return outcome
      }),
  }
  return { ...app, engine }
}

forEachEngine('an export', engine => {
  test('holds everything kept about somebody, on every platform and in every community, and is the same each time', async () => {
    await using world = await withZephyrine(engine)
    const { app, personId } = world
    const everything = await exportAll(app, personId)
    expect(Object.keys(everything)).toEqual(['schema', 'version', 'exported_at', 'person', 'memberships'])
    expect(Object.keys(everything.person).sort()).toMatchInlineSnapshot(`
      [
        "accounts",
        "asked",
        "changes_made",
        "consents",
        "files",
        "forget_requests",
        "forms",
        "link_codes",
        "links",
        "persons",
        "private_answers",
        "profile",
        "sent",
        "suppressions",
      ]
    `)
    expect(everything.memberships).toHaveLength(3)
    expect(Object.keys(everything.memberships[0] ?? {}).sort()).toMatchInlineSnapshot(`
      [
        "activity",
        "activity_days",
        "awards",
        "balances",
        "changes_to_them",
        "checkins",
        "day_rules",
        "ledger",
        "membership",
        "presences",
        "send_preferences",
        "standings",
        "streaks",
        "tags",
      ]
    `)
    const written = JSON.stringify(everything)
    for (const trace of TRACES.filter(one => one !== '' && !one.includes('"'))) expect(written).toContain(trace)
    expect(await exportAll(app, personId)).toEqual(everything)
    const { files } = everything.person
    expect(files).toEqual([expect.objectContaining({ name: 'tangerine.jpg', kind: 'jpeg' })])
    // Where bytes lie is nobody's business.
    const { path } = await app.db.selectFrom('files').select('path').executeTakeFirstOrThrow()
    expect(written).not.toContain(path)
  })

  test('of somebody else holds nothing of hers but what they were told', async () => {
    await using world = await withZephyrine(engine)
    const { app } = world
    const { id } = await app.db
      .selectFrom('accounts')
      .select('person_id as id')
      .where('platform_id', '=', ada.platformId)
      .executeTakeFirstOrThrow()
    const { asked: _, ...person } = (await exportAll(app, id)).person
    const written = JSON.stringify({ ...(await exportAll(app, id)), person })
    for (const trace of TRACES.filter(one => one !== '')) expect(written).not.toContain(trace)
  })

  test('is one file, readable, with the bytes of what somebody sent as far as they fit', async () => {
    await using world = await withZephyrine(engine)
    const { app, personId } = world
    const write = createDocuments(app)
    const read = async () => {
      const { bytes, type } = await write({ kind: 'export', personId, name: 'muster-export.json' }, 'en')
      expect(type).toBe('application/json')
      return { text: Buffer.from(bytes).toString(), size: bytes.length }
    }
    const { text } = await read()
    expect(text).toMatch(/^\{\n {2}"schema": "muster-export",\n/)
    const [file] = JSON.parse(text).person.files
    expect(Buffer.from(file.base64, 'base64').toString()).toBe('a photo of tangerines')
    await app.engine.transaction(db =>
      db
        .updateTable('files')
        .set({ bytes: 7_000_000 } as never)
        .execute(),
    )
    expect(JSON.parse((await read()).text).person.files[0].base64).toBeNull()
  })
})

test('traces are told apart from words that only look like them', () => {
  const traces = tracesOf({
    identities: [{ platform: 'telegram', platformId: '11', name: 'Al', username: 'help' }],
  })
  const json = JSON.stringify({
    kind: 'text',
    key: 'help.title',
    values: { who: { kind: 'mention', name: 'Al', ids: { telegram: '11' } }, other: 'Also 110, al and @HELP' },
  })
  expect(traces.isIn(json)).toBe(true)
  expect(JSON.parse(traces.without(json))).toEqual({
    kind: 'text',
    key: 'help.title',
    values: { who: { kind: 'mention', name: '', ids: {} }, other: 'Also 110, … and @…' },
  })
  expect(tracesOf({ identities: [] }).isIn('{}')).toBe(false)
})
