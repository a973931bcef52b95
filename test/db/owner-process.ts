// Another process: becomes the owner of a bot if it can, says so, and stays until it is killed.
import { openEngine } from '#src/db/index.ts'

const [url = '', bot = ''] = process.argv.slice(2)
const engine = await openEngine(url)
const owned = await engine.own(bot)
process.send?.(owned !== null)
setInterval(() => {}, 60_000)
