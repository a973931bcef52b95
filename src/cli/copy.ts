/** `npm run copy -- --to URL`: copies the configured database into another, empty one, whichever engines they are on. */
import { copyRows, readyTarget, refuseUnreadySource } from '../db/copy.ts'
import { openEngine } from '../db/index.ts'
import { Problem, withoutPassword } from '../lib/problem.ts'
import { appOn, optionOf, withConfig } from './open.ts'
import { watchOn } from './progress.ts'
import { leftOf, proved, tableOf } from './report.ts'

const USAGE = 'npm run copy -- --to postgres://USER@HOST/NAME (or sqlite:PATH)'

await withConfig(async config => {
  const to = optionOf('to', USAGE)
  if (to === undefined) throw new Problem(`Say where the copy goes: ${USAGE}`)
  const from = `DATABASE_URL=${withoutPassword(config.DATABASE_URL)}`
  const shown = `--to ${withoutPassword(to)}`
  await using stack = new AsyncDisposableStack()
  const source = await openEngine(config.DATABASE_URL, { mustExist: true })
  stack.defer(() => source.close())
  await refuseUnreadySource(source, from)
  const target = await openEngine(to, { named: '--to ' })
  stack.defer(() => target.close())
  if ((await source.bulk.identity()) === (await target.bulk.identity()))
    throw new Problem(`${shown} is the very database that DATABASE_URL names. Name another, empty one.`)
  await readyTarget(target, shown)

  const watch = watchOn(process.stdout)
  stack.defer(() => watch.end())
  const copied = await source.bulk.read(rows => copyRows(rows, target.bulk, shown, watch))
  watch.end()
  for (const line of [tableOf(copied.sums), ...leftOf(copied)]) console.log(line)
  const good = await proved(appOn(target, config), console.log)
  if (good) console.log('Every count and checksum agrees, and every derived number follows from its source rows.')
  console.log(
    `Set DATABASE_URL=${withoutPassword(to)} to use it. The files folder (${config.FILES_DIR}) stays where it is.`,
  )
  return good ? 0 : 1
})
