/** What people type and press -> requests. Each carries the id that the page gave it, so that a retried one is the same one. */
import type { SentFile } from '../../chat/arguments.ts'
import type { Ask, RawArg } from '../../chat/request.ts'
import { BOT, type CastMember, referenceTo, sighting, type World } from './cast.ts'

export type Where = 'group' | 'direct'

/** What everything a member asks has in common. */
function base(world: World, member: CastMember, where: Where, messageId: number, at: number) {
  return {
    platform: 'playground' as const,
    bot: BOT,
    at,
    from: sighting(member, where === 'group'),
    place: where === 'group' ? world.group : null,
    chat: referenceTo(world, member, where, messageId),
  }
}

/** In a group Muster hears commands only, as bots do; in a private chat everything is meant for it. */
export const isForMuster = (text: string, where: Where): boolean => where === 'direct' || /^\s*[/／]/.test(text)

/** A typed line; `messageId` is the message that shows it. */
export function lineAsk(
  world: World,
  member: CastMember,
  where: Where,
  said: { eventId: string; text: string; messageId: number; at: number; file?: SentFile },
): Ask {
  return {
    ...base(world, member, where, said.messageId, said.at),
    kind: 'line',
    eventId: `say ${said.eventId}`,
    line: said.text,
    ...(said.file && { file: said.file }),
  }
}

/** A pressed button or chosen menu entry of the message `messageId`. */
export function pressAsk(
  world: World,
  member: CastMember,
  where: Where,
  pressed: { eventId: string; data: string; messageId: number; at: number },
): Ask {
  return {
    ...base(world, member, where, pressed.messageId, pressed.at),
    kind: 'press',
    eventId: `press ${pressed.eventId}`,
    data: pressed.data,
  }
}

/** A form, handed in with the card that the message `messageId` shows. */
export function formAsk(
  world: World,
  member: CastMember,
  where: Where,
  handed: { eventId: string; form: string; values: Readonly<Record<string, RawArg>>; messageId: number; at: number },
): Ask {
  return {
    ...base(world, member, where, handed.messageId, handed.at),
    kind: 'form',
    eventId: `form ${handed.eventId}`,
    form: handed.form,
    values: handed.values,
  }
}
