/**
 * Reduces Discord's official OpenAPI document to what the fake checks: the routes a community bot calls and the
 * shape of their request bodies.
 *
 *     node test/fakes/discord/build-routes.ts path/to/openapi.json
 *
 * The document is github.com/discord/discord-api-spec (MIT); vendor/LICENSE travels with the result.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import type { Route, Schema } from './schema.ts'

const WANTED: Record<string, string[]> = {
  '/gateway': ['get'],
  '/gateway/bot': ['get'],
  '/applications/@me': ['get'],
  '/oauth2/applications/@me': ['get'],
  '/applications/{application_id}/commands': ['get', 'put', 'post'],
  '/applications/{application_id}/commands/{command_id}': ['get', 'patch', 'delete'],
  '/applications/{application_id}/guilds/{guild_id}/commands': ['get', 'put', 'post'],
  '/applications/{application_id}/guilds/{guild_id}/commands/{command_id}': ['get', 'patch', 'delete'],
  '/interactions/{interaction_id}/{interaction_token}/callback': ['post'],
  '/webhooks/{webhook_id}/{webhook_token}': ['post'],
  '/webhooks/{webhook_id}/{webhook_token}/messages/@original': ['get', 'patch', 'delete'],
  '/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}': ['get', 'patch', 'delete'],
  '/users/@me': ['get'],
  '/users/@me/channels': ['post'],
  '/users/@me/guilds': ['get'],
  '/users/@me/guilds/{guild_id}': ['delete'],
  '/users/{user_id}': ['get'],
  '/channels/{channel_id}': ['get'],
  '/channels/{channel_id}/typing': ['post'],
  '/channels/{channel_id}/messages': ['get', 'post'],
  '/channels/{channel_id}/messages/{message_id}': ['get', 'patch', 'delete'],
  '/channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/@me': ['put', 'delete'],
  '/guilds/{guild_id}': ['get'],
  '/guilds/{guild_id}/channels': ['get'],
  '/guilds/{guild_id}/roles': ['get', 'post'],
  '/guilds/{guild_id}/roles/{role_id}': ['get'],
  '/guilds/{guild_id}/members': ['get'],
  '/guilds/{guild_id}/members/{user_id}': ['get'],
  '/guilds/{guild_id}/members/{user_id}/roles/{role_id}': ['put', 'delete'],
}

/** Schemas the rules read although no route refers to them. */
const EXTRA = ['AvailableLocalesEnum']

const KEEP = [
  'type',
  'enum',
  'required',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'minimum',
  'maximum',
  'maxProperties',
  'uniqueItems',
] as const

type SpecNode = { [key: string]: unknown; $ref?: string; const?: unknown }

const nameOf = (ref: string) => ref.slice(ref.lastIndexOf('/') + 1)

/** One node of the document, without prose; every schema it refers to is added to `seen`. */
function reduce(node: SpecNode, seen: Set<string>): Schema {
  if (node.$ref !== undefined) {
    seen.add(nameOf(node.$ref))
    return nameOf(node.$ref)
  }
  const out: Exclude<Schema, string> = {}
  for (const key of KEEP) if (node[key] !== undefined) Object.assign(out, { [key]: node[key] })
  if (node.format === 'snowflake' || node.format === 'date-time' || node.format === 'uri') out.format = node.format
  const alternatives = (node.oneOf ?? node.anyOf) as SpecNode[] | undefined
  if (alternatives?.every(one => one.const !== undefined)) out.enum = alternatives.map(one => one.const as string)
  else if (alternatives) out.any = alternatives.map(one => reduce(one, seen))
  if (node.properties) {
    const properties = Object.entries(node.properties as Record<string, SpecNode>)
    out.properties = Object.fromEntries(properties.map(([key, value]) => [key, reduce(value, seen)]))
  }
  if (node.items) out.items = reduce(node.items as SpecNode, seen)
  if (typeof node.additionalProperties === 'object') out.values = reduce(node.additionalProperties as SpecNode, seen)
  return out
}

/** Where the document says something a bot on the real server does not meet. */
function correct(schemas: Record<string, Schema>): void {
  const object = (name: string) => {
    const schema = schemas[name]
    if (typeof schema !== 'object' || !schema.properties) throw new Error(`no object schema ${name} in the document`)
    return schema.properties
  }
  // 4000 is for people with a subscription; a bot gets 2000.
  for (const name of ['MessageCreateRequest', 'MessageEditRequestPartial'])
    object(name).content = { type: ['string', 'null'], maxLength: 2000 }
  for (const name of ['Create', 'Update', 'PatchRequestPartial'].map(kind =>
    kind === 'PatchRequestPartial' ? `ApplicationCommand${kind}` : `ApplicationCommand${kind}Request`,
  )) {
    // A permission bitfield travels as a decimal string, and the documented `nsfw` is missing from the document.
    object(name).default_member_permissions = { type: ['string', 'integer', 'null'] }
    object(name).nsfw = { type: ['boolean', 'null'] }
  }
}

const [source] = process.argv.slice(2)
if (!source) throw new Error('usage: node test/fakes/discord/build-routes.ts path/to/openapi.json')
const spec = JSON.parse(readFileSync(source, 'utf8'))
const seen = new Set<string>(EXTRA)
const routes: Route[] = []
for (const [path, methods] of Object.entries(WANTED)) {
  for (const method of methods) {
    const operation = spec.paths[path]?.[method]
    if (!operation) throw new Error(`the document has no ${method.toUpperCase()} ${path}`)
    const content = operation.requestBody?.content
    const answer = operation.responses['200']?.content?.['application/json']?.schema
    const json = content?.['application/json']?.schema
    routes.push({
      method: method.toUpperCase(),
      path,
      ...(json && { body: reduce(json, seen) }),
      ...(content?.['multipart/form-data'] && { files: true as const }),
      ...(answer && { answer: reduce(answer, seen) }),
    })
  }
}
const schemas: Record<string, Schema> = {}
// A Set grows while it is walked, so this visits everything reachable.
for (const name of seen) schemas[name] = reduce(spec.components.schemas[name], seen)
correct(schemas)
const lines = (entries: [string, unknown][]) =>
  entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',\n')
const text = `{"routes":[\n${routes.map(route => JSON.stringify(route)).join(',\n')}\n],\n"schemas":{\n${lines(Object.entries(schemas).sort())}\n}}\n`
writeFileSync(new URL('./vendor/routes.json', import.meta.url), text)
console.log(`${routes.length} routes, ${Object.keys(schemas).length} schemas, ${text.length} bytes`)
