// Settings over the API: all of them with their source, and decisions that hold together or not at all.
import { expect, test } from 'vitest'
import { auditEntries } from '#src/features/audit/index.ts'
import { SETTING_KEYS, settingsOf } from '#src/features/settings/index.ts'
import { forEachEngine } from '#test/support/engines.ts'
import { served } from './harness.ts'

forEachEngine('/settings', engine => {
  test('are all there, each with why it is so', async () => {
    await using api = await served(engine)
    const { body } = await api.ask('GET', '/settings')
    expect(body.data?.map(({ key }) => key)).toEqual(SETTING_KEYS)
    expect(body.data?.[0]).toEqual({ key: 'zone', value: 'UTC', source: 'configuration', decided_at: null })
  })

  test('are decided together, with a line in the audit each', async () => {
    await using api = await served(engine)
    const changes = { zone: 'asia/shanghai', 'part.boards': 'off', day_start: 4, welcome: 'Hello!' }
    const { status, body } = await api.ask('PATCH', '/settings', { body: changes })
    expect(status).toBe(200)
    const shown = Object.fromEntries((body.data ?? []).map(({ key, value }) => [key, value]))
    expect(shown).toMatchObject({ ...changes, zone: 'Asia/Shanghai' })
    expect(body.data?.[0]).toMatchObject({ source: 'decided', decided_at: '2026-03-04T10:00:00.000Z' })
    const audited = await auditEntries(api.app, api.owls.communityId, 10, { actions: ['setting.changed'] })
    expect(
      audited.map(({ subject, who, program, before, after }) => [subject, who, program, before, after]).sort(),
    ).toEqual([
      ['day_start', null, 'all of the owls', 0, 4],
      ['part.boards', null, 'all of the owls', 'on', 'off'],
      ['welcome', null, 'all of the owls', null, 'Hello!'],
      ['zone', null, 'all of the owls', 'UTC', 'Asia/Shanghai'],
    ])
    expect((await api.ask('PATCH', '/settings', { body: changes })).status).toBe(200)
    expect(await auditEntries(api.app, api.owls.communityId, 10, { actions: ['setting.changed'] })).toHaveLength(4)
    const back = await api.ask('PATCH', '/settings', { body: { welcome: null } })
    expect(back.body.data?.find(({ key }) => key === 'welcome')?.value).toBeNull()
  })

  test('one that cannot be so leaves all as they were, and each mistake is named with the code that chat has for it', async () => {
    await using api = await served(engine)
    const before = await settingsOf(api.app, api.owls.communityId)
    const wrong = {
      zone: 'Mars/Olympus',
      day_start: 25,
      'part.points': 'maybe',
      locale: 'zh-CN',
      welcome: 'x'.repeat(501),
    }
    const { status, body } = await api.ask('PATCH', '/settings', { body: wrong })
    expect([status, body.code]).toEqual([422, 'refusal.request.fields'])
    expect(Object.fromEntries((body.errors ?? []).map(({ field, code }) => [field, code]))).toEqual({
      zone: 'settings.zone.unknown',
      day_start: 'refusal.arg.most',
      'part.points': 'refusal.arg.choice',
      welcome: 'refusal.arg.long',
    })
    expect(await settingsOf(api.app, api.owls.communityId)).toEqual(before)
    expect(await auditEntries(api.app, api.owls.communityId, 10, { actions: ['setting.changed'] })).toEqual([])
    const unknown = await api.ask('PATCH', '/settings', { body: { zone: 'UTC', colour: 'blue', welcome: { a: 1 } } })
    expect(unknown.body.errors?.map(({ field, code }) => [field, code]).sort()).toEqual([
      ['colour', 'refusal.field.unknown'],
      ['welcome', 'refusal.field.other'],
    ])
  })
})
