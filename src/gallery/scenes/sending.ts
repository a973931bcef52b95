/** What Muster sends by itself: which topics, when, how often, and why it did. */
import { type App, transaction } from '../../app.ts'
import { plain } from '../../chat/reply.ts'
import { t } from '../../chat/text.ts'
import { enqueue, type Message } from '../../features/outbox/index.ts'
import { DAY_LENGTH, HOUR } from '../../lib/time.ts'
import type { Behind, Scene, Step } from '../scene.ts'

/** Something is to be said to Ada privately. */
const queued =
  (more: Partial<Message> = {}) =>
  async (app: App, stage: Behind): Promise<void> => {
    const { memberId } = await stage.member('ada')
    const platformId = stage.idOf('ada')
    await transaction(app, inner =>
      enqueue(inner, {
        bot: stage.bot,
        platform: stage.platform,
        to: { kind: 'person', platformId },
        reply: plain(t('checkin.note', { note: 'The course begins on Monday.' })),
        locale: 'en',
        askerId: platformId,
        class: 'marketing',
        source: app.ids('sce'),
        memberId,
        ...more,
      }),
    )
  }
const say = (line: string): Step => ({ say: line, unseen: true })

export const sending: readonly Scene[] = [
  {
    id: 'topics',
    command: 'topics',
    at: 'direct',
    steps: [
      { say: '/topics' },
      { press: 'topics.turn.on' },
      { press: 'topics.turn.off', nth: 0 },
      { say: '/topics quiet:21-9:30' },
      { say: '/topics quiet:off' },
      { say: '/topics most:2' },
      { say: '/topics most:1' },
      { say: '/topics quiet:at night' },
    ],
  },
  {
    id: 'topics.partly',
    command: 'topics',
    at: 'direct',
    steps: [
      { say: '/checkin', at: 'other group', unseen: true },
      say('/link'),
      { say: '/link {code}', at: 'other direct', unseen: true },
      { press: 'link.mine', unseen: true },
      { press: 'link.check', unseen: true },
      { press: 'link.yes', unseen: true },
      { say: '/topics topic:news' },
    ],
  },
  {
    id: 'topics.leave',
    command: 'topics',
    at: 'direct',
    steps: [say('/topics topic:news'), { behind: queued() }, { say: '/me', unseen: true }, { press: 'topics.leave' }],
  },
  {
    id: 'snooze',
    command: 'snooze',
    at: 'direct',
    steps: [
      { say: '/snooze set:off' },
      { say: '/snooze' },
      { press: 'snooze.day' },
      { say: '/snooze' },
      { say: '/topics' },
      { press: 'snooze.end' },
      { say: '/snooze hours:3' },
    ],
  },
  {
    id: 'why',
    command: 'why',
    at: 'direct',
    steps: [
      { say: '/why' },
      { say: '/why 999' },
      say('/topics topic:service'),
      say('/topics topic:news'),
      { behind: queued({ class: 'service' }) },
      say('/me'),
      { say: '/why' },
      // Quiet hours, then silence, then as many as there may be in one day.
      { wait: 5 * HOUR },
      { behind: queued() },
      say('/me'),
      say('/snooze hours:18'),
      { wait: 10 * HOUR },
      say('/me'),
      { wait: 8 * HOUR },
      say('/topics most:1'),
      { behind: queued() },
      say('/me'),
      { say: '/why' },
      { wait: DAY_LENGTH },
      say('/me'),
      { say: '/why' },
      { press: 'why.entry' },
    ],
  },
  {
    id: 'why.answer',
    command: 'why',
    at: 'direct',
    steps: [
      { behind: queued({ class: 'transactional' }) },
      say('/me'),
      { say: '/why' },
      {
        behind: app =>
          transaction(app, inner => inner.db.updateTable('outbox').set({ payload: '{}', state: 'unknown' }).execute()),
      },
      { say: '/why' },
    ],
  },
  {
    id: 'why.assumed',
    command: 'why',
    at: 'direct',
    only: ['telegram', 'playground'],
    steps: [{ behind: queued({ class: 'service' }) }, say('/me'), { say: '/why' }],
  },
]
