// Another process: copies one database into another, and kills itself at a named point.
import { copyRows, readyTarget } from '#src/db/copy.ts'
import { openEngine } from '#src/db/index.ts'

const [from = '', to = '', point = ''] = process.argv.slice(2)
const die = (here: string): void => {
  if (here === point) process.kill(process.pid, 'SIGKILL')
}
const source = await openEngine(from)
const target = await openEngine(to)
await readyTarget(target, 'the target')
die('migrated')
const watch = {
  step: ({ doing, what }: { doing: string; what: string }) => die(`${doing} ${what}`),
  signal: new AbortController().signal,
}
await source.bulk.read(rows => copyRows(rows, target.bulk, 'the target', watch, async () => die('everything written')))
await source.close()
await target.close()
