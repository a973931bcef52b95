import type { App } from '#src/app.ts'
import { type Asker, type Community, defineCommand, whole } from '#src/chat/command.ts'
import { Refusal } from '#src/chat/refusal.ts'
import { button, plain, type Reply, success } from '#src/chat/reply.ts'
import { instant, list, t, zone } from '#src/chat/text.ts'
import { communitiesOf } from '#src/features/people/index.ts'
import { askToForget, type ForgetRequest, forgetState, GRACE_MS, keepAfterAll } from '#src/features/privacy/index.ts'
import { DAY_LENGTH } from '#src/lib/time.ts'

/** Confirms what the person has read; it names the latest request, so that it counts once. */
const confirm = (label: 'forget.confirm' | 'forget.again', latest: number) =>
  button(t(label), 'forget', { confirm: String(latest) }, { style: 'danger' })

async function explain(app: App, asker: Asker, latest: number): Promise<Reply> {
  const communities = await communitiesOf(app, asker.personId)
  return plain(
    { title: t('forget.title') },
    t('forget.deleted'),
    t('forget.stays'),
    communities.length > 0
      ? t('forget.access', { communities: list(communities.map(({ name }) => name)) })
      : t('forget.access.none'),
    t('forget.grace', { days: GRACE_MS / DAY_LENGTH }),
    t('forget.final'),
    confirm('forget.confirm', latest),
    button(t('me.export'), 'export', {}, { answer: 'new' }),
  )
}

function waiting(
  app: App,
  community: Community | null,
  sentence: 'forget.asked' | 'forget.waiting',
  { dueAt }: ForgetRequest,
): Reply {
  const where = community?.zone ?? app.defaults.zone
  return success(
    t(sentence, { at: instant(dueAt, where), zone: zone(where) }),
    t('forget.cancel.how'),
    button(t('forget.cancel'), 'forget'),
    button(t('me.export'), 'export', {}, { answer: 'new' }),
  )
}

export const forget = defineCommand({
  name: 'forget',
  description: 'forget.description',
  where: 'anywhere',
  who: 'member',
  reply: 'private',
  menu: 56,
  args: { confirm: whole('forget.arg.confirm', { min: 0, max: 999_999_999_999, optional: true }) },
  async run(app, { asker, community, args }) {
    if (args.confirm === undefined) {
      const called = await keepAfterAll(app, asker.personId, asker.at)
      const { latest } = await forgetState(app, asker.personId)
      return called ? success(t('forget.kept'), confirm('forget.again', latest)) : explain(app, asker, latest)
    }
    const outcome = await askToForget(app, asker, args.confirm, asker.at)
    switch (outcome.kind) {
      case 'asked':
        return waiting(app, community, 'forget.asked', outcome.request)
      case 'waiting':
        return waiting(app, community, 'forget.waiting', outcome.request)
      case 'outdated':
        throw new Refusal(t('refusal.old-button', { command: 'forget' }))
    }
  },
})
