// The card of a form: a field for each thing it asks for, handed in whole. Nothing is judged here; Muster says what is wrong.
import { icon, make } from './dom.js'
import { fileSize, sayIn } from './words.js'

/** Up to so many choices stand side by side; more go into a menu. */
const CHIPS = 5
const SUGGEST_AFTER_MS = 150

/**
 * The card of `message`. `view`: the people, `press`, `handIn(message, parts)` (resolves with what went wrong, or null),
 * `suggest(message, field, text)` and the largest file that may come along.
 */
export function formCard(message, view) {
  const { form } = message.body
  const say = (key, values) => sayIn(form.locale, `playground.${key}`, values)
  const problem = make('p', { class: 'problem', role: 'alert', hidden: true })
  const send = make('button', { type: 'submit', class: 'press primary' }, say('send'))
  const card = make(
    'form',
    { class: 'card', novalidate: true, lang: form.locale, 'aria-labelledby': `form-${message.id}` },
    make('h3', { id: `form-${message.id}` }, form.title),
    ...form.fields.map(field => fieldOf(field, `form-${message.id}-${field.name}`, { say, message, view })),
    problem,
    make(
      'div',
      { class: 'controls' },
      send,
      make(
        'button',
        {
          type: 'button',
          class: 'press',
          onclick: event => view.press(message, form.cancel.data, event.currentTarget),
        },
        form.cancel.label,
      ),
    ),
  )
  const tell = sentence => {
    problem.textContent = sentence ?? ''
    problem.hidden = !sentence
  }
  card.addEventListener('submit', async event => {
    event.preventDefault()
    if (send.hasAttribute('aria-busy')) return
    const parts = new FormData(card)
    const size = [...parts.values()].reduce((sum, value) => sum + (value instanceof File ? value.size : 0), 0)
    const limit = Math.floor(view.maxFile / 1024 / 1024)
    if (size > view.maxFile) return tell(say('form.large', { limit }))
    tell(null)
    send.setAttribute('aria-busy', 'true')
    tell(await view.handIn(message, parts, send))
  })
  card.addEventListener('keydown', event => {
    // As in most places where several lines are written.
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) card.requestSubmit()
  })
  return card
}

/** What a card that is over leaves behind. */
export const formerCard = ({ form }) =>
  make(
    'p',
    { class: 'former', lang: form.locale },
    icon({ handed: 'check', continued: 'down', closed: 'close' }[form.over]),
    make('span', {}, form.title),
    make('span', { class: 'how' }, sayIn(form.locale, `playground.form.${form.over}`)),
  )

function fieldOf(field, id, context) {
  const { say } = context
  const optional = field.optional ? make('span', { class: 'optional' }, say('form.optional')) : null
  if (field.kind === 'choice' && field.options.length <= CHIPS) return chips(field, optional, context)
  const { control, under } = controlOf(field, { id, name: `field.${field.name}`, class: 'input' }, context)
  return make(
    'div',
    { class: 'field' },
    make('label', { for: id }, field.label, optional && ' ', optional),
    control,
    under && make('p', { class: 'under' }, ...under),
  )
}

/** Choices as one row of radio buttons; where none need be made, one of them says so. */
function chips({ name, label, options, value, optional: mayBeEmpty }, optional, { say }) {
  const offered = mayBeEmpty ? [...options, { value: '', label: say('form.none') }] : options
  return make(
    'fieldset',
    { class: 'field' },
    make('legend', {}, label, optional && ' ', optional),
    make(
      'div',
      { class: 'options' },
      ...offered.map(option =>
        make(
          'label',
          { class: 'option' },
          make('input', {
            type: 'radio',
            name: `field.${name}`,
            value: option.value,
            checked: option.value === (value ?? (mayBeEmpty ? '' : undefined)),
          }),
          option.label,
        ),
      ),
    ),
  )
}

/** The control of a field, and the small print under it. */
function controlOf(field, attributes, context) {
  const { say, view } = context
  const value = field.value ?? ''
  const input = more => make('input', { ...attributes, autocomplete: 'off', value, ...more })
  switch (field.kind) {
    case 'whole': {
      const { min, max } = field
      return { control: input({ type: 'number', min, max, step: 1 }), under: [say('form.range', { min, max })] }
    }
    case 'day':
      return { control: input({ type: 'date' }) }
    case 'link':
      return { control: input({ type: 'url', placeholder: 'https://', spellcheck: 'false' }) }
    case 'text': {
      const control = field.long ? make('textarea', { ...attributes, rows: 4 }, value) : input({ type: 'text' })
      return { control, under: [counter(control, field.max)] }
    }
    case 'choice':
      return { control: menu(attributes, field, field.options, say('form.choose')) }
    case 'member': {
      const people = [...view.people.values()].map(({ id, name }) => ({ value: `@${id}`, label: name }))
      const known = people.some(person => person.value === value) || value === ''
      return {
        control: menu(attributes, field, known ? people : [{ value, label: value }, ...people], say('form.member')),
      }
    }
    case 'item':
      return { control: completed(input({ type: 'text' }), field, context) }
    case 'attachment':
      return filePicker(attributes, field, say)
  }
}

function menu(attributes, { optional, value }, options, placeholder) {
  const none = make('option', { value: '', selected: value === undefined, disabled: !optional }, placeholder)
  return make(
    'select',
    attributes,
    none,
    ...options.map(option => make('option', { value: option.value, selected: option.value === value }, option.label)),
  )
}

/** How much has been written, in characters as people count them. */
function counter(control, max) {
  const count = make('span', { class: 'count' })
  const write = () => {
    const size = [...control.value].length
    count.textContent = `${size} / ${max}`
    count.classList.toggle('over', size > max)
  }
  control.addEventListener('input', write)
  write()
  return count
}

/** Offers what fits while somebody types. */
function completed(control, field, { message, view }) {
  const list = make('datalist', { id: `${control.id}-list` })
  control.setAttribute('list', list.id)
  let timer
  const offer = async () => {
    const asked = control.value
    const found = await view.suggest(message, field.name, asked)
    if (control.value !== asked) return
    list.replaceChildren(...found.map(({ value, label }) => make('option', { value, label })))
  }
  control.addEventListener('focus', offer, { once: true })
  control.addEventListener('input', () => {
    clearTimeout(timer)
    timer = setTimeout(offer, SUGGEST_AFTER_MS)
  })
  return make('div', {}, control, list)
}

/** A button to choose a file with, and what was chosen. */
function filePicker(attributes, field, say) {
  const input = make('input', { ...attributes, class: 'unseen', type: 'file', accept: field.types })
  const words = make('span', {})
  const remove = make(
    'button',
    { type: 'button', class: 'round', 'aria-label': say('form.file.remove'), hidden: true },
    icon('close'),
  )
  const show = () => {
    const [file] = input.files
    words.textContent = file ? `${file.name} · ${fileSize(file.size)}` : say('form.file')
    remove.hidden = !file
  }
  input.addEventListener('change', show)
  remove.addEventListener('click', () => {
    input.value = ''
    show()
    input.focus()
  })
  show()
  const control = make(
    'div',
    { class: 'file' },
    input,
    make('label', { class: 'press', for: attributes.id }, icon('clip'), words),
    remove,
  )
  return { control, under: [say('form.file.hint', { limit: field.limit, kinds: field.kinds })] }
}
