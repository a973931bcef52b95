import type { App } from '#src/app.ts'
import { type Community, choice, defineCommand, PARTS, type Part } from '#src/chat/command.ts'
import { Refusal } from '#src/chat/refusal.ts'
import { button, plain, type Reply, success } from '#src/chat/reply.ts'
import { type Text, t } from '#src/chat/text.ts'
import {
  changeSetting,
  decisionOf,
  effective,
  settingName,
  settingValue,
  sourceText,
} from '#src/features/settings/index.ts'

const names = {
  checkin: 'setup.part.checkin',
  points: 'setup.part.points',
  boards: 'setup.part.boards',
  welcome: 'setup.part.welcome',
} as const
const switches = { on: 'setup.on', off: 'setup.off' } as const
/** What it means that a part is off. */
const off = {
  checkin: 'setup.parts.off.checkin',
  points: 'setup.parts.off.points',
  boards: 'setup.parts.off.boards',
  welcome: 'setup.parts.off.welcome',
} as const

/** Every part with its state, and a button that turns it the other way. */
async function list(app: App, community: Community, ...done: Text[]): Promise<Reply> {
  const states = (await effective(app, community.id)).filter(({ key }) => key.startsWith('part.'))
  const turn = PARTS.map(part => {
    const isOn = states.find(({ key }) => key === `part.${part}`)?.value === 'on'
    const label = t(isOn ? 'setup.parts.turn.off' : 'setup.parts.turn.on', { part: t(names[part]) })
    return button(label, 'setup parts', { part, turn: isOn ? 'off' : 'on' })
  })
  return (done.length > 0 ? success : plain)(
    { title: t('setup.parts.title') },
    ...done,
    {
      rows: states.map(({ key, value, source }) => ({
        label: t('setup.row', { name: settingName(key), value: settingValue(key, value) }),
        value: sourceText(source, community.zone),
      })),
    },
    ...turn,
    button(t('setup.button.overview'), 'setup show'),
  )
}

export const parts = defineCommand({
  name: 'parts',
  description: 'setup.parts.description',
  where: 'community',
  who: 'manager',
  reply: 'private',
  menu: 50,
  args: {
    part: choice('setup.arg.part', { options: names, optional: true }),
    turn: choice('setup.arg.turn', { options: switches, optional: true }),
  },
  async run(app, { asker, community, args }) {
    const { part, turn }: { part?: Part; turn?: 'on' | 'off' } = args
    if (part === undefined && turn === undefined) return list(app, community)
    if (part === undefined || turn === undefined) throw new Refusal(t('setup.parts.both'))
    const change = await changeSetting(app, decisionOf(community.id, asker), `part.${part}`, turn)
    const name = t(names[part])
    if (change.kind === 'same') return list(app, community, t('setup.parts.same', { part: name }))
    return list(app, community, turn === 'on' ? t('setup.parts.on', { part: name }) : t(off[part]))
  },
})
