import type { App } from '#src/app.ts'
import { type Asker, defineCommand, item } from '#src/chat/command.ts'
import { button, notice, plain, type Reply, success } from '#src/chat/reply.ts'
import { span, type Text, t } from '#src/chat/text.ts'
import { walk } from '#src/contributions.ts'
import { record } from '#src/features/activity/index.ts'
import { todayOf } from '#src/features/days/index.ts'
import {
  cancelLinks,
  confirmLink,
  declineLink,
  describe,
  issueLink,
  LINK_PAYLOAD,
  nameOf,
  pendingLink,
  redeemed,
  tell,
} from '#src/features/linking/index.ts'
import { chatLinks, memberships } from '#src/features/people/index.ts'

const check = button(t('link.check'), 'link', { step: 'check' }, { style: 'primary' })
const fresh = button(t('link.new'), 'link', { step: 'new' })

/** A new code, and every way to redeem it. */
async function issue(app: App, asker: Asker): Promise<Reply> {
  const { code, expiresAt } = await issueLink(app, asker.accountId)
  const links: Text[] = []
  for (const { platform, url } of await chatLinks(app))
    if (platform !== asker.platform)
      links.push(t('link.open', { url: `${url}?start=${LINK_PAYLOAD}${code.replace('-', '')}` }))
  return plain(
    { title: t('link.title') },
    t('link.code', { code, left: span(expiresAt - app.clock.now()) }),
    ...links,
    t('link.type', { code }),
    t('link.then'),
    check,
    button(t('link.have'), 'redeem', {}, { answer: 'new' }),
  )
}

/** What became of the code so far. */
async function show(app: App, asker: Asker): Promise<Reply> {
  const pending = await pendingLink(app, asker.accountId)
  switch (pending.kind) {
    case 'none':
      return issue(app, asker)
    case 'waiting':
      return plain(
        { title: t('link.title') },
        t('link.waiting', { left: span(pending.expiresAt - app.clock.now()) }),
        check,
        fresh,
      )
    case 'redeemed':
      return plain(
        { title: t('link.title') },
        t('link.confirm', { account: nameOf(pending.redeemer) }),
        ...describe(pending.preview),
        t('link.warn'),
        t('link.confirm.undo'),
        button(t('link.yes'), 'link', { step: `yes-${pending.redeemer.id}` }, { style: 'danger' }),
        button(t('link.no'), 'link', { step: 'no' }),
      )
  }
}

async function confirm(app: App, asker: Asker, redeemedBy: string): Promise<Reply> {
  const outcome = await confirmLink(app, walk, asker.accountId, redeemedBy)
  if (outcome.kind === 'nothing') return notice(t('link.gone'), fresh)
  if (outcome.kind !== 'linked') return notice(t(`link.${outcome.kind}`))
  for (const { memberId, communityId } of await memberships(app, asker.personId)) {
    const { day } = await todayOf(app, memberId, asker.at)
    const subject = `${outcome.mergeId}:${memberId}`
    const { accountId } = asker
    await record(app, { kind: 'member.linked', memberId, accountId, communityId, subject, day, at: asker.at })
  }
  const account = nameOf(outcome.redeemer)
  await tell(app, outcome.redeemer.id, `linked:${outcome.mergeId}`, [t('link.done.other', { name: asker.name })])
  return success(
    t('link.done', { account }),
    button(t('link.streak'), 'streak', {}, { answer: 'new' }),
    button(t('me.open'), 'me', {}, { answer: 'new' }),
  )
}

export const link = defineCommand({
  name: 'link',
  description: 'link.description',
  where: 'anywhere',
  who: 'member',
  reply: 'private',
  cooldown: { uses: 20, seconds: 60 },
  menu: 62,
  args: {
    code: item('link.arg.code', { optional: true, max: 40, complete: async () => [] }),
    step: item('link.arg.step', { optional: true, max: 40, complete: async () => [] }),
  },
  async run(app, { asker, community, args }) {
    if (args.code !== undefined) {
      if (args.step === 'no') {
        await declineLink(app, args.code)
        return success(t('link.refused'))
      }
      const trying = { accountId: asker.accountId, communityId: community?.id ?? null }
      return redeemed(app, args.code, trying, args.step === 'mine')
    }
    const [step, redeemedBy] = (args.step ?? 'check').split('-')
    switch (step) {
      case 'new':
        return issue(app, asker)
      case 'no':
        await cancelLinks(app, asker.accountId)
        return success(t('link.refused'), fresh)
      case 'yes':
        return confirm(app, asker, redeemedBy ?? '')
      default:
        return show(app, asker)
    }
  },
})
