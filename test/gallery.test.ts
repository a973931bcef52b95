// One of every reply, as each platform would be sent it: within its limits, the same every time, and none left out.
import { readFileSync } from 'node:fs'
import { glob } from 'node:fs/promises'
import { join } from 'node:path'
import type { APIModalInteractionResponseCallbackData } from 'discord.js'
import { beforeAll, describe, expect, test } from 'vitest'
import { formatReply as formatForDiscord } from '#src/adapters/discord/formatter.ts'
import { drawForm } from '#src/adapters/discord/forms.ts'
import { formatForm } from '#src/adapters/playground/form.ts'
import { formatReply as formatForPlayground } from '#src/adapters/playground/formatter.ts'
import { payloads } from '#src/adapters/telegram/formatter.ts'
import type { Arg, Entry, Leaf, Registry } from '#src/chat/command.ts'
import type { Platform } from '#src/chat/text.ts'
import { loadCommands } from '#src/commands.ts'
import { type Exhibit, fieldKeys, type Gallery, playGallery, SCENES, textsOf } from '#src/gallery.ts'
import { LOCALES, type Locale } from '#src/lib/locale.ts'
import { catalogues } from '#src/messages/index.ts'
import { mentionProblems, messageProblems } from '#test/fakes/discord/message-rules.ts'
import { modalProblems } from '#test/fakes/discord/modal-rules.ts'
import { check, type Json, type JsonObject, ROUTES } from '#test/fakes/discord/schema.ts'
import { checkParameters } from '#test/fakes/telegram/check-shape.ts'
import type { Entity, Markup } from '#test/fakes/telegram/model.ts'
import { checkMarkup } from '#test/fakes/telegram/rules.ts'
import { captionLimit, formatText, textLimit } from '#test/fakes/telegram/text/rules.ts'

const root = join(import.meta.dirname, '..')
/** What stands for pictures and documents: what is in them matters nowhere here. */
const BYTES = Uint8Array.of(1, 2, 3)

let registry: Registry
const galleries = new Map<string, Gallery>()
const galleryOf = (platform: Platform, locale: Locale): Gallery => {
  const gallery = galleries.get(`${platform} ${locale}`)
  if (!gallery) throw new Error(`nothing was played for ${platform} in ${locale}`)
  return gallery
}

beforeAll(async () => {
  registry = await loadCommands()
  for (const platform of ['discord', 'telegram', 'playground'] as const)
    for (const locale of LOCALES)
      galleries.set(`${platform} ${locale}`, await playGallery(registry, { platform, locale }))
}, 120_000)

/** What is sent, and everything that the platform would refuse about it. */
interface Sent {
  readonly payload: unknown
  readonly problems: readonly string[]
}

const bodyOf = (path: string) => {
  const body = ROUTES.find(route => route.method === 'POST' && route.path === path)?.body
  if (!body) throw new Error(`Discord's description has no ${path}`)
  return body
}

function sendToDiscord({ answer }: Exhibit): Sent {
  const respond = bodyOf('/interactions/{interaction_id}/{interaction_token}/callback')
  if (answer.form) {
    const leaf = registry.find(answer.form.command.split(' '))?.node as Leaf
    const modal: APIModalInteractionResponseCallbackData = drawForm(answer.form, leaf, answer.locale)
    const data = JSON.parse(JSON.stringify(modal)) as JsonObject
    const verdict = check(respond, { type: 9, data })
    const found = [...verdict.problems, ...modalProblems(data, ['data'])].map(
      ({ path, message }) => `${path.join('.')}: ${message}`,
    )
    return { payload: modal, problems: [...found, ...verdict.unknown] }
  }
  const { reply, locale, askerId } = answer
  const document = reply.document ? { name: reply.document.name, type: 'application/json', bytes: BYTES } : null
  const { body } = formatForDiscord(reply, locale, askerId, { picture: reply.picture ? BYTES : null, document })
  const data = JSON.parse(JSON.stringify(body)) as JsonObject
  const verdict = check(respond, { type: 4, data } as Json)
  const found = [...verdict.problems, ...messageProblems(data), ...mentionProblems(data.allowed_mentions, [])]
  return {
    payload: body,
    problems: [...found.map(({ path, message }) => `${path.join('.')}: ${message}`), ...verdict.unknown],
  }
}

