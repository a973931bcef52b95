import type { App } from '#src/app.ts'
import { type Asker, type Community, defineCommand, item, type Member, member as memberArg } from '#src/chat/command.ts'
import { button, notice, plain, type Reply, success } from '#src/chat/reply.ts'
import { day, t } from '#src/chat/text.ts'
import { walk } from '#src/contributions.ts'
import { record } from '#src/features/activity/index.ts'
import { audit } from '#src/features/audit/index.ts'
import { todayOf } from '#src/features/days/index.ts'
import { type Link, linksOf, nameKnown, personOfLink, undoLink } from '#src/features/linking/index.ts'
import { memberOfPerson, memberships } from '#src/features/people/index.ts'
import { localDay } from '#src/lib/time.ts'

/** The links of a member, each with its button. */
function show(who: Member, links: readonly Link[], community: Community): Reply {
  return plain(
    { title: t('unlink.title', { who: who.name }) },
    {
      rows: links.map(({ accounts, at }) => ({
        label: accounts[0] ? nameKnown(accounts[0]) : t('unlink.title', { who: who.name }),
        value: t('unlink.since', { day: day(localDay(at, community.zone)) }),
      })),
    },
    t('unlink.explained'),
    ...links
      .slice(0, 5)
      .flatMap(({ mergeId, accounts: [first] }) =>
        first
          ? [
              button(
                t('unlink.undo', { name: first.known ? first.name : nameKnown(first) }),
                'unlink',
                { which: mergeId },
                { style: 'danger' },
              ),
            ]
          : [],
      ),
  )
}

/** Tells the accounts apart again, and writes that down in every community it concerns. */
async function undo(app: App, asker: Asker, who: Member, link: Link): Promise<Reply> {
  const before = await memberships(app, who.personId)
  if (!(await undoLink(app, walk, link.mergeId))) return notice(t('unlink.done.before'))
  const account = link.accounts[0]
  for (const { memberId, communityId } of before) {
    const { day: today } = await todayOf(app, memberId, asker.at)
    await audit(app, {
      communityId,
      by: { accountId: asker.accountId },
      action: 'link.undone',
      subject: memberId,
      before: { link: link.mergeId },
      after: null,
      at: asker.at,
    })
    await record(app, {
      kind: 'member.unlinked',
      memberId,
      accountId: account?.id ?? asker.accountId,
      communityId,
      subject: `${link.mergeId}:${memberId}`,
      day: today,
      at: asker.at,
    })
  }
  return success(t('unlink.done', { account: account ? nameKnown(account) : who.name }))
}

export const unlink = defineCommand({
  name: 'unlink',
  description: 'unlink.description',
  where: 'community',
  who: 'manager',
  reply: 'private',
  menu: 72,
  args: {
    member: memberArg('unlink.arg.member', { optional: true }),
    which: item('unlink.arg.which', { optional: true, max: 40, complete: async () => [] }),
  },
  async run(app, { asker, community, args }) {
    if (args.member) {
      const links = await linksOf(app, community.id, args.member.personId)
      return links.length > 0 ? show(args.member, links, community) : plain(t('unlink.none', { who: args.member.name }))
    }
    if (args.which === undefined) return plain(t('unlink.whom'))
    const found = await linkedHere(app, community.id, args.which)
    return found ? undo(app, asker, found.who, found.link) : notice(t('unlink.done.before'))
  },
})

/** The member of this community whom a link made what they are; null for links of people who are not members here. */
async function linkedHere(app: App, communityId: string, mergeId: string): Promise<{ who: Member; link: Link } | null> {
  const personId = await personOfLink(app, mergeId)
  const who = personId === null ? null : await memberOfPerson(app, communityId, personId)
  const link = who && (await linksOf(app, communityId, who.personId)).find(each => each.mergeId === mergeId)
  return who && link ? { who, link } : null
}
