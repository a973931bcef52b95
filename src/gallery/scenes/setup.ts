/** What managers set up, and the record of it. */
import { type App, transaction } from '../../app.ts'
import { createKey, revokeKey } from '../../features/apikeys/index.ts'
import { type Action, audit } from '../../features/audit/index.ts'
import { award } from '../../features/awards/index.ts'
import { nameRole } from '../../features/people/index.ts'
import { book } from '../../features/points/index.ts'
import { join } from '../crowd.ts'
import type { Behind, Scene } from '../scene.ts'

const WELCOME = 'Read the pinned message first, then say hello.'

/** Points by hand, and some taken back. */
async function awards(app: App, { member }: Behind): Promise<void> {
  const [ada, mo] = [await member('ada'), await member('mo')]
  const to = { memberId: ada.memberId, askedAs: ada.memberId, communityId: ada.communityId }
  const by = { accountId: mo.accountId }
  await award(app, { ...to, by, amount: 50, reason: 'Best essay of the week', source: 'essay-9' })
  await award(app, { ...to, by, amount: -5, reason: 'Counted twice', source: 'essay-8' })
  const entry = { memberId: ada.memberId, communityId: ada.communityId, accountId: null, unit: 'points' } as const
  const at = app.clock.now()
  await transaction(app, inner =>
    book(inner, { ...entry, amount: -10, source: 'reversal:checkin:2026-03-04', day: '2026-03-04', at }),
  )
}

/** Keys of programs, and what a program changed. */
async function keys(app: App, { member }: Behind): Promise<void> {
  const { communityId } = await member('mo')
  const { id } = await createKey(app, { communityId, name: 'Course site', scopes: ['settings:write'] })
  const changed = { communityId, action: 'setting.changed', subject: 'zone', at: app.clock.now() } as const
  await transaction(app, inner => audit(inner, { ...changed, by: { apiKeyId: id }, before: null, after: 'Asia/Tokyo' }))
  await revokeKey(app, id)
}

/** What a newer version may have written, and what was written about people who are gone. */
async function unheardOf(app: App, { member }: Behind): Promise<void> {
  const { communityId, memberId } = await member('priya')
  const at = app.clock.now()
  await transaction(app, async inner => {
    for (const action of ['badge.given', 'member.forgotten', 'points.reversed'] as const)
      await audit(inner, {
        communityId,
        by: null,
        action: action as Action,
        subject: memberId,
        before: null,
        after: null,
        at,
      })
  })
}

/** More managers than an overview has room for. */
const crowd = (app: App, behind: Behind): Promise<unknown> =>
  join(app, behind, ['Amara', 'Jonas', 'Kenji', 'Li Jia', 'Siyuan', 'Sofía', 'Theo', 'Wanjiru', 'Yusuf'], 'manager')