function sendToTelegram({ answer, spot }: Exhibit): Sent {
  const { reply, locale, askerId, visibility } = answer
  // What is for one person goes to their private chat.
  const direct = spot.endsWith('direct') || visibility === 'private'
  const asks = answer.asks && !direct ? 'opened' : undefined
  const picture = reply.picture ? ({ kind: 'photo', name: 'picture.png', bytes: BYTES } as const) : null
  const document = reply.document ? ({ kind: 'document', name: reply.document.name, bytes: BYTES } as const) : null
  const sent = payloads({ reply, locale, askerId, asks }, { picture, document }).map(({ rich, media, markup }) => {
    const entities = rich.entities as readonly Entity[]
    const words = media
      ? { [media.kind]: media.name, ...(rich.text && { caption: rich.text, caption_entities: entities }) }
      : { text: rich.text, entities }
    return {
      method: media ? `send${media.kind === 'photo' ? 'Photo' : 'Document'}` : 'sendMessage',
      rich,
      media,
      params: { chat_id: 1, ...words, ...(markup && { reply_markup: markup }) },
    }
  })
  const problems = sent.flatMap(({ method, rich, media, params }) => {
    const broken = attempt(() => {
      formatText({
        text: rich.text,
        entities: rich.entities as readonly Entity[],
        limit: media ? captionLimit : textLimit,
        what: media ? 'caption' : 'text',
      })
      if (params.reply_markup) checkMarkup(params.reply_markup as Markup)
    })
    return [...checkParameters(method, params).map(({ text }) => text), ...broken]
  })
  return { payload: sent.map(({ method, params: { chat_id: _, ...params } }) => ({ method, ...params })), problems }
}

function attempt(work: () => void): string[] {
  try {
    work()
    return []
  } catch (error) {
    return [String(error)]
  }
}

/** The page draws what it is given: no markup, no words without text, nothing wider than its limits. */
function sendToPlayground({ answer }: Exhibit): Sent {
  const { reply, locale, askerId, form } = answer
  if (form) return { payload: formatForm(form, registry, answer), problems: [] }
  const body = formatForPlayground(reply, locale, askerId, true)
  const labels = [...(body.buttons ?? []), ...(body.select?.options ?? [])]
  const problems = [
    ...labels
      .filter(({ label }) => label.trim() === '' || [...label].length > 80)
      .map(({ label }) => `label "${label}"`),
    ...labels.filter(({ data }) => Buffer.byteLength(data) > 64).map(({ data }) => `data "${data}"`),
    ...(body.lines.length + (body.rows?.length ?? 0) === 0 && !body.title ? ['nothing is said'] : []),
  ]
  return { payload: body, problems }
}

const SEND = { discord: sendToDiscord, telegram: sendToTelegram, playground: sendToPlayground } as const

/** One line for what was asked, one for what is sent. */
const written = (exhibit: Exhibit, { payload }: Sent): string => {
  const { scene, by, spot, cause, answer } = exhibit
  const asked =
    cause === null
      ? 'by itself'
      : cause.kind === 'line'
        ? cause.text
        : `${cause.kind}: ${cause.kind === 'press' ? cause.label : JSON.stringify(cause.values)}`
  return `# ${scene} · ${by ?? 'everybody'}, ${spot} · ${asked.slice(0, 80)} · ${answer.visibility}\n${JSON.stringify(payload)}`
}

describe.each(Object.keys(SEND) as Array<keyof typeof SEND>)('every reply on %s', platform => {
  test.each(LOCALES)('is what it was, and within the limits of the platform (%s)', async locale => {
    const shown: string[] = []
    for (const exhibit of galleryOf(platform, locale).exhibits) {
      const sent = SEND[platform](exhibit)
      expect([exhibit.scene, exhibit.cause, sent.problems]).toEqual([exhibit.scene, exhibit.cause, []])
      shown.push(written(exhibit, sent))
    }
    await expect(`${shown.join('\n\n')}\n`).toMatchFileSnapshot(`gallery/${platform}.${locale}.txt`)
  })
})

