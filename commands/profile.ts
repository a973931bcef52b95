import { attachment, choice, defineCommand, link, PHOTOS, text } from '#src/chat/command.ts'
import { button, form as formOf, success } from '#src/chat/reply.ts'
import { t } from '#src/chat/text.ts'
import { changeProfile, type Profile, profileOf } from '#src/features/profiles/index.ts'

const MAX_ABOUT = 500
const MAX_PHOTO_BYTES = 8 * 1024 * 1024

const removable = {
  about: 'profile.remove.about',
  link: 'profile.remove.link',
  photo: 'profile.remove.photo',
} as const
const removed = {
  about: 'profile.removed.about',
  link: 'profile.removed.link',
  photo: 'profile.removed.photo',
} as const
const parts = ['about', 'link', 'photo'] as const

/** The way to each part that is there. */
const takeAway = (profile: Profile) =>
  parts.filter(part => profile[part] !== null).map(part => button(t(removable[part]), 'profile', { remove: part }))

export const profile = defineCommand({
  name: 'profile',
  description: 'profile.description',
  where: 'anywhere',
  who: 'member',
  reply: 'private',
  menu: 46,
  opens: 'form',
  args: {
    link: link('profile.arg.link', { optional: true }),
    photo: attachment('profile.arg.photo', { maxBytes: MAX_PHOTO_BYTES, accepts: PHOTOS, optional: true }),
    remove: choice('profile.arg.remove', { options: removable, optional: true }),
    about: text('profile.arg.about', { max: MAX_ABOUT, long: true, optional: true }),
  },
  async run(app, { asker, args, form }) {
    const { personId, at } = asker
    if (args.remove !== undefined) {
      const after = await changeProfile(app, personId, { [args.remove]: null }, at)
      return success(t(removed[args.remove]), ...takeAway(after), button(t('me.open'), 'me'))
    }
    const given = args.about !== undefined || args.link !== undefined || args.photo !== undefined
    if (!given && !form) {
      const { about, link: address } = await profileOf(app, personId)
      const values = { ...(about !== null && { about }), ...(address !== null && { link: address }) }
      return formOf(t('profile.form'), 'profile', [...parts], { values })
    }
    // In a form words and link stand as they are, and what was emptied there is gone; a photo stays unless another one came.
    const left = form ? null : undefined
    const after = await changeProfile(
      app,
      personId,
      { about: args.about || left, link: args.link ?? left, photo: args.photo?.id },
      at,
    )
    return success(t('profile.saved'), ...takeAway(after), button(t('me.open'), 'me'))
  },
})
