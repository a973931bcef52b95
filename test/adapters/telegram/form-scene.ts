// People who answer the questions of forms, and what they and the database are left with.
import { readdir } from 'node:fs/promises'
import { createCanvas } from '@napi-rs/canvas'
import type { Message, Person, SeenMessage } from '#test/fakes/telegram/index.ts'
import type { TelegramWorld } from '../telegram-harness.ts'

export const photo = (width = 40, height = 30): Buffer => createCanvas(width, height).toBuffer('image/png')

export interface Scene {
  /** A member of the group who has not pressed Start. */
  stranger(name?: string): Promise<Person>
  learner(name?: string): Promise<Person>
  /** Says something and waits until it is answered. */
  say(person: Person, text: string, chat?: { id: number }): Promise<Message>
  reply(person: Person, question: SeenMessage, text: string): Promise<Message>
  press(person: Person, message: SeenMessage, label: string): Promise<Record<string, unknown>>
  /** Waits until what was just done is answered. */
  answered(): Promise<void>
  byBot(chat?: { id: number }): SeenMessage[]
  newest(chat?: { id: number }): SeenMessage
  labels(message: SeenMessage): string[]
  /** Everything that any row of the inbox holds. */
  kept(): Promise<string>
  /** States of all forms, oldest first. */
  forms(): Promise<string[]>
  /** How often /survey ran. */
  surveys(): Promise<number>
  /** Files that have a row, and files in the folder. */
  files(): Promise<[rows: number, folder: number]>
}

/** `opened` is asked each time: a test opens its world itself. */
export function formScene(opened: () => TelegramWorld): Scene {
  const group = () => opened().group
  const byBot: Scene['byBot'] = (chat = group()) =>
    opened()
      .tg.messages(chat)
      .filter(({ from }) => from?.id === opened().tg.bot.id)
  const answered = async () => {
    await opened().finished(opened().newestEvent())
  }
  const stranger = async (name = 'Ada') => {
    const person = opened().tg.user({ first_name: name, language_code: 'en' })
    group().join(person)
    await answered()
    return person
  }
  const db = () => opened().test.app.db
  return {
    stranger,
    learner: async name => {
      const person = await stranger(name)
      person.start()
      await answered()
      return person
    },
    say: async (person, text, chat = group()) => {
      const said = person.say(chat, text.replace(/^\/\w+/, `$&@${opened().tg.bot.username}`))
      await answered()
      return said
    },
    reply: async (person, question, text) => {
      const said = person.reply(question, text)
      await answered()
      return said
    },
    press: async (person, message, label) => {
      const pressing = person.press(message, label)
      const event = opened().newestEvent()
      const params = await pressing
      await opened().finished(event)
      return params
    },
    answered,
    byBot,
    newest: chat => {
      const message = byBot(chat).findLast(({ deleted }) => !deleted)
      if (!message) throw new Error('the bot has said nothing')
      return message
    },
    labels: message => message.keyboard.flat().map(({ text }) => text),
    kept: async () => JSON.stringify(await db().selectFrom('inbox').selectAll().execute()),
    forms: async () =>
      (await db().selectFrom('forms').select('state').orderBy('opened_at').orderBy('id').execute()).map(
        ({ state }) => state,
      ),
    surveys: async () =>
      (await db().selectFrom('meta').select('key').where('key', 'like', 'survey:%').execute()).length,
    files: async () => {
      const rows = await db().selectFrom('files').select('id').execute()
      const folder = await readdir(opened().test.app.files.root, { recursive: true, withFileTypes: true }).catch(
        () => [],
      )
      return [rows.length, folder.filter(entry => entry.isFile()).length]
    },
  }
}
