/** `npm run bench [-- --only <id>] [--json]`: ours beside the best peer, in one run. Never a test: machines are noisy, ratios less so. */
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import type { Row } from './row.ts'

const BENCHES: Readonly<Record<string, () => Promise<{ run(): Promise<Row[]> }>>> = {
  checkin: () => import('./checkin.ts'),
  adapter: () => import('./adapter.ts'),
  start: () => import('./start.ts'),
  segment: () => import('./segment.ts'),
  outbox: () => import('./outbox.ts'),
  pacing: () => import('./pacing.ts'),
}

const { values } = parseArgs({
  options: { only: { type: 'string' }, json: { type: 'boolean', default: false } },
  strict: true,
})
const ids = values.only === undefined ? Object.keys(BENCHES) : values.only.split(',')
const unknown = ids.filter(id => !Object.hasOwn(BENCHES, id))
if (unknown.length > 0) {
  console.error(`There is no benchmark called ${unknown.join(', ')}. Known: ${Object.keys(BENCHES).join(', ')}.`)
  process.exit(1)
}

const rows: Row[] = []
for (const id of ids) {
  const started = performance.now()
  const bench = await BENCHES[id]?.()
  rows.push(...((await bench?.run()) ?? []))
  console.error(`${id}: ${((performance.now() - started) / 1000).toFixed(1)} s`)
}

const number = (value: number | null, unit: string) =>
  value === null ? '–' : `${value.toLocaleString('en', { maximumFractionDigits: value < 100 ? 2 : 0 })} ${unit}`
console.log(`Node ${process.versions.node}, ${availableParallelism()} cores, ${process.platform} ${process.arch}\n`)
console.log('| what | ours | peer | ratio | n |')
console.log('|---|---|---|---|---|')
for (const row of rows) {
  const peer = `${number(row.peer, row.unit)} (${row.peerName})`
  console.log(
    `| ${row.what} | ${number(row.ours, row.unit)} | ${peer} | ${row.ratio ?? `– ${row.why ?? ''}`} | ${row.n} |`,
  )
}
if (values.json) console.log(JSON.stringify(rows))
// Pools and workers of a bench that failed half-way must not keep the process alive.
process.exit(0)
