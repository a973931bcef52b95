import type { App } from '#src/app.ts'
import { type Asker, choice, defineCommand, item } from '#src/chat/command.ts'
import { Refusal } from '#src/chat/refusal.ts'
import { button, plain, type Reply } from '#src/chat/reply.ts'
import { type Text, t } from '#src/chat/text.ts'
import { allows, answerConsent, TOPICS, type Topic } from '#src/features/consents/index.ts'
import { type Account, accountsOf } from '#src/features/people/index.ts'
import { platformName } from '#src/features/settings/index.ts'

const topics = {
  service: 'notify.topic.service',
  reminders: 'notify.topic.reminders',
  news: 'notify.topic.news',
} as const
const meanings = {
  service: 'notify.means.service',
  reminders: 'notify.means.reminders',
  news: 'notify.means.news',
} as const
const settings = { on: 'notify.set.on', off: 'notify.set.off' } as const

/** Enough of an account's id to tell it from the others of one person; a button has no room for more. */
const REFERENCE_SIZE = 8
const referenceOf = ({ id }: Account): string => id.slice(-REFERENCE_SIZE)
/** As many as fit under one message on every platform. */
const MOST_ACCOUNTS = 8

const accountName = ({ platform, name }: Account): Text =>
  t('notify.account', { platform: platformName(platform), name })

/** Everything that may be written or not, and a button to change each. */
async function show(app: App, asker: Asker, ...saved: Text[]): Promise<Reply> {
  const accounts = (await accountsOf(app, asker.personId)).slice(0, MOST_ACCOUNTS)
  const states: Array<{ account: Account; topic: Topic; on: boolean }> = []
  for (const account of accounts)
    for (const topic of TOPICS) states.push({ account, topic, on: await allows(app, account.id, topic) })
  const closed = accounts.filter(({ platform, direct }) => platform !== 'discord' && !direct)
  return plain(
    { title: t('notify.title') },
    ...saved,
    ...TOPICS.map(topic => t(meanings[topic])),
    ...(accounts.some(({ platform }) => platform === 'discord') ? [t('notify.discord')] : []),
    ...closed.map(({ platform }) => t('notify.closed', { platform: platformName(platform) })),
    {
      rows: states.map(({ account, topic, on }) => ({
        label: t('notify.row', { topic: t(topics[topic]), account: accountName(account) }),
        value: t(settings[on ? 'on' : 'off']),
      })),
    },
    ...states.map(({ account, topic, on }) => {
      const names = { topic: t(topics[topic]), account: accountName(account) }
      const set = on ? 'off' : 'on'
      return button(t(`notify.button.${set}`, names), 'notify', { topic, set, account: referenceOf(account) })
    }),
  )
}

/** One of the asker's own accounts: by what a button carries, or by its name. */
async function accountMeant(app: App, asker: Asker, typed: string | undefined): Promise<Account> {
  const accounts = await accountsOf(app, asker.personId)
  const wanted = typed?.trim().toLowerCase()
  const found = accounts.filter(account =>
    wanted === undefined
      ? account.id === asker.accountId
      : [account.id, referenceOf(account), account.name.toLowerCase(), account.platform].includes(wanted),
  )
  const [only] = found
  if (!only || found.length > 1) throw new Refusal(t('notify.account.unknown', { typed: (typed ?? '').slice(0, 40) }))
  return only
}

export const notify = defineCommand({
  name: 'notify',
  description: 'notify.description',
  where: 'anywhere',
  who: 'member',
  reply: 'private',
  menu: 52,
  args: {
    topic: choice('notify.arg.topic', { options: topics, optional: true }),
    set: choice('notify.arg.set', { options: settings, optional: true }),
    account: item('notify.arg.account', {
      optional: true,
      complete: async (app, { asker }, typed) =>
        (await accountsOf(app, asker.personId))
          .filter(({ name, platform }) => `${platform} ${name}`.toLowerCase().includes(typed.toLowerCase()))
          .map(({ id, platform, name }) => ({ value: id, label: `${platform} (${name})` })),
    }),
  },
  async run(app, { asker, args }) {
    if (args.topic === undefined) return show(app, asker)
    const account = await accountMeant(app, asker, args.account)
    const set = args.set ?? 'on'
    await answerConsent(app, account.id, args.topic, set === 'on', asker.at)
    const names = { topic: t(topics[args.topic]), account: accountName(account) }
    return show(app, asker, t(`notify.saved.${set}`, names))
  },
})
