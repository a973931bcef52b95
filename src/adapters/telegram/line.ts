/** The command at the beginning of a message, and the people and files that belong to it. */
import type { Message, MessageEntity } from 'grammy/types'
import type { Registry } from '../../chat/command.ts'
import { nearestCommand, readLine } from '../../chat/line.ts'
import type { Ask, Sighting } from '../../chat/request.ts'
import { fileOf, isGroup, sightingOf } from './sightings.ts'

// Also what is no command to the platform: `/checkin今天` without a space, and the full-width slash of a Chinese keyboard.
const COMMAND = /^[/／]([A-Za-z][A-Za-z0-9_]{0,63})(?:@([A-Za-z0-9_]{2,32}))?(?![A-Za-z0-9_@/])/

export interface Line {
  readonly line: string
  /** People named in it without a username, by the words that name them. */
  readonly named: Readonly<Record<string, Sighting>>
}

/** The command line of a message, or null when it says nothing to this bot. */
export function lineOf(message: Message, username: string, registry: Registry): Line | null {
  const text = message.text ?? message.caption ?? ''
  const [whole, name = '', addressee] = COMMAND.exec(text) ?? []
  if (whole === undefined) return null
  if (addressee !== undefined && addressee.toLowerCase() !== username.toLowerCase()) return null
  const command = name.toLowerCase()
  // A bot that hears everything also hears what is meant for other bots.
  const ours = addressee !== undefined || registry.find([command]) || nearestCommand(registry, command)
  if (isGroup(message.chat) && !ours) return null
  const { rest, named } = readMentions(text, whole.length, message.entities ?? message.caption_entities ?? [])
  const plain = `/${command}${/^(\s|$)/.test(rest) ? '' : ' '}`
  const unquoted = { line: plain + rest.replaceAll(/\uFDD0|\uFDD1/g, ''), named }
  const read = readLine(registry, unquoted.line)
  const takesMember = read.kind === 'leaf' && Object.values(read.leaf.args).some(({ kind }) => kind === 'member')
  return takesMember ? { line: plain + rest.replaceAll(/\uFDD0|\uFDD1/g, '"'), named } : unquoted
}

/** What follows the command; names of several words stand between two marks that no text contains. */
function readMentions(
  text: string,
  from: number,
  entities: readonly MessageEntity[],
): { rest: string; named: Line['named'] } {
  const named: Record<string, Sighting> = {}
  let rest = ''
  let at = from
  for (const entity of entities) {
    if (entity.type !== 'text_mention' || entity.offset < at) continue
    const words = text.slice(entity.offset, entity.offset + entity.length)
    const key = words.replace(/["“”]/g, '').trim()
    if (key === '') continue
    named[key] = sightingOf(entity.user)
    rest += text.slice(at, entity.offset).replaceAll(/[\uFDD0\uFDD1]/g, '')
    rest += /\s/.test(key) ? `\uFDD0${key}\uFDD1` : key
    at = entity.offset + entity.length
  }
  return { rest: rest + text.slice(at).replaceAll(/[\uFDD0\uFDD1]/g, ''), named }
}

/** What people send, unlike what the platform tells about a chat in a message. */
const CONTENT = [
  'text',
  'photo',
  'sticker',
  'animation',
  'video',
  'video_note',
  'voice',
  'audio',
  'document',
  'contact',
  'location',
  'poll',
  'dice',
] as const satisfies ReadonlyArray<keyof Message>

/** Whether somebody said or showed something. */
export const hasContent = (message: Message): boolean => CONTENT.some(kind => message[kind] !== undefined)

/** What a message says in answer to a question: words, somebody it names, a file. An album is several files, and so no answer. */
export function answerIn(message: Message): Pick<Extract<Ask, { kind: 'answer' }>, 'text' | 'about' | 'file'> {
  if (message.media_group_id !== undefined) return { text: '' }
  const entities = message.entities ?? message.caption_entities ?? []
  const named = entities.find(entity => entity.type === 'text_mention')
  const file = fileOf(message)
  return {
    text: message.text ?? message.caption ?? '',
    ...(named && { about: sightingOf(named.user) }),
    ...(file && { file }),
  }
}

/** Whom a message answers, if it answers a person. Every message of a topic answers the one that opened it: that is no answer. */
export function repliedTo(message: Message): Sighting | undefined {
  const { reply_to_message: replied } = message
  if (!replied?.from || replied.from.is_bot || replied.sender_chat || replied.forum_topic_created) return undefined
  return sightingOf(replied.from)
}
