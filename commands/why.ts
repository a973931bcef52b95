import type { App } from '#src/app.ts'
import { type Asker, defineCommand, type Member, whole } from '#src/chat/command.ts'
import { type Button, button, notice, plain, type Reply } from '#src/chat/reply.ts'
import { instant, plainWriter, renderText, type Text, t } from '#src/chat/text.ts'
import { todayOf } from '#src/features/days/index.ts'
import { type Explained, explain, type Heard, lastHeard } from '#src/features/outbox/index.ts'
import { accountsOf } from '#src/features/people/index.ts'

/** As many earlier messages as are offered. */
const EARLIER = 8
const WORDS = 80
const FEW_WORDS = 30

/** The first words of a message, without markup. */
function wordsOf(reply: Reply, asker: Asker, most: number): string {
  const [first] = [reply.title, ...reply.lines].filter(text => text !== undefined)
  const said = first ? [...renderText(first, asker.locale, plainWriter)] : []
  return said.length > most ? `${said.slice(0, most).join('')}…` : said.join('')
}

const HELD = { quiet: 'why.held.quiet', snooze: 'why.held.snooze', cap: 'why.held.cap' } as const
const TOPICS = { reminders: 'notify.topic.reminders', news: 'notify.topic.news' } as const

/** What allowed it. */
function reason({ class: kind, topic, verdicts }: Explained): Text {
  const last = verdicts.findLast(verdict => verdict.kind === 'send')
  if (kind === 'transactional') return t('why.transactional')
  if (topic === 'reminders' || topic === 'news') return t('why.topic.asked', { topic: t(TOPICS[topic]) })
  return last?.because === 'asked' ? t('why.service.asked') : t('why.service.assumed')
}

/** What the send policy said, one line each time. */
function history({ class: kind, verdicts }: Explained, zone: string): Text[] {
  if (kind === 'transactional') return []
  return verdicts.flatMap(verdict => {
    const at = instant(verdict.at, zone)
    if (verdict.kind === 'send') return [t('why.sent', { at })]
    if (verdict.kind === 'skip' || !Object.hasOwn(HELD, verdict.rule)) return []
    return [t(HELD[verdict.rule as keyof typeof HELD], { at, until: instant(verdict.until, zone) })]
  })
}

function earlier(heard: readonly Heard[], asker: Asker): Button[] {
  return heard.map(({ id, reply }) => {
    const words = reply ? wordsOf(reply, asker, FEW_WORDS) : '…'
    return button(t('why.entry', { number: String(id), words }), 'why', { message: String(id) })
  })
}

const zoneOf = async (app: App, member: Member | null, at: number): Promise<string> =>
  member ? (await todayOf(app, member.id, at)).zone : app.defaults.zone

export const why = defineCommand({
  name: 'why',
  description: 'why.description',
  where: 'anywhere',
  who: 'member',
  reply: 'private',
  menu: 55,
  args: { message: whole('why.arg.message', { min: 1, max: Number.MAX_SAFE_INTEGER, optional: true }) },
  async run(app, { asker, member, args }) {
    const accountIds = (await accountsOf(app, asker.personId)).map(({ id }) => id)
    const heard = await lastHeard(app, accountIds, EARLIER)
    const id = args.message ?? heard[0]?.id
    if (id === undefined) return notice(t('why.none'))
    const found = await explain(app, accountIds, id)
    if (!found) return notice(t('why.unknown'))
    const zone = await zoneOf(app, member, asker.at)
    const others = earlier(
      heard.filter(one => one.id !== id),
      asker,
    )
    return plain(
      { title: t('why.title', { number: String(id), at: instant(found.at, zone) }) },
      found.reply ? t('why.said', { words: wordsOf(found.reply, asker, WORDS) }) : t('why.gone'),
      reason(found),
      ...history(found, zone),
      ...(found.state === 'unknown' ? [t('why.perhaps')] : []),
      ...(others.length === 0
        ? []
        : [
            {
              select: {
                placeholder: t('why.earlier'),
                options: others.map(each => ({ label: each.label, button: each })),
              },
            },
          ]),
    )
  },
})
