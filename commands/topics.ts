import type { App } from '#src/app.ts'
import { type Asker, type Community, choice, defineCommand, type Member, text, whole } from '#src/chat/command.ts'
import { Refusal } from '#src/chat/refusal.ts'
import { button, plain, type Reply, type Row } from '#src/chat/reply.ts'
import { instant, list, type Text, t, zone } from '#src/chat/text.ts'
import { allows, answerConsent, TOPICS, type Topic } from '#src/features/consents/index.ts'
import { todayOf } from '#src/features/days/index.ts'
import { accountsOf } from '#src/features/people/index.ts'
import { choosePreferences, preferencesOf, quietHoursOf, readQuiet, writeQuiet } from '#src/features/policy/index.ts'

const topics = {
  service: 'notify.topic.service',
  reminders: 'notify.topic.reminders',
  news: 'notify.topic.news',
} as const
const switches = { on: 'notify.set.on', off: 'notify.set.off' } as const
/** Whoever names as many does not want a limit of their own. */
const NO_LIMIT = 50

/** Whether a topic is on for all accounts of a person, for some, or for none. */
async function stateOf(app: App, personId: string, topic: Topic): Promise<'on' | 'off' | 'partly'> {
  const accounts = await accountsOf(app, personId)
  let on = 0
  for (const { id } of accounts) if (await allows(app, id, topic)) on++
  return on === 0 ? 'off' : on === accounts.length ? 'on' : 'partly'
}

async function silences(app: App, member: Member, community: Community, at: number): Promise<Text[]> {
  const { quietHours, mostADay, snoozedUntil } = await preferencesOf(app, member.id)
  const hours = quietHours ?? (await quietHoursOf(app, community.id))
  const today = await todayOf(app, member.id, at)
  return [
    hours === 'off' ? t('topics.quiet.none') : t('topics.quiet', { hours, zone: zone(today.zone) }),
    ...(mostADay === null ? [] : [t('topics.most', { count: mostADay })]),
    ...(snoozedUntil !== null && snoozedUntil > at
      ? [t('topics.snoozed', { until: instant(snoozedUntil, today.zone) })]
      : []),
  ]
}

async function show(app: App, asker: Asker, member: Member, community: Community, saved: Text[]): Promise<Reply> {
  const rows: Row[] = []
  const buttons = []
  for (const topic of TOPICS) {
    const state = await stateOf(app, asker.personId, topic)
    const label = t(topics[topic])
    rows.push({ label, value: state === 'partly' ? t('topics.partly') : t(switches[state]) })
    const set = state === 'off' ? 'on' : 'off'
    buttons.push(
      button(set === 'on' ? t('topics.turn.on', { topic: label }) : t('topics.turn.off', { topic: label }), 'topics', {
        topic,
        set,
      }),
    )
  }
  return plain(
    { title: t('topics.title', { community: community.name }) },
    ...saved,
    ...(await silences(app, member, community, asker.at)),
    { rows },
    ...buttons,
    button(t('topics.each'), 'notify', {}, { answer: 'new' }),
    button(t('topics.snooze'), 'snooze', { days: '1' }, { answer: 'new' }),
  )
}

/** On is for the account in use, which is where they ask for it; off is for all of them. */
async function turn(app: App, asker: Asker, topic: Topic, set: 'on' | 'off'): Promise<Text> {
  const accounts = await accountsOf(app, asker.personId)
  const meant = accounts.filter(({ id }) => set === 'off' || id === asker.accountId)
  for (const { id } of meant) await answerConsent(app, id, topic, set === 'on', asker.at)
  return set === 'off'
    ? t('topics.saved.off', { topic: t(topics[topic]) })
    : t('topics.saved.on', { topic: t(topics[topic]), accounts: list(meant.map(({ name }) => name)) })
}

async function setQuiet(app: App, member: Member, typed: string, at: number): Promise<Text> {
  if (/^(standard|默认)$/i.test(typed.trim())) await choosePreferences(app, member.id, { quietHours: null }, at)
  else {
    const quiet = readQuiet(typed)
    if (quiet === undefined) throw new Refusal(t('topics.quiet.unknown', { typed }))
    await choosePreferences(app, member.id, { quietHours: writeQuiet(quiet) }, at)
  }
  return t('topics.saved.quiet')
}

export const topicsCommand = defineCommand({
  name: 'topics',
  description: 'topics.description',
  where: 'community',
  who: 'member',
  reply: 'private',
  menu: 53,
  args: {
    topic: choice('topics.arg.topic', { options: topics, optional: true }),
    set: choice('topics.arg.set', { options: switches, optional: true }),
    most: whole('topics.arg.most', { min: 0, max: NO_LIMIT, optional: true }),
    quiet: text('topics.arg.quiet', { max: 40, optional: true }),
  },
  async run(app, { asker, member, community, args }) {
    const saved: Text[] = []
    if (args.topic !== undefined) saved.push(await turn(app, asker, args.topic, args.set ?? 'on'))
    if (args.quiet !== undefined) saved.push(await setQuiet(app, member, args.quiet, asker.at))
    if (args.most !== undefined) {
      await choosePreferences(app, member.id, { mostADay: args.most === NO_LIMIT ? null : args.most }, asker.at)
      saved.push(t('topics.saved.most'))
    }
    return show(app, asker, member, community, saved)
  },
})
