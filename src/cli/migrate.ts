/** `npm run migrate`: brings the configured database to this version's schema. */
import { migrate } from '../db/migrate.ts'
import { withoutPassword } from '../lib/problem.ts'
import { withDatabase } from './open.ts'

await withDatabase(async ({ config, engine }) => {
  const applied = await migrate(engine)
  const where = withoutPassword(config.DATABASE_URL)
  console.log(applied.length === 0 ? `${where} is up to date.` : `${where}: applied ${applied.join(', ')}.`)
  return 0
})
