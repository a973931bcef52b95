// The way in: keys, scopes, rates, languages, and whatever is no request at all.
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { revokeKey } from '#src/features/apikeys/index.ts'
import { hashSecret, linkSecret, systemRandom } from '#src/lib/ids.ts'
import { MINUTE } from '#src/lib/time.ts'
import { forEachEngine } from '#test/support/engines.ts'
import { keyTo, served } from './harness.ts'

const stranger = () => `mst_${linkSecret(systemRandom)}`

forEachEngine('the door of the API', engine => {
  test('without a key nobody gets in, not even to what is not there', async () => {
    await using api = await served(engine)
    for (const path of ['/members', '/openapi.json', '/nothing', ''])
      for (const headers of [{}, { authorization: 'Basic YTpi' }, { authorization: 'Bearer' }] as Record<
        string,
        string
      >[]) {
        const { status, body, headers: told } = await api.ask('GET', path, { key: null, headers })
        expect([status, body.code]).toEqual([401, 'refusal.request.key'])
        expect(told.get('www-authenticate')).toBe('Bearer')
      }
  })

  test('a wrong key, half a key and a revoked key are refused alike', async () => {
    await using api = await served(engine)
    expect((await api.ask('GET', '/members')).status).toBe(200)
    const { id } = await api.app.db
      .selectFrom('api_keys')
      .select('id')
      .where('name', '=', 'all of the owls')
      .executeTakeFirstOrThrow()
    for (const key of [stranger(), 'mst_', 'abc', api.key.slice(0, -1), api.key.toUpperCase(), hashSecret(api.key)]) {
      const { status, body, headers } = await api.ask('GET', '/members', { key })
      expect([status, body.code]).toEqual([401, 'refusal.request.key.unknown'])
      expect(headers.get('www-authenticate')).toContain('invalid_token')
    }
    expect(await revokeKey(api.app, id)).toBe('revoked')
    expect((await api.ask('GET', '/members')).body.code).toBe('refusal.request.key.unknown')
    expect((await api.ask('GET', '/members', { key: api.otherKey })).status).toBe(200)
  })

  test('a scope that a key lacks is named', async () => {
    await using api = await served(engine)
    const key = await keyTo(api, 'members:read')
    expect((await api.ask('GET', '/members', { key })).status).toBe(200)
    const { status, body, headers } = await api.ask('GET', '/activity', { key })
    expect([status, body.code]).toEqual([403, 'refusal.request.scope'])
    expect(body.detail).toContain('activity:read')
    expect(headers.get('www-authenticate')).toContain('scope="activity:read"')
  })

  test('a key has 600 requests a minute, is told what is left and when to go on', async () => {
    await using api = await served(engine)
    const first = await api.ask('GET', '/settings')
    expect(first.headers.get('ratelimit-policy')).toBe('"requests";q=600;w=60')
    expect(first.headers.get('ratelimit')).toBe('"requests";r=599;t=1')
    for (let i = 0; i < 599; i += 50)
      await Promise.all(
        Array.from({ length: Math.min(50, 599 - i) }, () =>
          fetch(`${api.url}/api/v1/nothing`, { headers: { authorization: `Bearer ${api.key}` } }),
        ),
      )
    const { status, body, headers } = await api.ask('GET', '/settings')
    expect([status, body.code]).toEqual([429, 'refusal.request.often'])
    expect(headers.get('retry-after')).toBe('1')
    expect(headers.get('ratelimit')).toBe('"requests";r=0;t=60')
    expect((await api.ask('GET', '/settings', { key: api.otherKey })).status).toBe(200)
    api.test.clock.advance(100)
    expect((await api.ask('GET', '/settings')).status).toBe(200)
    expect((await api.ask('GET', '/settings')).status).toBe(429)
  })

  test('whoever guesses keys is stopped before the database, and locks nobody out who knows theirs', async () => {
    await using api = await served(engine)
    expect((await api.ask('GET', '/members')).status).toBe(200)
    for (let i = 0; i < 30; i++) expect((await api.ask('GET', '/members', { key: stranger() })).status).toBe(401)
    const { status, body, headers } = await api.ask('GET', '/members', { key: stranger() })
    expect([status, body.code]).toEqual([429, 'refusal.request.key.often'])
    expect(headers.get('retry-after')).toBe('2')
    expect((await api.ask('GET', '/members')).status).toBe(200)
    api.test.clock.advance(2000)
    expect((await api.ask('GET', '/members', { key: api.otherKey })).status).toBe(200)
    expect((await api.ask('GET', '/members', { key: stranger() })).status).toBe(401)
  })

  test('the last use is noted, to the minute, after the answer', async () => {
    await using api = await served(engine)
    const lastUse = async () => {
      await api.idle()
      const row = await api.app.db
        .selectFrom('api_keys')
        .select('last_used_at')
        .where('key_hash', '=', hashSecret(api.key))
        .executeTakeFirst()
      return row?.last_used_at
    }
    const start = api.test.clock.now()
    expect(await lastUse()).toBeNull()
    await Promise.all(Array.from({ length: 5 }, () => api.ask('GET', '/members')))
    expect(await lastUse()).toBe(start)
    api.test.clock.advance(MINUTE - 1)
    await api.ask('GET', '/members')
    expect(await lastUse()).toBe(start)
    api.test.clock.advance(1)
    await api.ask('GET', '/members')
    expect(await lastUse()).toBe(start + MINUTE)
  })

  test('what is not there and what is asked for in another way is said', async () => {
    await using api = await served(engine)
    for (const path of ['/nothing', '/members/x/y', '', '/', '/members/']) {
      const { status, body } = await api.ask('GET', path)
      expect([path, status, body.code]).toEqual([path, 404, 'refusal.request.path'])
    }
    const { status, body, headers } = await api.ask('DELETE', '/settings')
    expect([status, body.code, headers.get('allow')]).toEqual([405, 'refusal.request.method', 'GET, PATCH'])
    expect((await api.ask('OPTIONS', '/members')).status).toBe(405)
  })

  test('sentences are in the language that is asked for, codes are the same in all', async () => {
    await using api = await served(engine)
    const told = async (language: string) => {
      const { body, headers } = await api.ask('GET', '/nothing', { headers: { 'accept-language': language } })
      expect(body.code).toBe('refusal.request.path')
      return [headers.get('content-language'), /\p{Script=Han}/u.test(body.detail ?? '')]
    }
    expect(await told('zh-Hans')).toEqual(['zh-CN', true])
    expect(await told('fr, en;q=0.5, zh;q=0.9')).toEqual(['zh-CN', true])
    expect(await told('zh;q=0, en;q=0.1')).toEqual(['en', false])
    expect(await told('tlh')).toEqual(['en', false])
  })

  test('a body that is no JSON, of another type or too large is refused with a sentence', async () => {
    await using api = await served(engine)
    const path = `/members/${api.ada.memberId}/points/entries`
    const codes = async (asking: Parameters<typeof api.ask>[2]) => {
      const { status, body } = await api.ask('POST', path, asking)
      return [status, body.code]
    }
    expect(await codes({ body: '{"amount": 1,}' })).toEqual([400, 'refusal.request.json'])
    expect(await codes({ body: '' })).toEqual([400, 'refusal.request.json'])
    expect(await codes({ headers: { 'content-type': 'text/plain' } })).toEqual([415, 'refusal.request.type'])
    expect(await codes({ body: '{}', headers: { 'content-type': 'application/x-www-form-urlencoded' } })).toEqual([
      415,
      'refusal.request.type',
    ])
    for (const body of ['null', '[]', '"x"', '1']) expect((await codes({ body }))[1]).toBe('refusal.request.fields')
    const large = await fetch(`${api.url}/api/v1${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${api.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ reason: 'x'.repeat(1024 * 1024) }),
    })
    expect([large.status, ((await large.json()) as { code: string }).code]).toEqual([413, 'refusal.request.large'])
  })

  test('a fault of ours is a code that finds it in the log, without its detail; no key is ever logged', async () => {
    await using api = await served(engine)
    await api.app.engine.transaction(db => db.schema.alterTable('standings').renameTo('gone').execute())
    try {
      const { status, body } = await api.ask('POST', `/members/${api.ada.memberId}/points/entries`, {
        body: { amount: 1, reason: 'x', source: 'x' },
        headers: { 'accept-language': 'zh' },
      })
      expect([status, body.code]).toEqual([500, 'refusal.fault'])
      expect(body.detail).toContain(String(body.incident))
      expect(JSON.stringify(body)).not.toContain('standings')
      const logged = api.test.lines.filter(line => JSON.stringify(line.details).includes(String(body.incident)))
      expect(logged).toHaveLength(1)
      await api.ask('GET', '/members', { key: stranger() })
      for (const line of api.test.lines)
        expect(JSON.stringify([line.message, line.details, String(Reflect.get(line.details, 'err'))])).not.toContain(
          'mst_',
        )
    } finally {
      await api.app.engine.transaction(db => db.schema.alterTable('gone').renameTo('standings').execute())
    }
  })

  test('addresses that are no addresses are refused, not stumbled over', async () => {
    await using api = await served(engine)
    const { port } = new URL(api.url)
    const raw = (target: string) =>
      new Promise<string>((resolve, reject) => {
        let said = ''
        const socket = connect(Number(port), '127.0.0.1', () =>
          socket.write(
            `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer ${api.key}\r\n\r\n`,
          ),
        )
        socket.on('data', chunk => (said += String(chunk)))
        socket.on('end', () => resolve(said))
        socket.on('error', reject)
      })
    for (const target of [
      '/api/v1/members/%00',
      '/api/v1/members/%E0%A4%A',
      '/api/v1/members?cursor=%00',
      '/api/v1/members?member[]=1',
    ])
      expect(await raw(target)).toMatch(/^HTTP\/1\.1 422 /)
    expect(api.test.lines.filter(({ level }) => level === 'error')).toEqual([])
  })
})
