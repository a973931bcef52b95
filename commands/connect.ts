import type { App } from '#src/app.ts'
import { defineCommand, item } from '#src/chat/command.ts'
import { button, notice, plain, type Reply, success } from '#src/chat/reply.ts'
import { day, list, span, t } from '#src/chat/text.ts'
import { walk } from '#src/contributions.ts'
import { connectionsOf, issueConnect, redeemConnect, undoConnection } from '#src/features/linking/index.ts'
import { localDay } from '#src/lib/time.ts'

interface By {
  readonly accountId: string
  readonly communityId: string
}
interface Here {
  readonly name: string
  readonly zone: string
}

/** A code for another place, and what is connected already. */
async function show(app: App, by: By, here: Here): Promise<Reply> {
  const { code, expiresAt } = await issueConnect(app, by)
  const connections = await connectionsOf(app, by.communityId)
  return plain(
    { title: t('connect.title', { community: here.name }) },
    t('connect.code', { code, left: span(expiresAt - app.clock.now()) }),
    t('connect.type', { code }),
    t('connect.stays', { community: here.name }),
    t('connect.ask.staff'),
    {
      rows: connections.map(({ name, at }) => ({
        label: t('connect.row', { community: name }),
        value: t('connect.since', { day: day(localDay(at, here.zone)) }),
      })),
    },
    ...connections
      .slice(0, 5)
      .map(({ id, name }) => button(t('connect.undo', { community: name }), 'connect', { step: `undo-${id}` })),
  )
}

const refusals = {
  unknown: 'connect.unknown',
  own: 'connect.own',
  'one-already': 'connect.one-already',
  'too-many': 'link.too-many',
} as const

async function redeem(app: App, by: By, code: string, confirmed: boolean): Promise<Reply> {
  const outcome = await redeemConnect(app, walk, code, by, confirmed)
  switch (outcome.kind) {
    case 'asked':
      return plain(
        { title: t('connect.ask', { from: outcome.from.name, into: outcome.into.name }) },
        t('connect.ask.members', { community: outcome.from.name, members: outcome.from.members }),
        t('connect.ask.members', { community: outcome.into.name, members: outcome.into.members }),
        t('connect.ask.effect', { from: outcome.from.name, into: outcome.into.name }),
        t('connect.ask.staff'),
        button(t('connect.yes'), 'connect', { code, step: 'yes' }, { style: 'danger' }),
      )
    case 'connected':
      return success(
        t('connect.done', { community: outcome.into.name, places: list(outcome.into.places) }),
        button(t('leaderboard.open'), 'leaderboard', {}, { answer: 'new' }),
      )
    default:
      return notice(t(refusals[outcome.kind]))
  }
}

/** Before parting: what would happen. */
async function askToPart(app: App, by: By, connectionId: string): Promise<Reply> {
  const connection = (await connectionsOf(app, by.communityId)).find(({ id }) => id === connectionId)
  if (!connection) return notice(t('connect.undone.before'))
  return plain(
    { title: t('connect.part', { community: connection.name }) },
    t('connect.part.effect', { places: list(connection.places), community: connection.name }),
    button(t('connect.part.yes'), 'connect', { step: `part-${connectionId}` }, { style: 'danger' }),
  )
}

export const connect = defineCommand({
  name: 'connect',
  description: 'connect.description',
  where: 'community',
  who: 'manager',
  reply: 'private',
  menu: 71,
  args: {
    code: item('connect.arg.code', { optional: true, max: 20, complete: async () => [] }),
    step: item('connect.arg.step', { optional: true, max: 40, complete: async () => [] }),
  },
  async run(app, { asker, community, args }) {
    const by = { accountId: asker.accountId, communityId: community.id }
    if (args.code !== undefined) return redeem(app, by, args.code, args.step === 'yes')
    const [step, id = ''] = (args.step ?? '').split('-')
    if (step === 'undo') return askToPart(app, by, id)
    if (step === 'part')
      return (await undoConnection(app, walk, id, by))
        ? success(t('connect.parted'))
        : notice(t('connect.undone.before'))
    return show(app, by, community)
  },
})
