// Every route there is, with everything of another community: nothing of it is to be had, and nothing of it changes.
import { expect, test } from 'vitest'
import type { App } from '#src/app.ts'
import { revokeKey } from '#src/features/apikeys/index.ts'
import { checkIn } from '#src/features/checkin/index.ts'
import { DAY_LENGTH } from '#src/lib/time.ts'
import { forEachEngine } from '#test/support/engines.ts'
import { type Answer, eve, keyTo, LARKS, SCOPES, type Served, served } from './harness.ts'

interface Parameter {
  readonly in: string
  readonly name: string
}
interface Operation {
  readonly security: ReadonlyArray<{ key: readonly string[] }>
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { content: { 'application/json': { schema: { $ref?: string; example?: unknown } } } }
}
interface OpenApi {
  readonly paths: Record<string, Record<string, Operation>>
  readonly components: { schemas: Record<string, { example?: unknown }> }
}

/** What the paths name, of one member's community. */
async function idsOf(app: App, { memberId, communityId }: { memberId: string; communityId: string }) {
  const { id } = await app.db
    .selectFrom('segments')
    .select('id')
    .where('community_id', '=', communityId)
    .executeTakeFirstOrThrow()
  return { member: memberId, segment: id }
}

interface Call {
  readonly method: string
  readonly path: string
  readonly body?: unknown
  readonly scope: string
}

/** Every operation of the served document, on one community's things. A route with a parameter or body unknown here fails the walk. */
async function everyCall(api: Served, ids: Readonly<Record<string, string>>): Promise<Call[]> {
  const { body } = await api.ask('GET', '/openapi.json')
  const document = body as unknown as OpenApi
  const calls: Call[] = []
  for (const [path, operations] of Object.entries(document.paths))
    for (const [method, operation] of Object.entries(operations)) {
      const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => {
        const id = ids[name]
        if (id === undefined)
          throw new Error(`${method} ${path}: say in the walk what {${name}} of another community is`)
        return id
      })
      const narrowed = (operation.parameters ?? []).filter(each => each.in === 'query' && ids[each.name] !== undefined)
      const query = new URLSearchParams(
        narrowed.map(({ name }): [string, string] => [name, ids[name] ?? '']),
      ).toString()
      const [scope] = operation.security[0]?.key ?? []
      if (scope === undefined) throw new Error(`${method} ${path} asks for no scope`)
      const sent = exampleOf(document, operation, `${method} ${path}`)
      calls.push({ method: method.toUpperCase(), path: filled, body: sent, scope })
      if (query) calls.push({ method: method.toUpperCase(), path: `${filled}?${query}`, body: sent, scope })
    }
  return calls
}

function exampleOf(document: OpenApi, { requestBody }: Operation, where: string): unknown {
  if (!requestBody) return undefined
  const { $ref, example } = requestBody.content['application/json'].schema
  const found = example ?? document.components.schemas[$ref?.split('/').at(-1) ?? '']?.example
  if (found === undefined) throw new Error(`${where}: its body needs an example, for the document and for this walk`)
  return found
}

/** Everything stored that belongs to a community or to one of its members. */
async function everythingOf(app: App, communityId: string, memberId: string): Promise<string> {
  const rows: unknown[] = []
  for (const { name, columns } of await app.db.introspection.getTables()) {
    const has = (column: string) => columns.some(each => each.name === column)
    for (const [column, id] of [
      ['community_id', communityId],
      ['member_id', memberId],
    ] as const) {
      if (!has(column)) continue
      const sql = `select * from "${name}" where "${column}" = '${id}' order by 1, 2`
      const { rows: found } = await app.db.executeQuery({
        ...app.db.selectFrom('meta').selectAll().compile(),
        sql,
        parameters: [],
      })
      rows.push([name, found.map(row => ({ ...(row as object), last_used_at: undefined }))])
    }
  }
  const community = await app.db.selectFrom('communities').selectAll().where('id', '=', communityId).execute()
  return JSON.stringify([rows, community])
}

/** Two communities that both have something to lose. */
async function scene(engine: Parameters<typeof served>[0]): Promise<Served> {
  const api = await served(engine)
  for (let i = 0; i < 2; i++) {
    await checkIn(api.app, api.eve, { at: api.app.clock.now(), note: 'a secret of the larks' })
    await checkIn(api.app, api.ada, { at: api.app.clock.now() })
    api.test.clock.advance(DAY_LENGTH)
  }
  const award = { amount: 5, reason: 'a secret of the larks', source: 'secret' }
  await api.ask('POST', `/members/${api.eve.memberId}/points/entries`, { key: api.otherKey, body: award })
  await api.ask('PATCH', '/settings', {
    key: api.otherKey,
    body: { welcome: 'a secret of the larks', zone: 'Asia/Tokyo' },
  })
  const segment = { name: 'a secret of the larks', condition: {} }
  await api.ask('POST', '/segments', { key: api.otherKey, body: segment })
  await api.ask('POST', '/segments', { body: { name: 'Mine', condition: {} } })
  await api.idle()
  return api
}

