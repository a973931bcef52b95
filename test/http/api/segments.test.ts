// Segments over HTTP: saved, changed, counted; every mistake at its field; every change audited under the key.
import { expect, test } from 'vitest'
import { forEachEngine } from '#test/support/engines.ts'
import { served } from './harness.ts'

const everybody = { name: 'Everybody', condition: {} }

forEachEngine('segments over HTTP', engine => {
  test('are saved, listed, counted and changed', async () => {
    await using api = await served(engine)
    const made = await api.ask('POST', '/segments', { body: everybody })
    expect(made).toMatchObject({ status: 201, body: { name: 'Everybody', version: 1, condition: {} } })
    const path = `/segments/${made.body.id}`
    expect((await api.ask('GET', '/segments')).body.data).toEqual([made.body])
    expect((await api.ask('GET', path)).body).toEqual(made.body)
    expect((await api.ask('GET', `${path}/count`)).body).toMatchObject({ size: 2, version: 1 })
    const changed = await api.ask('PATCH', path, { body: { condition: { did: 'checkin' } } })
    expect(changed).toMatchObject({ status: 200, body: { name: 'Everybody', version: 2 } })
    expect((await api.ask('GET', `${path}/count`)).body).toMatchObject({ size: 0, sample: [], version: 2 })
    expect((await api.ask('PATCH', path, { body: { name: 'Those who came' } })).body).toMatchObject({ version: 2 })
    const rows = await api.app.db.selectFrom('audit').select(['action', 'api_key_id']).orderBy('id').execute()
    const ours = rows.filter(({ action }) => action.startsWith('segment.'))
    expect(ours.map(({ action }) => action)).toEqual([...['segment.created', 'segment.changed', 'segment.changed']])
    expect(ours.every(({ api_key_id: by }) => by !== null)).toBe(true)
  })

  test('are refused with every mistake at its field, and nothing is saved', async () => {
    await using api = await served(engine)
    const condition = { all: [{ did: { what: 'chekin' } }, { dit: 'checkin' }], points: { least: 'many' } }
    const refused = await api.ask('POST', '/segments', { body: { name: 'Wrong', condition } })
    expect(refused.status).toBe(422)
    expect(refused.body.errors?.map(({ field, code }) => [field, code])).toEqual([
      ['condition.all.0.did.what', 'mistake.choice'],
      ['condition.all.1.dit', 'mistake.word.choices'],
      ['condition.points.least', 'mistake.whole'],
    ])
    expect((await api.ask('GET', '/segments')).body.data).toEqual([])
  })

  test('of one name are one: a second is refused', async () => {
    await using api = await served(engine)
    await api.ask('POST', '/segments', { body: everybody })
    const again = await api.ask('POST', '/segments', { body: { ...everybody, name: 'EVERYBODY' } })
    expect([again.status, again.body.code]).toEqual([409, 'refusal.segment.taken'])
    const other = await api.ask('POST', '/segments', { key: api.otherKey, body: everybody })
    expect(other.status).toBe(201)
    expect((await api.ask('GET', `/segments/${other.body.id}`)).status).toBe(404)
  })
})
