/** What is said about links: by /link, by the deep link of a code, and to the account that issued one. */
import type { App } from '../../app.ts'
import { button, notice, plain, type Reply } from '../../chat/reply.ts'
import { type Text, t } from '../../chat/text.ts'
import { allows } from '../consents/index.ts'
import { enqueue } from '../outbox/index.ts'
import { privateAddresses } from '../people/index.ts'
import { roleName } from '../settings/index.ts'
import type { Trying } from './codes.ts'
import { type LinkedAccount, redeemLink } from './link.ts'
import type { Preview } from './preview.ts'

/** What `/start` gets before a code, when somebody follows a link with one. */
export const LINK_PAYLOAD = 'l_'

const platforms = {
  discord: 'platform.discord',
  telegram: 'platform.telegram',
  playground: 'platform.playground',
} as const

/** An account as its owner knows it. */
export const nameOf = ({ name, username, platform }: Pick<LinkedAccount, 'name' | 'username' | 'platform'>): Text =>
  username === null
    ? t('link.account', { name, platform: t(platforms[platform]) })
    : t('link.account.username', { name, username, platform: t(platforms[platform]) })

/** The same for staff of a community: an account that was never there is one on its platform, and no more. */
export const nameKnown = (account: LinkedAccount & { readonly known: boolean }): Text =>
  account.known ? nameOf(account) : t('link.account.elsewhere', { platform: t(platforms[account.platform]) })

/** What uniting two accounts would do, line by line; `first` is whose community numbers stand first. */
export function describe({ shared, single, staff }: Preview): Text[] {
  return [
    ...shared.map(({ community, days, both, points }) =>
      t('link.preview', {
        community,
        first: days[0],
        second: days[1],
        days: days[0] + days[1] - both,
        points: points[0],
        others: points[1],
      }),
    ),
    ...(shared.some(({ both }) => both > 0) ? [t('link.preview.both')] : []),
    ...single.map(community => t('link.preview.single', { community })),
    ...staff.map(({ community, role }) => t('link.preview.staff', { community, role: roleName(role) })),
  ]
}

const refusals = {
  unknown: 'link.unknown',
  own: 'link.own',
  'one-already': 'link.one-already',
  leaving: 'link.leaving',
  'too-many': 'link.too-many',
} as const

/** Redeems a code, once both accounts were seen, and says what comes next. A wrong code is an answer and no exception: the try has to be counted. */
export async function redeemed(app: App, code: string, trying: Trying, agreed = false): Promise<Reply> {
  const outcome = await redeemLink(app, code, trying, agreed)
  if (outcome.kind !== 'asked' && outcome.kind !== 'redeemed') return notice(t(refusals[outcome.kind]))
  const { issuer, redeemer, preview } = outcome
  if (outcome.kind === 'asked')
    return plain(
      { title: t('link.title') },
      t('link.ask', { issuer: nameOf(issuer), redeemer: nameOf(redeemer) }),
      ...describe(preview),
      t('link.warn'),
      button(t('link.mine'), 'link', { code, step: 'mine' }, { style: 'danger' }),
      button(t('link.no'), 'link', { code, step: 'no' }),
    )
  await tell(app, issuer.id, `link:${issuer.id}:${redeemer.id}:${app.clock.now()}`, [
    t('link.asked', { account: nameOf(redeemer) }),
  ])
  return plain({ title: t('link.title') }, t('link.redeemed', { issuer: nameOf(issuer) }))
}

/** Tells an account something privately, where it may be written to; it is never the only way to learn of it. */
export async function tell(app: App, accountId: string, source: string, lines: readonly Text[]): Promise<void> {
  if (!(await allows(app, accountId, 'service'))) return
  for (const { bot, platform, platformId, locale } of await privateAddresses(app, [accountId]))
    await enqueue(app, {
      bot,
      platform,
      to: { kind: 'person', platformId },
      reply: plain(...lines, button(t('link.check'), 'link', {}, { answer: 'new', style: 'primary' })),
      locale,
      askerId: platformId,
      class: 'service',
      source,
    })
}
