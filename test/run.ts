// `npm test`: runs the suite (arguments go to vitest: `npm test -- test/features`), then says what ran on what.
// The last line is the count alone.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseCLI, startVitest } from 'vitest/node'
import { closingLines } from './support/closing-lines.ts'
import { FACTS_VARIABLE, readFacts } from './support/facts.ts'

const folder = mkdtempSync(join(tmpdir(), 'muster-facts-'))
const factsFile = join(folder, 'facts.jsonl')
writeFileSync(factsFile, '')
process.env[FACTS_VARIABLE] = factsFile
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
// An ordered exit instead of the signal's own, so that temporary folders go; the PostgreSQL server follows by itself.
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => process.exit(128 + constants.signals[signal]))

const { filter, options } = parseCLI(['vitest', 'run', ...process.argv.slice(2)])
const config = join(import.meta.dirname, 'vitest.config.ts')
const vitest = await startVitest(filter, { ...options, config, configLoader: 'native', run: true, watch: false })
const closing = closingLines(
  vitest.state.getTestModules(),
  vitest.state.getUnhandledErrors().length,
  readFacts(factsFile),
)
await vitest.close()
console.log(`\n${closing.lines.join('\n')}`)
process.exit(closing.failed ? 1 : 0)
