/** `npm run apikey`: lets programs in over HTTP. Keys are made, listed and revoked here and nowhere else. */
import { parseArgs } from 'node:util'
import type { App } from '../app.ts'
import { prepareSchema } from '../db/migrate.ts'
import { type ApiKey, createKey, listKeys, revokeKey } from '../features/apikeys/index.ts'
import { listCommunities } from '../features/people/index.ts'
import { loadRoutes } from '../http/api/index.ts'
import { Problem } from '../lib/problem.ts'
import { withDatabase } from './open.ts'

const LONGEST_NAME = 60
const USAGE = `npm run apikey -- create --community ID --name "What it is for" --scopes members:read,points:write
npm run apikey -- list [--community ID]
npm run apikey -- revoke ID`

interface Options {
  readonly community?: string
  readonly name?: string
  readonly scopes?: string
}

const wrong = (what: string): Problem => new Problem(`${what}\n\n${USAGE}`)

function read(args: string[]): { command: string; operands: string[]; options: Options } {
  const text = { type: 'string' } as const
  const options = { community: text, name: text, scopes: text }
  try {
    const { values, positionals } = parseArgs({ args, options, strict: true, allowPositionals: true })
    const [command = '', ...operands] = positionals
    return { command, operands, options: values }
  } catch (error) {
    throw wrong(`${error instanceof Error ? error.message.split('. ')[0] : 'The options cannot be read'}.`)
  }
}

/** Every scope that a route asks for: what a key can be allowed. */
async function allScopes(): Promise<string[]> {
  return [...new Set((await loadRoutes()).map(route => route.scope))].sort()
}

async function communityOf(app: App, given: string | undefined): Promise<{ id: string; name: string }> {
  const communities = await listCommunities(app)
  if (communities.length === 0)
    throw new Problem('There is no community yet. Add the bot to a group or server first, then make a key for it.')
  const found = communities.find(({ id }) => id === given)
  if (found) return found
  const known = communities.map(({ id, name }) => `  ${id}  ${name}`).join('\n')
  const what =
    given === undefined ? 'Say for which community, with --community ID.' : `--community ${given} is none of these.`
  throw new Problem(`${what} There ${communities.length === 1 ? 'is' : 'are'}:\n${known}`)
}

async function scopesOf(given: string | undefined): Promise<string[]> {
  const known = await allScopes()
  const choose = `Choose among ${known.join(', ')}; several are separated by commas.`
  const scopes = [...new Set((given ?? '').split(/[\s,]+/).filter(Boolean))].sort()
  if (scopes.length === 0) throw new Problem(`Say what the key may do, with --scopes. ${choose}`)
  const unknown = scopes.filter(scope => !known.includes(scope))
  if (unknown.length > 0) throw new Problem(`There is no scope ${unknown.join(', ')}. ${choose}`)
  return scopes
}

function nameOf(given: string | undefined): string {
  const name = given?.trim() ?? ''
  if (name === '') throw new Problem('Say what the key is for, with --name "Our website".')
  if ([...name].length > LONGEST_NAME || /\p{Cc}/u.test(name))
    throw new Problem(`--name must be one line of at most ${LONGEST_NAME} characters.`)
  return name
}

async function create(app: App, options: Options): Promise<void> {
  const community = await communityOf(app, options.community)
  const name = nameOf(options.name)
  const scopes = await scopesOf(options.scopes)
  const { id, text } = await createKey(app, { communityId: community.id, name, scopes })
  console.log(text)
  console.log(`This is the key “${name}” (${id}) for ${community.name}: ${scopes.join(', ')}.`)
  console.log(`It is shown this once; keep it as you keep a password. “npm run apikey -- revoke ${id}” ends it.`)
}

const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 16).replace('T', ' ')

function lineOf(key: ApiKey): string {
  const used = key.lastUsedAt === null ? 'never used' : `last used ${dayOf(key.lastUsedAt)}`
  const state = key.revokedAt === null ? used : `revoked ${dayOf(key.revokedAt)}`
  return `  ${key.id}  ${key.name}: ${key.scopes.join(', ')} (made ${dayOf(key.createdAt)}, ${state})`
}

async function list(app: App, options: Options): Promise<void> {
  const chosen = options.community === undefined ? undefined : (await communityOf(app, options.community)).id
  const names = new Map((await listCommunities(app)).map(({ id, name }) => [id, name]))
  const keys = await listKeys(app, chosen)
  if (keys.length === 0) console.log('There are no keys yet. “npm run apikey -- create” makes one.')
  for (const [communityId, own] of Map.groupBy(keys, key => key.communityId)) {
    console.log(`${names.get(communityId) ?? 'A community that became part of another'} (${communityId})`)
    for (const key of own) console.log(lineOf(key))
  }
}

async function revoke(app: App, id: string | undefined): Promise<void> {
  if (id === undefined) throw wrong('Say which key, by its id: “npm run apikey -- list” shows them.')
  switch (await revokeKey(app, id)) {
    case 'revoked':
      console.log(`${id} is revoked. Whoever uses it is refused from now on.`)
      return
    case 'revoked-before':
      console.log(`${id} was revoked before. Nothing changed.`)
      return
    case 'unknown': {
      // Whoever pastes the key itself must not find it in a terminal's history of errors.
      const shown = id.startsWith('key') && id.length < 40 ? ` “${id}”` : ''
      throw new Problem(`There is no key with the id${shown}. “npm run apikey -- list” shows the ids.`)
    }
  }
}

await withDatabase(async ({ engine, app }) => {
  const { command, operands, options } = read(process.argv.slice(2))
  await prepareSchema(engine)
  if (command === 'create' && operands.length === 0) await create(app, options)
  else if (command === 'list' && operands.length === 0) await list(app, options)
  else if (command === 'revoke' && operands.length <= 1) await revoke(app, operands[0])
  else throw wrong(command === '' ? 'Say what to do.' : `“${[command, ...operands].join(' ')}” is nothing it can do.`)
  return 0
})
