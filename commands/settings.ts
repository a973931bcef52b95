import type { App } from '#src/app.ts'
import { type Asker, choice, defineCommand, item, type Member, whole } from '#src/chat/command.ts'
import { Refusal } from '#src/chat/refusal.ts'
import { button, plain, type Reply, success } from '#src/chat/reply.ts'
import { instant, type Text, t, zone } from '#src/chat/text.ts'
import { changeDays, todayOf } from '#src/features/days/index.ts'
import { isHidden, localeOf, setHidden, setLocale } from '#src/features/people/index.ts'
import { LATEST_DAY_START, oclock } from '#src/features/settings/index.ts'
import type { Locale } from '#src/lib/locale.ts'
import { canonicalZone, searchZones } from '#src/lib/zones.ts'

const languages = {
  auto: 'settings.choice.language.auto',
  en: 'settings.choice.language.en',
  zh: 'settings.choice.language.zh',
} as const
const boards = { shown: 'settings.choice.board.shown', hidden: 'settings.choice.board.hidden' } as const
const locales: Record<Exclude<keyof typeof languages, 'auto'>, Locale> = { en: 'en', zh: 'zh-CN' }

async function changeZone(app: App, member: Member, asker: Asker, typed: string): Promise<Text> {
  const wanted = canonicalZone(typed)
  if (wanted === null) throw new Refusal(t('settings.zone.unknown', { typed: typed.slice(0, 40) }))
  const change = await changeDays(app, member.id, { zone: wanted }, asker.at)
  switch (change.kind) {
    case 'same':
      return t('settings.saved.zone.same', { zone: zone(wanted) })
    case 'now':
      return t('settings.saved.zone', { zone: zone(wanted) })
    case 'next-day':
      return t('settings.saved.zone.next', {
        zone: zone(wanted),
        at: instant(change.fromAt, change.currentZone),
        current: zone(change.currentZone),
      })
  }
}

async function changeDayStart(app: App, member: Member, asker: Asker, hour: number): Promise<Text> {
  const change = await changeDays(app, member.id, { dayStart: hour }, asker.at)
  return t(change.kind === 'next-day' ? 'settings.saved.day.next' : 'settings.saved.day', { hour: oclock(hour) })
}

/** Every setting as it is in force, and what is waiting to change. */
async function show(app: App, member: Member, asker: Asker): Promise<Reply> {
  const today = await todayOf(app, member.id, asker.at)
  const pending = today.rules.find(rule => rule.fromAt > asker.at)
  const chosen = await localeOf(app, asker.personId)
  const hidden = await isHidden(app, member.id)
  const language = t((chosen ?? asker.appLocale) === 'en' ? languages.en : languages.zh)
  return plain(
    { title: t('settings.title') },
    pending && pending.zone !== today.zone
      ? t('settings.zone.pending', {
          zone: zone(today.zone),
          next: zone(pending.zone),
          at: instant(pending.fromAt, today.zone),
        })
      : t('settings.zone', { zone: zone(today.zone) }),
    pending && pending.dayStart !== today.dayStart
      ? t('settings.day_start.pending', { hour: oclock(today.dayStart), next: oclock(pending.dayStart) })
      : t('settings.day_start', { hour: oclock(today.dayStart) }),
    chosen ? t('settings.language', { language }) : t('settings.language.auto', { language }),
    t(hidden ? 'settings.board.hidden' : 'settings.board.shown'),
    { footer: t('settings.help') },
    button(t(languages.en), 'settings', { language: 'en' }),
    button(t(languages.zh), 'settings', { language: 'zh' }),
    hidden
      ? button(t(boards.shown), 'settings', { board: 'shown' })
      : button(t(boards.hidden), 'settings', { board: 'hidden' }),
  )
}

export const settings = defineCommand({
  name: 'settings',
  description: 'settings.description',
  where: 'community',
  who: 'member',
  reply: 'private',
  menu: 50,
  args: {
    zone: item('settings.arg.zone', {
      optional: true,
      complete: async (_app, _asker, typed) =>
        searchZones(typed, 25).map(value => ({ value, label: value.replaceAll('_', ' ') })),
    }),
    language: choice('settings.arg.language', { options: languages, optional: true }),
    board: choice('settings.arg.board', { options: boards, optional: true }),
    day_start: whole('settings.arg.day_start', { min: 0, max: LATEST_DAY_START, optional: true }),
  },
  async run(app, { asker, member, args }) {
    const saved: Text[] = []
    let locale = asker.locale
    if (args.zone !== undefined) saved.push(await changeZone(app, member, asker, args.zone))
    if (args.day_start !== undefined) saved.push(await changeDayStart(app, member, asker, args.day_start))
    if (saved.some(({ key }) => key === 'settings.saved.zone.next' || key === 'settings.saved.day.next'))
      saved.push(t('settings.saved.whole'))
    if (args.board !== undefined) {
      await setHidden(app, member.id, args.board === 'hidden', asker.at)
      saved.push(t(args.board === 'hidden' ? 'settings.saved.board.hidden' : 'settings.saved.board.shown'))
    }
    if (args.language !== undefined) {
      const chosen = args.language === 'auto' ? null : locales[args.language]
      await setLocale(app, asker.personId, chosen)
      locale = chosen ?? asker.appLocale
      saved.push(t(chosen ? 'settings.saved.language' : 'settings.saved.language.auto'))
    }
    if (saved.length === 0) return show(app, member, asker)
    return { ...success(...saved, button(t('settings.title'), 'settings')), locale }
  },
})
