import { defineCommand, whole } from '#src/chat/command.ts'
import { button, plain } from '#src/chat/reply.ts'
import { day, type Text, t } from '#src/chat/text.ts'
import { type AwardBehind, awardsBehind } from '#src/features/awards/index.ts'
import { CHECKIN_POINTS, history as readHistory } from '#src/features/points/index.ts'

const PAGE = 10

/** What an entry was for, from its source. */
function reason(source: string, on: string, awards: ReadonlyMap<string, AwardBehind>, amount = 0): Text {
  // Two accounts of one person had checked in for one day; or they were told apart again.
  if (source.startsWith('merge:')) return t(amount < 0 ? 'points.reason.once' : 'points.reason.again', { day: day(on) })
  const reversed = /^reversal:(.+)$/.exec(source)?.[1]
  if (reversed) return t('points.reason.reversal', { reason: reason(reversed, on, awards) })
  const award = awards.get(source)
  if (award) return t('points.reason.award', { reason: award.reason ?? award.source })
  return t('points.reason.checkin', { day: day(/(\d{4}-\d{2}-\d{2})$/.exec(source)?.[1] ?? on) })
}

export const history = defineCommand({
  name: 'history',
  description: 'points.history.description',
  where: 'community',
  who: 'member',
  reply: 'private',
  menu: 20,
  part: 'points',
  args: { before: whole('points.history.arg.before', { min: 1, max: 999_999_999_999, optional: true }) },
  async run(app, { member, args }) {
    const rows = await readHistory(app, member.id, PAGE + 1, args.before)
    if (rows.length === 0 && args.before === undefined)
      return plain(t('points.history.empty', { points: CHECKIN_POINTS }))
    const page = rows.slice(0, PAGE)
    const last = page.at(-1)
    const awards = await awardsBehind(
      app,
      page.map(row => row.source.replace(/^(reversal:)+/, '')),
    )
    return plain(
      { title: t('points.history.title') },
      {
        rows: page.map(row => ({
          label: t('points.history.row', {
            sign: row.amount < 0 ? '−' : '+',
            amount: Math.abs(row.amount),
            reason: reason(row.source, row.day, awards, row.amount),
          }),
        })),
      },
      ...(rows.length > PAGE && last
        ? [button(t('points.history.older'), 'points history', { before: String(last.id) })]
        : []),
      ...(args.before !== undefined ? [button(t('points.history.newest'), 'points history')] : []),
    )
  },
})
