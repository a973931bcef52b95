import type { App } from '#src/app.ts'
import { type Asker, type Community, defineCommand, type Member, member as memberArg } from '#src/chat/command.ts'
import { Refusal } from '#src/chat/refusal.ts'
import { button, plain, type Reply } from '#src/chat/reply.ts'
import { day, list, type Text, t, zone } from '#src/chat/text.ts'
import { viewStreak } from '#src/features/checkin/index.ts'
import { todayOf } from '#src/features/days/index.ts'
import { accountsOf, communitiesOf, isHidden, memberOf } from '#src/features/people/index.ts'
import { balance } from '#src/features/points/index.ts'
import { type Profile, profileOf } from '#src/features/profiles/index.ts'
import { roleName } from '#src/features/settings/index.ts'
import { localDay } from '#src/lib/time.ts'

const PLATFORMS = { discord: 'Discord', telegram: 'Telegram', playground: 'Playground' } as const

/** What somebody says about themselves. */
const said = (name: string, { about, link, photo }: Profile) => [
  ...(about === null ? [] : [t('me.about', { about })]),
  ...(link === null ? [] : [t('me.link', { link })]),
  ...(photo === null ? [] : [{ picture: { kind: 'photo' as const, file: photo, alt: t('me.photo', { name }) } }]),
]

const isEmpty = ({ about, link, photo }: Profile): boolean => about === null && link === null && photo === null

/** Streak and points in one line, as far as the community has them. */
async function numbers(app: App, member: Member, community: Community, at: number): Promise<Text[]> {
  const streak = community.off.includes('checkin') ? null : await viewStreak(app, member.id, at)
  const total = community.off.includes('points') ? null : await balance(app, member.id, 'points')
  const points = total === null ? null : t('leaderboard.points', { points: total })
  if (streak && points) return [t('me.numbers', { count: streak.current, points })]
  if (streak) return [t('me.streak', { count: streak.current })]
  return points ? [points] : []
}

/** What there is to say about somebody as a member. */
async function membership(app: App, asker: Asker, member: Member, community: Community): Promise<Text[]> {
  const listed = await memberOf(app, community.id, member.id)
  const today = await todayOf(app, member.id, asker.at)
  const since = day(localDay(listed?.joinedAt ?? asker.at, today.zone, today.dayStart))
  const boards = !community.off.includes('boards')
  return [
    t('me.since', { community: community.name, day: since, role: roleName(asker.role) }),
    ...(await numbers(app, member, community, asker.at)),
    t('settings.zone', { zone: zone(today.zone) }),
    ...(boards ? [t((await isHidden(app, member.id)) ? 'settings.board.hidden' : 'settings.board.shown')] : []),
  ]
}

async function own(app: App, asker: Asker, member: Member | null, community: Community | null): Promise<Reply> {
  const profile = await profileOf(app, asker.personId)
  const accounts = await accountsOf(app, asker.personId)
  const communities = await communitiesOf(app, asker.personId)
  const aside = { answer: 'new' } as const
  return plain(
    { title: t('me.title', { name: asker.name }) },
    ...said(asker.name, profile),
    ...(isEmpty(profile) ? [t('me.empty')] : []),
    ...(member && community ? await membership(app, asker, member, community) : []),
    t('me.accounts', { accounts: list(accounts.map(({ platform, name }) => `${PLATFORMS[platform]} (${name})`)) }),
    ...(communities.length > 1
      ? [t('me.communities', { communities: list(communities.map(({ name }) => name)) })]
      : []),
    button(t('me.edit'), 'profile', {}, aside),
    button(t('me.notify'), 'notify', {}, aside),
    button(t('me.export'), 'export', {}, aside),
    button(t('me.forget'), 'forget', {}, aside),
  )
}

export const me = defineCommand({
  name: 'me',
  description: 'me.description',
  where: 'anywhere',
  who: 'member',
  reply: 'private',
  menu: 45,
  args: { member: memberArg('me.arg.member', { optional: true }) },
  async run(app, { asker, member, community, args }) {
    const other = args.member
    if (!other || other.personId === asker.personId) return own(app, asker, member, community)
    // Only people of the same community read each other's.
    if (!member || member.communityId !== other.communityId) throw new Refusal(t('refusal.where.no-community'))
    const profile = await profileOf(app, other.personId)
    return plain(
      { title: t('me.title', { name: other.name }) },
      ...said(other.name, profile),
      ...(isEmpty(profile) ? [t('me.empty.other', { name: other.name })] : []),
    )
  },
})