const isEmpty = ({ status, body }: Answer): boolean => status === 404 || (status === 200 && body.data?.length === 0)

forEachEngine('every route of the API', engine => {
  test('is in the walk', async () => {
    await using api = await scene(engine)
    const calls = await everyCall(api, await idsOf(api.app, api.eve))
    expect(new Set(calls.map(({ scope }) => scope))).toEqual(new Set(SCOPES))
    expect(calls.length).toBeGreaterThanOrEqual(8)
  })

  test('with the other community’s ids gets nothing of it and changes nothing of it', async () => {
    await using api = await scene(engine)
    const { communityId, memberId, accountId } = api.eve
    const ids = await idsOf(api.app, api.eve)
    const isNamed = (path: string) => Object.values(ids).some(id => path.includes(id))
    const before = await everythingOf(api.app, communityId, memberId)
    const secrets = [communityId, memberId, accountId, eve.name, LARKS.title, 'secret', 'Tokyo', 'larks']
    let refused = 0
    for (const { method, path, body } of await everyCall(api, ids)) {
      const answer = await api.ask(method, path, { body })
      // What was asked is said back; nothing else may be.
      const told = JSON.stringify(answer.body).replaceAll(memberId, path.includes(memberId) ? '' : memberId)
      for (const secret of secrets) expect(told, `${method} ${path}`).not.toContain(secret)
      if (!isNamed(path)) continue
      expect(isEmpty(answer), `${method} ${path} answered ${answer.status}`).toBe(true)
      refused++
    }
    expect(refused).toBeGreaterThanOrEqual(5)
    expect(await everythingOf(api.app, communityId, memberId)).toBe(before)
  })

  test('with the other community’s key reads and changes that one alone', async () => {
    await using api = await scene(engine)
    const { communityId, memberId } = api.ada
    const ids = await idsOf(api.app, api.ada)
    const isNamed = (path: string) => Object.values(ids).some(id => path.includes(id))
    const before = await everythingOf(api.app, communityId, memberId)
    for (const { method, path, body } of await everyCall(api, ids)) {
      const answer = await api.ask(method, path, { key: api.otherKey, body })
      const told = JSON.stringify(answer.body).replaceAll(memberId, path.includes(memberId) ? '' : memberId)
      for (const secret of [communityId, memberId, 'Night Owls', '"Ada"'])
        expect(told, `${method} ${path}`).not.toContain(secret)
      if (isNamed(path)) expect(isEmpty(answer), `${method} ${path} answered ${answer.status}`).toBe(true)
    }
    expect(await everythingOf(api.app, communityId, memberId)).toBe(before)
  })

  test('refuses no key, a wrong key, a revoked key and a key without its scope, and changes nothing', async () => {
    await using api = await scene(engine)
    const { communityId, memberId } = api.ada
    const ids = await idsOf(api.app, api.ada)
    const calls = await everyCall(api, ids)
    const revoked = await keyTo(api, ...SCOPES)
    const { id } = await api.app.db
      .selectFrom('api_keys')
      .select('id')
      .where('name', '=', 'narrow')
      .executeTakeFirstOrThrow()
    await revokeKey(api.app, id)
    const keys = new Map<string, string>()
    for (const scope of SCOPES) keys.set(scope, await keyTo(api, ...SCOPES.filter(each => each !== scope)))
    const before = await everythingOf(api.app, communityId, memberId)
    for (const { method, path, body, scope } of calls) {
      for (const key of [null, 'mst_wrong', revoked]) {
        expect((await api.ask(method, path, { key, body })).status, `${method} ${path}`).toBe(401)
        // Guesses are few per minute.
        api.test.clock.advance(60_000)
      }
      const answer = await api.ask(method, path, { key: keys.get(scope) ?? '', body })
      expect([answer.status, answer.body.code], `${method} ${path}`).toEqual([403, 'refusal.request.scope'])
    }
    await api.idle()
    expect(await everythingOf(api.app, communityId, memberId)).toBe(before)
  })

  test('works with a key that has its scope and no other', async () => {
    await using api = await scene(engine)
    for (const { method, path, body, scope } of await everyCall(api, await idsOf(api.app, api.ada))) {
      const { status } = await api.ask(method, path, { key: await keyTo(api, scope), body })
      expect([200, 201], `${method} ${path} answered ${status}`).toContain(status)
    }
  })
})