/** Sentences that are named where replies are made, and that nobody can be told; each with its reason. */
const UNTOLD: Readonly<Record<string, string>> = {
  'form.hint.whole': 'no form asks for a number yet',
  'form.hint.day': 'no form asks for a day yet',
  'form.hint.member': 'no form asks for somebody yet',
  'refusal.arg.day': 'no command asks for a day yet',
  'refusal.arg.attachment.undrawn': 'only when drawing a photo dies of it',
  'connect.one-already': 'only when two redeem a code at the same moment',
  'mistake.pattern.long': 'only of conditions on properties, which nobody writes in chat yet',
  'mistake.pattern.lookahead': 'only of conditions on properties, which nobody writes in chat yet',
  'mistake.pattern.lookbehind': 'only of conditions on properties, which nobody writes in chat yet',
  'mistake.pattern.back_reference': 'only of conditions on properties, which nobody writes in chat yet',
  'mistake.pattern.wrong': 'only of conditions on properties, which nobody writes in chat yet',
  'mistake.number': 'only of conditions on properties, which nobody writes in chat yet',
  'mistake.name': 'only of conditions on properties, which nobody writes in chat yet',
  'mistake.mixed': 'only of conditions on properties, which nobody writes in chat yet',
  'mistake.value': 'no trait has a value of which no more can be said',
}

describe('the gallery', () => {
  test('shows every sentence that a reply can say: none is without its picture', async () => {
    const shown = new Set<string>()
    for (const { exhibits } of galleries.values())
      for (const { answer } of exhibits) {
        for (const { key } of textsOf(answer)) shown.add(key)
        for (const key of fieldKeys(answer, registry)) shown.add(key)
      }
    const declared = new Set(registry.entries.flatMap(declaredKeys))
    const missing: Record<string, string[]> = {}
    const sources =
      '{commands/**/*.ts,src/{questions,admission,answering,forms,files,wording}.ts,src/chat/arguments.ts,src/features/**/*.ts}'
    for await (const path of glob(sources, { cwd: root })) {
      const named = readFileSync(join(root, path), 'utf8').matchAll(/'([a-z][\w.-]*)'/g)
      const keys = new Set([...named].map(([, key = '']) => key).filter(key => Object.hasOwn(catalogues.en, key)))
      const left = [...keys].filter(key => !shown.has(key) && !declared.has(key) && !Object.hasOwn(UNTOLD, key))
      if (left.length > 0) missing[path] = left
    }
    expect(missing).toEqual({})
    expect(Object.keys(UNTOLD).filter(key => shown.has(key))).toEqual([])
  })

  test('shows something of every command', () => {
    const shown = new Set(SCENES.map(({ command }) => command))
    const commands = registry.entries.flatMap(pathsBelow)
    expect(commands.filter(command => !shown.has(command))).toEqual([])
    expect([...shown].filter(command => command !== '' && !commands.includes(command))).toEqual([])
  })

  test('shows nothing that is our fault but the one fault it is meant to show', () => {
    for (const { faults } of galleries.values()) expect(faults.map(({ scene }) => scene)).toEqual(['fault'])
  })

  test('names each scene once', () => {
    const ids = SCENES.map(({ id }) => id)
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([])
  })

  test('is the same when a scene is played alone: none depends on those before it', async () => {
    const all = galleryOf('playground', 'en').exhibits
    for (const id of ['audit', 'link.shared', 'form.questions']) {
      const scenes = SCENES.filter(scene => scene.id === id)
      const { exhibits } = await playGallery(registry, { platform: 'playground', locale: 'en', scenes })
      expect(exhibits.map(({ answer }) => answer)).toEqual(
        all.filter(({ scene }) => scene === id).map(({ answer }) => answer),
      )
    }
  })
})

/** Everything a declaration says: platforms show it beside the command, forms beside their fields. */
function declaredKeys({ node, children }: Entry): string[] {
  const args: Arg[] = node.kind === 'leaf' ? Object.values(node.args) : []
  const said = args.flatMap(arg => [arg.label, ...(arg.kind === 'choice' ? Object.values(arg.options) : [])])
  return [node.description, ...said, ...children.flatMap(declaredKeys)]
}

const pathsBelow = ({ node, path, children }: Entry): string[] =>
  node.kind === 'leaf' ? [path.join(' ')] : children.flatMap(pathsBelow)
