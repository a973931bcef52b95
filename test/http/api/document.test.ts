// The OpenAPI document: complete, sound, and the same as the one in docs/.
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { describe as documentOf } from '#src/http/api/document.ts'
import { engines } from '#test/support/engines.ts'
import { type Route, routes, served } from './harness.ts'

const PATH = join(import.meta.dirname, '../../../docs/openapi.json')

interface Operation {
  readonly summary?: string
  readonly security?: ReadonlyArray<{ key: readonly string[] }>
  readonly parameters?: ReadonlyArray<{ in: string; name: string }>
  readonly responses: Record<string, unknown>
}

test('docs/openapi.json is the document that is served; “npm test -- test/http/api/document.test.ts -u” writes it', async () => {
  const [sqlite] = engines
  if (!sqlite) throw new Error('SQLite is always there')
  await using api = await served(sqlite)
  const served31 = await fetch(`${api.url}/api/v1/openapi.json`, { headers: { authorization: `Bearer ${api.key}` } })
  await expect(await served31.text()).toMatchFileSnapshot(PATH)
})

test('it names every route, its scope, its parameters, and the way to repeat what changes something', () => {
  const document = JSON.parse(documentOf(routes)) as { paths: Record<string, Record<string, Operation>> }
  expect(Object.values(document.paths).flatMap(operations => Object.keys(operations))).toHaveLength(routes.length)
  for (const route of routes) {
    const operation = document.paths[route.path]?.[route.method]
    expect(operation?.security).toEqual([{ key: [route.scope] }])
    expect(operation?.summary).toBeTruthy()
    expect(Object.keys(operation?.responses ?? {})).toContain('default')
    const names = (operation?.parameters ?? []).filter(each => each.in === 'path').map(each => each.name)
    expect(names).toEqual([...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name))
    const repeatable =
      operation?.parameters?.some(each => each.in === 'header' && each.name === 'idempotency-key') ?? false
    expect(repeatable).toBe(route.method !== 'get')
  }
})

test('every reference in it leads somewhere', () => {
  const document: unknown = JSON.parse(documentOf(routes))
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path = '']) => path)
  expect(references.length).toBeGreaterThan(5)
  for (const reference of references) {
    const found = reference
      .split('/')
      .reduce<unknown>((at, name) => (typeof at === 'object' && at ? Reflect.get(at, name) : undefined), document)
    expect(found, reference).toBeDefined()
  }
})

test('a route that reads is a get, and only what asks for a write scope changes something', () => {
  const says = ({ scope }: Route) => scope.endsWith(':read')
  for (const route of routes) expect(route.method === 'get', `${route.method} ${route.path}`).toBe(says(route))
})
