/** `npm run verify`: recomputes every derived number from its source rows; `-- --repair` writes the recomputed ones. */
import { parseArgs } from 'node:util'
import { repairAll, verifyAll } from '../contributions.ts'
import { prepareSchema } from '../db/migrate.ts'
import { withDatabase } from './open.ts'

const { values } = parseArgs({ options: { repair: { type: 'boolean', default: false } }, strict: true })

await withDatabase(async ({ engine, app }) => {
  await prepareSchema(engine)
  const differences = await verifyAll(app)
  for (const { feature, what, stored, recomputed } of differences)
    console.log(`${feature}: ${what}: stored ${stored}, recomputed ${recomputed}`)
  if (differences.length === 0) {
    console.log('Every derived number follows from its source rows.')
    return 0
  }
  if (!values.repair) {
    console.log(
      `${differences.length} ${differences.length === 1 ? 'number differs' : 'numbers differ'}. "npm run verify -- --repair" writes the recomputed ones.`,
    )
    return 1
  }
  await repairAll(app)
  const left = (await verifyAll(app)).length
  console.log(left === 0 ? `Repaired ${differences.length}.` : `${left} still differ after the repair.`)
  return left === 0 ? 0 : 1
})
