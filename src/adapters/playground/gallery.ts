/** The gallery's page: every reply as this playground shows it, played once per language and process. */
import { type Entry, leaves, type Registry } from '../../chat/command.ts'
import { usage } from '../../chat/line.ts'
import { plainWriter, renderText } from '../../chat/text.ts'
import { type Exhibit, playGallery } from '../../gallery.ts'
import type { Locale } from '../../lib/locale.ts'
import { formatForm } from './form.ts'
import { type Body, formatReply } from './formatter.ts'
import type { DrawKept } from './pictures.ts'

interface Shown {
  readonly scene: string
  readonly cause: Exhibit['cause']
  readonly by: string | null
  /** Who alone sees it where others are. */
  readonly seenBy: string | null
  /** Whether it is in the group. */
  readonly group: boolean
  readonly body: object
}

/** What stands under one command; the empty one is about none. */
interface Shelf {
  readonly command: string
  readonly description: string | null
  readonly usage: string | null
  readonly shown: readonly Shown[]
}

export interface GalleryPage {
  shelves(locale: Locale): Promise<readonly Shelf[]>
  /** The picture of the exhibit with this number. */
  picture(locale: Locale, number: number): Promise<{ bytes: Uint8Array; type: string } | null>
}

export function createGalleryPage(registry: Registry, draw: DrawKept): GalleryPage {
  const played = new Map<Locale, Promise<readonly Exhibit[]>>()

  function exhibits(locale: Locale): Promise<readonly Exhibit[]> {
    const known = played.get(locale)
    if (known) return known
    const playing = playGallery(registry, { platform: 'playground', locale }).then(gallery => gallery.exhibits)
    played.set(locale, playing)
    // Another visit tries again.
    playing.catch(() => played.delete(locale))
    return playing
  }

  return {
    shelves: async locale => shelved(registry, await exhibits(locale), locale),
    picture: async (locale, number) => {
      const exhibit = (await exhibits(locale))[number]
      const spec = exhibit?.answer.reply.picture
      if (!exhibit || !spec) return null
      if (spec.kind === 'photo') return exhibit.photo && { bytes: exhibit.photo, type: 'image/jpeg' }
      const bytes = await draw(spec, exhibit.answer.locale)
      return bytes && { bytes, type: 'image/png' }
    },
  }
}

/** In the order in which people meet the commands; what is about none comes last. */
function shelved(registry: Registry, exhibits: readonly Exhibit[], locale: Locale): Shelf[] {
  const shown = exhibits.map((exhibit, number) => ({
    command: exhibit.command,
    of: shownAs(exhibit, number, registry, locale),
  }))
  const of = (command: string) => shown.filter(each => each.command === command).map(each => each.of)
  const commands = registry.entries.flatMap(leaves).map((entry: Entry) => ({
    command: entry.path.join(' '),
    description: renderText({ kind: 'text', key: entry.node.description, values: {} }, locale, plainWriter),
    usage: usage(entry),
    shown: of(entry.path.join(' ')),
  }))
  return [...commands, { command: '', description: null, usage: null, shown: of('') }]
}

function shownAs(
  { scene, cause, by, spot, answer }: Exhibit,
  number: number,
  registry: Registry,
  locale: Locale,
): Shown {
  const group = !spot.endsWith('direct')
  return {
    scene,
    cause,
    by,
    group,
    seenBy: answer.visibility === 'private' && group ? by : null,
    body: wireBody(bodyOf(answer, registry), number, locale),
  }
}

function bodyOf(answer: Exhibit['answer'], registry: Registry): Body {
  if (answer.form) return { tone: 'plain', lines: [], form: formatForm(answer.form, registry, answer) }
  return formatReply(answer.reply, answer.locale, answer.askerId, true)
}

/** Its picture comes from the gallery; nothing of it can be taken along. */
function wireBody({ picture, document, ...body }: Body, number: number, locale: Locale): object {
  return {
    ...body,
    ...(picture && {
      picture: {
        alt: picture.alt,
        src: `/playground/gallery/picture/${locale}/${number}`,
        photo: picture.spec.kind === 'photo',
      },
    }),
    ...(document && { document: { name: document.spec.name } }),
  }
}
