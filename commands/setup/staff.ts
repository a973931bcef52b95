import type { App } from '#src/app.ts'
import { type Community, choice, defineCommand, type Member, member, type Role } from '#src/chat/command.ts'
import { Refusal } from '#src/chat/refusal.ts'
import { button, form, notice, plain, type Reply, success } from '#src/chat/reply.ts'
import { type Text, t } from '#src/chat/text.ts'
import { staffOf } from '#src/features/people/index.ts'
import { type Naming, nameStaff, roleName, staffRow } from '#src/features/settings/index.ts'

const roles = { reviewer: 'role.reviewer', manager: 'role.manager', none: 'setup.staff.none' } as const
type Choice = keyof typeof roles
/** As many as a menu has entries. */
const MAX_MENU = 25

const list = (label: 'setup.button.staff' | 'setup.button.overview') =>
  button(t(label), label === 'setup.button.staff' ? 'setup staff' : 'setup show')

/** All the staff with what makes them that, and a menu to take named ones their role. */
async function show(app: App, community: Community, self: Member): Promise<Reply> {
  const staff = await staffOf(app, community.id)
  const named = staff.filter(one => one.named !== null && one.personId !== self.personId).slice(0, MAX_MENU)
  return plain(
    { title: t('setup.staff.title') },
    t('setup.staff.how'),
    { rows: staff.map(staffRow) },
    ...(named.length > 0
      ? [
          {
            select: {
              placeholder: t('setup.staff.take'),
              options: named.map(({ memberId, name }) => ({
                label: t('setup.staff.take.one', { name }),
                button: button(t('setup.staff.take'), 'setup staff', { member: memberId, role: 'none' }),
              })),
            },
          },
        ]
      : []),
    list('setup.button.overview'),
  )
}

/** What became of a wish, in words. */
function answer(naming: Naming, target: Member, wanted: Choice): Reply {
  const who = target.name
  const role = t(roles[wanted])
  switch (naming.kind) {
    case 'oneself':
      throw new Refusal(t('setup.staff.oneself'))
    case 'stranger':
      throw new Refusal(t('refusal.arg.member', { typed: who }))
    case 'outranked':
      throw new Refusal(t('setup.staff.outranked', { who }))
    case 'given':
      return notice(t('setup.staff.by-platform', { who, role: roleName(naming.given) }), list('setup.button.staff'))
    case 'same':
      return plain(
        wanted === 'none' ? t('setup.staff.same.none', { who }) : t('setup.staff.same', { who, role }),
        list('setup.button.staff'),
      )
    case 'changed':
      return success(
        ...(wanted === 'none' ? taken(target, naming.given) : made(target, wanted)),
        list('setup.button.staff'),
      )
  }
}

function taken({ name: who }: Member, given: Role): Text[] {
  const done = t('setup.staff.taken', { who })
  return given === 'member' ? [done] : [done, t('setup.staff.still', { who, role: roleName(given) })]
}

/** What the role brings; on Discord also where it is hidden, because Discord knows nothing of roles given here. */
function made({ name: who, mention }: Member, wanted: 'reviewer' | 'manager'): Text[] {
  const done = t('setup.staff.made', { who, role: t(roles[wanted]) })
  if (wanted === 'reviewer') return [done, t('setup.staff.may.reviewer')]
  const hidden = mention.ids.discord === undefined ? [] : [t('setup.staff.may.discord')]
  return [done, t('setup.staff.may.manager'), ...hidden]
}

export const staff = defineCommand({
  name: 'staff',
  description: 'setup.staff.description',
  where: 'community',
  who: 'manager',
  reply: 'private',
  opens: 'form',
  menu: 70,
  args: {
    member: member('setup.arg.member', { optional: true }),
    role: choice('setup.arg.role', { options: roles, optional: true }),
  },
  async run(app, { asker, member: self, community, args, form: handed }) {
    const { member: target, role } = args
    if (target === undefined) {
      if (role !== undefined) throw new Refusal(t('setup.staff.whom'))
      return show(app, community, self)
    }
    if (role === undefined) {
      if (handed) return show(app, community, self)
      return form(t('setup.staff.form', { who: target.name }), 'setup staff', ['role'], { args: { member: target.id } })
    }
    const by = { asker, communityId: community.id, memberId: self.id }
    return answer(await nameStaff(app, by, target, role === 'none' ? null : role), target, role)
  },
})
