/** Points: how many a member has, where every one of them came from, and giving some or taking some back. */
import { z } from '@hono/zod-openapi'
import type { App } from '../../../app.ts'
import { Refusal } from '../../../chat/refusal.ts'
import { t } from '../../../chat/text.ts'
import { award, awardsBehind, LONGEST_REASON, MOST_POINTS } from '../../../features/awards/index.ts'
import { balance, type HistoryRow, history } from '../../../features/points/index.ts'
import { day, instant, line, memberOf, memberParams, ownName, shape, written } from '../fields.ts'
import { onePage, pageOf, pageQuery } from '../page.ts'
import { defineRoute, RefusedAs } from '../route.ts'

const Balance = shape({
  points: z.int().openapi({ description: 'For life; they rank boards.' }),
  coins: z.int().openapi({ description: 'To be spent.' }),
}).openapi('Balance')

const Entry = shape({
  id: z.int(),
  unit: z.enum(['points', 'coins']),
  amount: z.int().openapi({ description: 'Negative takes away.' }),
  source: z.string().openapi({ description: 'What it is for; once per member.', example: 'award:quiz-7' }),
  reason: z
    .string()
    .nullable()
    .openapi({ description: 'In the words of whoever awarded it; null for what was no award.' }),
  day: day().openapi({ description: 'The member’s own: it decides the week and month it counts in.' }),
  at: instant(),
}).openapi('LedgerEntry')

/** Ledger entries as the API shows them: an award under the source that its sender chose. */
async function described(app: App, rows: readonly HistoryRow[]): Promise<z.input<typeof Entry>[]> {
  const awards = await awardsBehind(
    app,
    rows.map(row => row.source),
  )
  return rows.map(({ id, unit, amount, source, day, at }) => {
    const award = awards.get(source)
    return {
      ...{ id, unit, amount, day },
      source: award ? `award:${award.source}` : source,
      reason: award?.reason ?? null,
      at: written(at),
    }
  })
}

export const show = defineRoute({
  method: 'get',
  path: '/members/{member}/points',
  scope: 'points:read',
  tag: 'Points',
  summary: 'How many points and coins a member has',
  params: memberParams,
  answers: { 200: Balance },
  async run(app, context) {
    const member = await memberOf(app, context)
    const points = await balance(app, member.id, 'points')
    return { status: 200, body: { points, coins: await balance(app, member.id, 'coins') } }
  },
})

export const list = defineRoute({
  method: 'get',
  path: '/members/{member}/points/entries',
  scope: 'points:read',
  tag: 'Points',
  summary: 'A member’s ledger, the newest entry first',
  params: memberParams,
  query: z.strictObject(pageQuery('entries', 'number')),
  answers: { 200: pageOf(Entry) },
  async run(app, context) {
    const { limit, cursor } = context.query
    const member = await memberOf(app, context)
    const rows = await history(app, member.id, limit + 1, cursor)
    const { data, next } = onePage(context, 'entries', limit, rows, row => row.id)
    return { status: 200, body: { data: await described(app, data), next } }
  },
})

const Award = z
  .strictObject({
    amount: z
      .int()
      .min(-MOST_POINTS)
      .max(MOST_POINTS)
      .refine(amount => amount !== 0, { error: 'refusal.field.zero' })
      .openapi({ description: 'Whole points, not 0; negative takes some back, never below 0.' }),
    reason: line(LONGEST_REASON).openapi({
      description: 'The member reads it in their history. It goes when the member is forgotten.',
    }),
    source: ownName().openapi({
      description:
        'Your own name for what it is for; it counts once per member, ever. It stays for good: no names of people.',
    }),
  })
  .openapi('Award', { example: { amount: 50, reason: 'Best answer of the week', source: 'week-10-best-answer' } })

export const add = defineRoute({
  method: 'post',
  path: '/members/{member}/points/entries',
  scope: 'points:write',
  tag: 'Points',
  summary: 'Give points to a member, or take some back',
  description:
    'An award that was made before under the same source, with the same amount and reason, answers 200 with its entry; with another amount or reason it is refused with 409.',
  params: memberParams,
  body: Award,
  answers: { 201: Entry, 200: Entry },
  async run(app, context) {
    const { key, params, body } = context
    await memberOf(app, context)
    const by = { apiKeyId: key.id }
    const outcome = await award(app, { askedAs: params.member, ...body, by })
    switch (outcome.kind) {
      case 'awarded':
      case 'awarded-before': {
        const [entry] = await described(app, [outcome.entry])
        if (!entry) throw new Error('an entry that was booked could not be described')
        return outcome.kind === 'awarded' ? { status: 201, body: entry } : { status: 200, body: entry }
      }
      case 'source-taken': {
        const { amount, reason } = outcome
        throw new RefusedAs(409, t('refusal.award.source', { source: body.source, amount, reason: reason ?? '…' }))
      }
      case 'too-few':
        throw new Refusal(t('refusal.award.few', { points: outcome.points }))
    }
  },
})
