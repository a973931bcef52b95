import { defineCommand, text, whole } from '#src/chat/command.ts'
import { Refusal } from '#src/chat/refusal.ts'
import { plain } from '#src/chat/reply.ts'
import { t } from '#src/chat/text.ts'

/** Needs all of its arguments, and does not take the note "no". */
export const entry = defineCommand({
  name: 'entry',
  description: 'help.description',
  where: 'community',
  who: 'member',
  reply: 'public',
  menu: 91,
  args: {
    size: whole('settings.arg.day_start', { min: 1, max: 10 }),
    note: text('checkin.arg.note', { max: 50 }),
  },
  async run(_app, { args: { size, note } }) {
    if (note === 'no') throw new Refusal(t('points.balance', { points: 7 }))
    return plain(t('checkin.note', { note: `${size} | ${note}` }))
  },
})
