// A database worth moving: the demo community with three weeks of history, and rows that are hard to move.
import { DEMO } from '#src/adapters/playground/cast.ts'
import { seedPlayground } from '#src/adapters/playground/seed.ts'
import { type App, transaction } from '#src/app.ts'

/** Whatever a row may hold. */
export const ODD_TEXT = `it's "quoted", \\back\\slashed, {braced},\nbroken\r\n\tand tabbed; 王小雨 🦉 é\u2028 null`

/** Fills the app's database. The inbox has given out three numbers and keeps two rows. */
export async function populate(app: App): Promise<void> {
  await seedPlayground(app, DEMO)
  await transaction(app, async ({ db }) => {
    await db.insertInto('meta').values({ key: 'odd', value: ODD_TEXT }).execute()
    await db.insertInto('meta').values({ key: 'empty', value: '' }).execute()
    // One that refers to a row of its own table which comes after it.
    const made = { locale: null, created_at: Number.MAX_SAFE_INTEGER }
    await db
      .insertInto('persons')
      .values({ ...made, id: 'per-earlier' })
      .execute()
    await db
      .insertInto('persons')
      .values({ ...made, id: 'per-later', created_at: -1 })
      .execute()
    await db.updateTable('persons').set({ merged_into: 'per-later' }).where('id', '=', 'per-earlier').execute()
    for (const event of ['one', 'two', 'three']) {
      const row = { bot: 'telegram:1', event_id: event, state: 'answered' as const, request: '{}' }
      await db
        .insertInto('inbox')
        .values({ ...row, received_at: 1 })
        .execute()
    }
    await db.deleteFrom('inbox').where('event_id', '=', 'three').execute()
  })
}
