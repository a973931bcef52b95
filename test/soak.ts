// `npm run soak [-- --seconds 60]`: two processes under mixed load on one database, killed with -9 again and again; then every derived
// number must follow from its source rows. Runs on both engines.
import { type ChildProcess, fork } from 'node:child_process'
import { parseArgs } from 'node:util'
import { findPostgres, newDatabase } from '../bench/community.ts'
import { soak } from './support/soaking.ts'

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '60' } }, strict: true })
const seconds = Number(values.seconds)
if (!Number.isFinite(seconds) || seconds <= 0) {
  console.error(`--seconds ${values.seconds} is not a number of seconds.`)
  process.exit(1)
}

const postgres = await findPostgres()
let failed = 0
for (const server of [undefined, 'url' in postgres ? postgres.url : null]) {
  if (server === null) {
    console.log(`PostgreSQL did not run: ${'why' in postgres ? postgres.why : ''}`)
    failed++
    continue
  }
  await using database = await newDatabase(server)
  const result = await soak({
    url: database.url,
    seconds,
    spawn: args => fork(new URL('./soak-worker.ts', import.meta.url), args) as ChildProcess,
  })
  console.log(
    `${result.engine}: ${result.requests} requests, ${result.kills} kills, ${result.recovered} recovered, ${result.checkins} check-ins over ${result.days} days; ` +
      `${result.differences.length === 0 ? 'every number follows' : `${result.differences.length} DIFFER`}`,
  )
  for (const difference of result.differences.slice(0, 20)) console.log(difference)
  if (result.differences.length > 0 || result.checkins === 0) failed++
}
process.exit(failed === 0 ? 0 : 1)
