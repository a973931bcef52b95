/** Settings: what the community decided, and deciding it. */
import { z } from '@hono/zod-openapi'
import type { App } from '../../../app.ts'
import { Refusal } from '../../../chat/refusal.ts'
import {
  changeSetting,
  type Effective,
  effective,
  SETTING_KEYS,
  type SettingKey,
} from '../../../features/settings/index.ts'
import { instant, shape, written } from '../fields.ts'
import { defineRoute, type FieldError, FieldsRefused } from '../route.ts'

const value = () => z.union([z.string(), z.int(), z.null()])

const Settings = shape({
  data: z.array(
    shape({
      key: z.enum(SETTING_KEYS as [SettingKey, ...SettingKey[]]),
      value: value(),
      source: z.enum(['default', 'configuration', 'start', 'decided']).openapi({
        description:
          'Why it is so: nobody decided; the installation says so; it was so when the community was first seen; staff or a program decided.',
      }),
      decided_at: instant().nullable(),
    }),
  ),
}).openapi('Settings')

const Changes = z
  .strictObject(
    Object.fromEntries(SETTING_KEYS.map(key => [key, value().optional()])) as Record<
      SettingKey,
      z.ZodOptional<ReturnType<typeof value>>
    >,
  )
  .openapi('SettingChanges', {
    example: { zone: 'Europe/London' },
    description: 'Those that are to be another than they are. Values are as GET /settings shows them.',
  })

function described({ key, value, source }: Effective) {
  const origin = {
    default: source.kind === 'default' && source.configured ? 'configuration' : 'default',
    start: 'start',
    set: 'decided',
  } as const
  return { key, value, source: origin[source.kind], decided_at: source.kind === 'set' ? written(source.at) : null }
}

const allOf = async (app: App, communityId: string) => ({ data: (await effective(app, communityId)).map(described) })

export const list = defineRoute({
  method: 'get',
  path: '/settings',
  scope: 'settings:read',
  tag: 'Settings',
  summary: 'Every setting in force, and why it is so',
  answers: { 200: Settings },
  async run(app, { key }) {
    return { status: 200, body: await allOf(app, key.communityId) }
  },
})

export const change = defineRoute({
  method: 'patch',
  path: '/settings',
  scope: 'settings:write',
  tag: 'Settings',
  summary: 'Decide settings, all that are named or none',
  body: Changes,
  answers: { 200: Settings },
  async run(app, { key, body }) {
    const decision = { communityId: key.communityId, by: { apiKeyId: key.id }, at: app.clock.now() }
    const errors: FieldError[] = []
    for (const name of SETTING_KEYS) {
      const given = body[name]
      if (given === undefined) continue
      try {
        await changeSetting(app, decision, name, given)
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        errors.push({ in: 'body', field: name, text: error.text })
      }
    }
    if (errors.length > 0) throw new FieldsRefused(errors)
    return { status: 200, body: await allOf(app, key.communityId) }
  },
})
