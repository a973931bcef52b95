import { choice, defineCommand, text } from '#src/chat/command.ts'
import { Refusal } from '#src/chat/refusal.ts'
import { button, form, plain, type Reply, success } from '#src/chat/reply.ts'
import { list, t } from '#src/chat/text.ts'
import { changeSetting, decisionOf, guildsWithout, MAX_WELCOME, welcomeOf } from '#src/features/settings/index.ts'

interface Shown {
  readonly on: boolean
  readonly text: string | null
  /** Where nothing is said. */
  readonly silent: readonly string[]
}

/** How newcomers are welcomed now. */
function shown(reply: typeof plain, { on, text: own, silent }: Shown): Reply {
  return reply(
    own === null ? t('setup.welcome.is.standard') : t('setup.welcome.is.own', { text: own }),
    ...(on ? [] : [t('setup.welcome.is.off')]),
    ...(on && silent.length > 0 ? [t('setup.welcome.silent', { places: list(silent) })] : []),
    button(t('setup.welcome.change'), 'setup welcome', {}, { answer: 'new' }),
    ...(own === null ? [] : [button(t('setup.welcome.back'), 'setup welcome', { use: 'standard' })]),
    on
      ? button(t('setup.parts.turn.off', { part: t('setup.part.welcome') }), 'setup parts', {
          part: 'welcome',
          turn: 'off',
        })
      : button(t('setup.parts.turn.on', { part: t('setup.part.welcome') }), 'setup parts', {
          part: 'welcome',
          turn: 'on',
        }),
    button(t('setup.button.overview'), 'setup show'),
  )
}

export const welcome = defineCommand({
  name: 'welcome',
  description: 'setup.welcome.description',
  where: 'community',
  who: 'manager',
  reply: 'private',
  opens: 'form',
  menu: 80,
  args: {
    use: choice('setup.arg.use', { options: { standard: 'setup.welcome.standard' }, optional: true }),
    text: text('setup.arg.text', { max: MAX_WELCOME, long: true, optional: true }),
  },
  async run(app, { asker, community, args, form: handed }) {
    const now = await welcomeOf(app, community.id)
    // A form that is handed in empty asks for the standard words, as an empty field says.
    if (args.text === undefined && args.use === undefined && handed === null)
      return form(t('setup.welcome.form'), 'setup welcome', ['text'], {
        values: now.text === null ? {} : { text: now.text },
      })
    if (args.text !== undefined && args.use !== undefined) throw new Refusal(t('setup.welcome.both'))
    const decision = decisionOf(community.id, asker)
    const change = await changeSetting(app, decision, 'welcome', args.text ?? null)
    const silent = await guildsWithout(app, community.id, 'welcome')
    return shown(change.kind === 'same' ? plain : success, { ...now, text: change.value, silent })
  },
})