export const setup: readonly Scene[] = [
  {
    id: 'setup.show',
    command: 'setup show',
    as: 'mo',
    steps: [{ say: '/setup' }],
  },
  {
    id: 'setup.show.changed',
    command: 'setup show',
    as: 'olga',
    steps: [
      { say: '/setup zone Europe/London', unseen: true },
      { say: '/setup channel announcements', unseen: true },
      { say: '/setup staff @lin role:reviewer', unseen: true },
      { say: '/setup parts part:boards turn:off', unseen: true },
      { say: `/setup welcome text:${WELCOME}`, unseen: true },
      { say: '/setup show' },
    ],
  },
  {
    id: 'setup.show.crowd',
    command: 'setup show',
    as: 'mo',
    steps: [
      {
        // From before anybody could say why; and by a program.
        behind: async (app, { member }) => {
          const { communityId } = await member('mo')
          await transaction(app, async inner => {
            await inner.db.updateTable('communities').set({ day_start: 3 }).where('id', '=', communityId).execute()
            const change = { communityId, action: 'setting.changed', subject: 'zone', at: app.clock.now() } as const
            await audit(inner, { ...change, by: null, before: null, after: 'Asia/Shanghai' })
          })
        },
      },
      { behind: crowd },
      { say: '/setup' },
    ],
  },
  {
    id: 'setup.zone',
    command: 'setup zone',
    as: 'mo',
    steps: [
      { say: '/setup zone' },
      { fill: { zone: 'Europe/London' } },
      { say: '/setup zone Europe/London' },
      { say: '/setup zone Atlantis' },
      { say: '/setup zone', unseen: true },
      { fill: { zone: null } },
    ],
  },
  {
    id: 'setup.language',
    command: 'setup language',
    as: 'mo',
    steps: [
      { say: '/setup language' },
      { say: '/setup language en', unseen: true },
      { say: '/setup language zh' },
      { say: '/setup language zh' },
    ],
  },
  {
    id: 'setup.day_start',
    command: 'setup day_start',
    as: 'mo',
    steps: [{ say: '/setup day_start' }, { press: 'setup.setting.day_start', nth: 4 }, { say: '/setup day_start 4' }],
  },
  {
    id: 'setup.parts',
    command: 'setup parts',
    as: 'mo',
    steps: [
      { say: '/setup parts' },
      { press: 'setup.parts.turn.off' },
      { press: 'setup.parts.turn.on' },
      { say: '/setup parts part:points turn:off' },
      { say: '/setup parts part:boards turn:off' },
      { say: '/setup parts part:welcome turn:off' },
      { say: '/setup parts part:welcome turn:off' },
      { say: '/setup parts part:welcome' },
    ],
  },
  {
    id: 'setup.channel',
    command: 'setup channel',
    as: 'mo',
    steps: [
      { say: '/setup channel' },
      { say: '/setup channel announcements' },
      { say: '/setup channel announcements' },
      { say: '/setup channel', unseen: true },
      { say: '/setup channel purpose:announcements use:none' },
      { say: '/setup channel purpose:announcements use:none' },
      { say: '/setup channel use:here' },
      { say: '/setup channel purpose:announcements use:Atlantis' },
      { say: '/setup channel staff', at: 'direct' },
      { say: '/setup channel', at: 'direct' },
    ],
  },
  {
    id: 'setup.channel.instead',
    command: 'setup channel',
    as: 'mo',
    steps: [
      { say: '/setup channel digest', unseen: true },
      {
        // The same group under another name, as when a topic takes the place of another.
        behind: app =>
          transaction(app, inner =>
            inner.db
              .updateTable('channels')
              .set({ title: 'lounge', chat: '{"id":"1","direct":false,"ephemeral":false}' })
              .execute(),
          ),
      },
      { say: '/setup channel digest' },
      { say: '/setup channel', at: 'direct' },
    ],
  },
  {
    id: 'setup.staff',
    command: 'setup staff',
    as: 'mo',
    steps: [
      { say: '/setup staff' },
      { say: '/setup staff @lin' },
      { fill: { role: 'reviewer' } },
      { say: '/setup staff @lin role:reviewer' },
      { say: '/setup staff @ada role:manager' },
      { say: '/setup staff' },
      { press: 'setup.staff.take.one' },
      { say: '/setup staff @priya role:none' },
      { say: '/setup staff @olga role:reviewer' },
      { say: '/setup staff @mo role:none' },
      { say: '/setup staff role:manager' },
      { say: '/setup staff @noor role:manager' },
    ],
  },
  {
    id: 'setup.staff.outranked',
    command: 'setup staff',
    as: 'mo',
    steps: [
      { say: '/setup staff @ada role:manager', unseen: true },
      { say: '/setup staff @lin role:manager', unseen: true },
      { say: '/setup staff @lin role:none', as: 'ada' },
    ],
  },
  {
    id: 'setup.staff.given',
    command: 'setup staff',
    as: 'olga',
    steps: [
      { say: '/setup staff @mo role:manager' },
      { say: '/setup staff @mo role:reviewer' },
      {
        behind: async (app, { member }) => {
          const { memberId } = await member('mo')
          await transaction(app, inner => nameRole(inner, memberId, 'reviewer'))
        },
      },
      { say: '/setup staff @tomas role:manager' },
      { say: '/setup staff' },
      { say: '/setup staff @mo role:none' },
      { say: '/setup staff @tomas role:none' },
    ],
  },
  {
    id: 'setup.welcome',
    command: 'setup welcome',
    as: 'mo',
    steps: [
      { say: '/setup welcome' },
      { fill: { text: WELCOME } },
      { say: '/setup welcome' },
      { press: 'setup.welcome.back' },
      { press: 'setup.parts.turn.off', unseen: true },
      { say: `/setup welcome ${WELCOME}` },
      { say: `/setup welcome use:standard text:${WELCOME}` },
    ],
  },
  {
    id: 'setup.sending',
    command: 'setup sending',
    as: 'mo',
    steps: [
      { say: '/setup sending' },
      { say: '/setup sending what:quiet value:21:30-07:00' },
      { say: '/setup sending what:news value:1/day 3/7d skip' },
      { say: '/setup sending what:quiet value:at night' },
      { say: '/setup sending what:service value:few' },
    ],
  },
  { id: 'audit.none', command: 'audit', as: 'mo', steps: [{ say: '/audit' }, { say: '/audit topic:keys' }] },
  {
    id: 'audit',
    command: 'audit',
    as: 'mo',
    days: { ada: [0, 1] },
    steps: [
      { say: '/setup zone Europe/London', unseen: true },
      { say: '/setup language en', unseen: true },
      { say: '/setup language zh', unseen: true },
      { say: '/setup day_start 4', unseen: true },
      { say: '/setup channel staff', unseen: true },
      { say: '/setup channel purpose:staff use:none', unseen: true },
      { say: '/setup staff @lin role:reviewer', unseen: true },
      { say: '/setup staff @lin role:none', unseen: true },
      { say: '/setup parts part:boards turn:off', unseen: true },
      { say: '/setup parts part:boards turn:on', unseen: true },
      { say: `/setup welcome ${WELCOME}`, unseen: true },
      { behind: awards },
      { behind: keys },
      { behind: unheardOf },
      { say: '/link', as: 'ada', at: 'direct', unseen: true },
      { say: '/link {code}', as: 'ada', at: 'other direct', unseen: true },
      { press: 'link.mine', as: 'ada', unseen: true },
      { say: '/link', as: 'ada', at: 'direct', unseen: true },
      { press: 'link.yes', unseen: true },
      { say: '/unlink @ada', unseen: true },
      { press: 'unlink.undo', unseen: true },
      { say: '/connect', unseen: true },
      { say: '/connect {code}', at: 'other group', unseen: true },
      { press: 'connect.yes', unseen: true },
      { say: '/connect', unseen: true },
      { press: 'connect.undo', unseen: true },
      { press: 'connect.part.yes', unseen: true },
      { say: '/audit' },
      { press: 'points.history.older' },
      { press: 'points.history.newest' },
      { say: '/audit to:1' },
      { say: '/audit @lin' },
      { say: '/audit topic:zone' },
      { say: '/points history', as: 'ada' },
    ],
  },
  {
    id: 'audit.narrowed',
    command: 'audit',
    as: 'mo',
    steps: [
      ...Array.from({ length: 6 }, () => [
        { say: '/setup staff @lin role:reviewer', unseen: true as const },
        { say: '/setup staff @lin role:none', unseen: true as const },
      ]).flat(),
      { say: '/audit @lin topic:staff' },
    ],
  },
]
