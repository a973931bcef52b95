// One message: words, rows, picture, buttons.
import { avatar, icon, make } from './dom.js'
import { formerCard } from './form.js'
import { clockTime, fileSize, say } from './words.js'

/** A command in Muster's words, such as `/points history`; not the tail of a path like Europe/London. */
const COMMAND = /(?<![\w:/.])\/([a-z][a-z0-9_]*(?: [a-z][a-z0-9_]*)?)/g

function words(text, view) {
  if (!view.commands) return [text]
  const parts = []
  let from = 0
  for (const match of text.matchAll(COMMAND)) {
    const first = match[1].split(' ')[0]
    const command = view.commands.has(match[1]) ? match[1] : view.groups.has(first) ? first : null
    if (command === null) continue
    parts.push(text.slice(from, match.index))
    parts.push(
      make('button', { type: 'button', class: 'command', onclick: () => view.insert(`/${command} `) }, `/${command}`),
    )
    from = match.index + 1 + command.length
  }
  return [...parts, text.slice(from)]
}

const runs = (list, view) =>
  list.flatMap(run =>
    typeof run === 'string'
      ? words(run, view)
      : [make('span', { class: 'mention', 'data-person': run.mention }, run.name)],
  )

/** `own`: whether the reader is the one whose row stands out. */
function rows(list, own, view) {
  const ranked = list.some(row => row.rank !== null)
  return make(
    'ol',
    { class: ranked ? 'rows ranked' : 'rows' },
    ...list.map(row =>
      make(
        'li',
        { class: row.own ? 'own' : false },
        ranked ? make('span', { class: 'rank' }, row.rank ?? '') : null,
        make('span', { class: 'label' }, ...runs(row.label, view)),
        row.own && own ? make('span', { class: 'you' }, say('playground.you')) : null,
        row.value ? make('span', { class: 'value' }, ...runs(row.value, view)) : null,
      ),
    ),
  )
}

function picture({ alt, src, photo }, view) {
  const image = make('img', { class: photo ? 'picture photo' : 'picture', alt, src })
  // Its words stand in for a picture that cannot be had.
  image.addEventListener('error', () => image.replaceWith(make('p', {}, alt)))
  image.addEventListener('load', view.settled)
  return image
}

/** A document to keep, or a file that somebody sent. */
const documentChip = ({ name, href = null }) =>
  make(
    'a',
    { class: 'attached', href, download: name, 'aria-label': say('playground.document', { name }) },
    icon('file'),
    name,
  )
const fileChip = ({ name, size }) =>
  make('p', { class: 'attached' }, icon('clip'), size === null ? name : `${name} · ${fileSize(size)}`)

const card = (message, view) => (message.body.form.over ? formerCard(message.body) : view.card(message))

function controls(message, view) {
  const { buttons = [], select } = message.body
  if (buttons.length === 0 && !select) return null
  const press = (data, element) => view.press(message, data, element)
  return make(
    'div',
    { class: 'controls' },
    ...buttons.map(({ label, data, style }) =>
      make(
        'button',
        { type: 'button', class: `press ${style}`, onclick: event => press(data, event.currentTarget) },
        label,
      ),
    ),
    select
      ? make(
          'select',
          {
            class: 'press menu',
            'aria-label': select.placeholder,
            onchange: event => press(event.currentTarget.value, event.currentTarget),
          },
          make('option', { value: '', selected: true, disabled: true }, select.placeholder),
          ...select.options.map(({ label, data }) => make('option', { value: data }, label)),
        )
      : null,
  )
}

/**
 * The list entry of a message. `view`: who looks (`me`), the people, the known commands, and what to do with a press.
 * `continued`: it follows another one by the same author.
 */
export function messageItem(message, view, continued) {
  const { body, author, seenBy } = message
  const bot = author === 'muster'
  const mine = author === view.me
  const name = bot ? 'Muster' : (view.people.get(author)?.name ?? author)
  const own = bot ? view : { ...view, commands: null }
  const only = seenBy === null ? null : say('playground.only', { name: view.people.get(seenBy)?.name ?? seenBy })
  const kind = [
    'message',
    mine && 'mine',
    bot && 'from-bot',
    only && 'alone',
    continued && 'continued',
    `tone-${body.tone}`,
  ]
  return make(
    'li',
    { class: kind.filter(Boolean).join(' '), 'data-id': message.id },
    avatar(author, view.people),
    make(
      'div',
      { class: 'content' },
      make(
        'p',
        { class: 'meta' },
        make('span', { class: 'author' }, name),
        bot ? make('span', { class: 'badge' }, say('playground.bot')) : null,
        make('time', { datetime: new Date(message.at).toISOString() }, clockTime(message.at)),
      ),
      make(
        'div',
        { class: 'bubble' },
        only ? make('p', { class: 'only' }, icon('lock'), only) : null,
        body.title ? make('h3', {}, ...runs(body.title, own)) : null,
        ...body.lines.map(line => make('p', {}, ...runs(line, own))),
        body.picture ? picture(body.picture, view) : null,
        body.form ? card(message, view) : null,
        body.document ? documentChip(body.document) : null,
        body.file ? fileChip(body.file) : null,
        body.rows ? rows(body.rows, body.asker === view.me, own) : null,
        body.footer ? make('p', { class: 'footer' }, ...runs(body.footer, own)) : null,
      ),
      controls(message, view),
    ),
  )
}
