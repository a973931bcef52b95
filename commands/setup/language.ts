import { choice, defineCommand } from '#src/chat/command.ts'
import { button, plain, success } from '#src/chat/reply.ts'
import { t } from '#src/chat/text.ts'
import { changeSetting, decisionOf, settingValue } from '#src/features/settings/index.ts'
import type { Locale } from '#src/lib/locale.ts'

const languages = { en: 'settings.choice.language.en', zh: 'settings.choice.language.zh' } as const
const locales: Record<keyof typeof languages, Locale> = { en: 'en', zh: 'zh-CN' }

export const language = defineCommand({
  name: 'language',
  description: 'setup.language.description',
  where: 'community',
  who: 'manager',
  reply: 'private',
  menu: 30,
  args: { language: choice('setup.arg.language', { options: languages, optional: true }) },
  async run(app, { asker, community, args }) {
    const overview = button(t('setup.button.overview'), 'setup show')
    if (args.language === undefined) {
      const others = (['en', 'zh'] as const)
        .filter(one => locales[one] !== community.locale)
        .map(one => button(t(languages[one]), 'setup language', { language: one }))
      const now = settingValue('locale', community.locale)
      return plain(t('setup.language.now', { language: now }), t('setup.language.means'), ...others, overview)
    }
    const change = await changeSetting(app, decisionOf(community.id, asker), 'locale', locales[args.language])
    const values = { language: settingValue('locale', change.value) }
    return change.kind === 'same'
      ? plain(t('setup.language.now', values), overview)
      : success(t('setup.language.saved', values), t('setup.language.means'), overview)
  },
})
