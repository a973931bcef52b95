import { expect, test } from 'vitest'
import type { Connection } from '#src/chat/port.ts'
import { receive } from '#src/features/inbox/index.ts'
import { tick } from '#src/jobs/ticker.ts'
import { HOUR, MINUTE } from '#src/lib/time.ts'
import { testApp } from '#test/support/app.ts'
import { forEachEngine } from '#test/support/engines.ts'

const DAY = 24 * HOUR

forEachEngine('once a minute', engine => {
  const event = (eventId: string, at: number) =>
    ({
      kind: 'happening',
      what: 'account-renamed',
      platform: 'telegram',
      bot: 'telegram:1',
      eventId,
      at,
      who: { platformId: '1', name: 'Ada' },
    }) as const

  test('old tokens are wiped, young ones stay', async () => {
    await using opened = await testApp(engine)
    const { app, clock } = opened
    await receive(app, event('old', clock.now()), 'token of the old one')
    clock.advance(15 * MINUTE - 1)
    await receive(app, event('young', clock.now()), 'token of the young one')
    await tick(app, [])
    expect(await app.db.selectFrom('inbox').select('token').where('token', 'is not', null).execute()).toHaveLength(2)
    clock.advance(1)
    await tick(app, [])
    const left = await app.db.selectFrom('inbox').select('event_id').where('token', 'is not', null).execute()
    expect(left).toEqual([{ event_id: 'young' }])
  })

  test('answered requests are forgotten after 30 days, unanswered ones never', async () => {
    await using opened = await testApp(engine)
    const { app, clock } = opened
    const answered = await receive(app, event('answered', clock.now()))
    await receive(app, event('unanswered', clock.now()))
    await app.engine.transaction(db =>
      db
        .updateTable('inbox')
        .set({ state: 'answered' })
        .where('id', '=', answered?.id ?? 0)
        .execute(),
    )
    clock.advance(30 * DAY)
    await tick(app, [])
    expect(await app.db.selectFrom('inbox').select('id').execute()).toHaveLength(2)
    clock.advance(1)
    await tick(app, [])
    expect(await app.db.selectFrom('inbox').select('event_id').execute()).toEqual([{ event_id: 'unanswered' }])
  })

  test('a duty that fails is logged and the others are done', async () => {
    await using opened = await testApp(engine)
    const recovered: string[] = []
    const connection = (bot: string, recover: () => Promise<number>) => ({ bot, recover }) as Connection
    await tick(opened.app, [
      connection('telegram:1', async () => Promise.reject(new Error('no line'))),
      connection('discord:2', async () => recovered.push('discord:2')),
    ])
    expect(recovered).toEqual(['discord:2'])
    expect(opened.lines.filter(line => line.level === 'error').map(line => line.message)).toEqual([
      'recovering telegram:1 failed; the next minute tries again',
    ])
  })
})
