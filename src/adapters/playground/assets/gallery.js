// The gallery: one of every reply, drawn as the conversations draw it. Nothing here does anything.
import { Failed, read } from './api.js'
import { icon, make } from './dom.js'
import { formCard } from './form.js'
import { at, offerLooks, recall, writeWords } from './looks.js'
import { messageItem } from './message.js'
import { say, speak } from './words.js'

/** Wednesday, 4 March 2026, 18:00 in Shanghai, where the gallery's community lives. */
const MOMENT = Date.UTC(2026, 2, 4, 10)
const ZONE = 'Asia/Shanghai'
const MAX_FILE = 8 * 1024 * 1024

let locale = recall('locale') ?? document.documentElement.lang
let asked = 0

const anchor = command => `c-${command === '' ? 'other' : command.replaceAll(' ', '-')}`

function conversation(shelf, people) {
  const scenes = Map.groupBy(shelf.shown, each => each.scene)
  return [...scenes].map(([scene, shown]) =>
    make(
      'section',
      { class: 'scene', 'aria-label': scene },
      make('h3', { class: 'scene-name' }, scene),
      make('ol', { class: 'lines' }, ...shown.flatMap((each, i) => exchange(each, `${scene}-${i}`, people))),
    ),
  )
}

/** What somebody did, and what they were told. */
function exchange({ cause, by, seenBy, body }, id, people) {
  const view = {
    me: by,
    people,
    commands: null,
    press: () => {},
    settled: () => {},
    card: message =>
      formCard(message, {
        people,
        maxFile: MAX_FILE,
        press: () => {},
        handIn: async () => null,
        suggest: async () => [],
      }),
  }
  const answer = messageItem({ id, author: 'muster', seenBy, at: MOMENT, body }, view, false)
  for (const button of answer.querySelectorAll('button')) button.disabled = true
  return [causeItem(cause, by, id, view), answer]
}

function causeItem(cause, by, id, view) {
  const name = view.people.get(by)?.name ?? ''
  if (cause === null) return make('li', { class: 'cause' }, say('playground.gallery.aside'))
  if (cause.kind === 'press')
    return make('li', { class: 'cause' }, say('playground.gallery.pressed', { name, label: cause.label }))
  if (cause.kind === 'form') {
    const values = Object.values(cause.values).map(value => (value.length > 40 ? `${value.slice(0, 40)}…` : value))
    return make('li', { class: 'cause' }, say('playground.gallery.handed', { name, values: values.join(' · ') || '–' }))
  }
  if (cause.text === '' && !cause.file)
    return make('li', { class: 'cause' }, say('playground.gallery.wordless', { name }))
  const body = {
    tone: 'said',
    lines: cause.text === '' ? [] : [[cause.text]],
    ...(cause.file && { file: { name: cause.file, size: null } }),
  }
  return messageItem({ id: `${id}-said`, author: by, seenBy: null, at: MOMENT, body }, view, false)
}

function show({ shelves, people }) {
  const known = new Map(people.map(person => [person.id, person]))
  const full = shelves.filter(({ shown }) => shown.length > 0)
  const titleOf = ({ command }) => (command === '' ? say('playground.gallery.other') : `/${command}`)
  at('jump').replaceChildren(
    ...full.map(shelf =>
      make(
        'li',
        {},
        make(
          'a',
          { href: `#${anchor(shelf.command)}` },
          titleOf(shelf),
          make('span', { class: 'number' }, String(shelf.shown.length)),
        ),
      ),
    ),
  )
  at('shelves').replaceChildren(
    ...full.map(shelf =>
      make(
        'section',
        { class: 'shelf', id: anchor(shelf.command) },
        make('h2', {}, titleOf(shelf)),
        shelf.description === null
          ? null
          : make('p', { class: 'about' }, shelf.description, ' ', make('code', {}, shelf.usage)),
        make('div', { class: 'scenes' }, ...conversation(shelf, known)),
      ),
    ),
  )
}

/** Plays in the chosen language, and says so while that lasts. */
async function load() {
  const mine = ++asked
  at('state').hidden = false
  try {
    const gallery = await read(`gallery/shown?locale=${encodeURIComponent(locale)}`)
    // Another language was chosen meanwhile.
    if (mine !== asked) return
    speak(gallery.words, locale, ZONE)
    writeWords(locale)
    document.title = `${say('playground.gallery')} · Muster`
    show(gallery)
    at('state').hidden = true
    if (document.body.dataset.ready === undefined && location.hash) at(location.hash.slice(1))?.scrollIntoView()
    document.body.dataset.ready = locale
  } catch (error) {
    if (!(error instanceof Failed)) throw error
    at('state').replaceChildren(icon('close'), error.message)
  }
}

offerLooks(chosen => {
  locale = chosen
  load()
})
load()
