// Where one types: a box with command completion (arrows, Tab, Enter, Escape), chips to start with, and a way to say as whom.
import { read } from './api.js'
import { icon, make } from './dom.js'
import { fileSize, say } from './words.js'

let boxes = 0

/**
 * `from()`: { person, where } of what is typed here. `submit(text, file)`: sends; resolves with false when it was not sent.
 * `chips()`: lines worth trying.
 */
export function createComposer({ from, submit, chips, before }) {
  const id = `suggestions-${++boxes}`
  const box = make('textarea', {
    rows: 1,
    class: 'box',
    role: 'combobox',
    'aria-autocomplete': 'list',
    'aria-expanded': 'false',
    'aria-controls': id,
    'aria-haspopup': 'listbox',
    enterkeyhint: 'send',
    autocomplete: 'off',
    autocapitalize: 'off',
    spellcheck: 'false',
  })
  const list = make('ul', { class: 'suggestions', role: 'listbox', id, hidden: true })
  const usage = make('p', { class: 'usage', hidden: true })
  const sendButton = make('button', { type: 'submit', class: 'send' }, icon('send'))
  const picker = make('input', { type: 'file', class: 'unseen', id: `${id}-file` })
  const attach = make('label', { class: 'attach', for: picker.id }, icon('clip'))
  const chosenName = make('span', {})
  const drop = make('button', { type: 'button', class: 'round', onclick: () => attachFile(null) }, icon('close'))
  const chosen = make('div', { class: 'chosen', hidden: true }, icon('clip'), chosenName, drop)
  const tries = make('div', { class: 'tries', role: 'group' })
  const form = make(
    'form',
    { class: 'composer' },
    make('div', { class: 'popup' }, list, usage),
    tries,
    before ?? null,
    chosen,
    make('div', { class: 'entry' }, picker, attach, box, sendButton),
  )
  let found = []
  let active = -1
  let asked = 0

  function show({ suggestions, usage: written, hint }) {
    found = suggestions
    active = -1
    list.replaceChildren(
      ...found.map(({ label, description }, i) =>
        make(
          'li',
          {
            class: 'suggestion',
            role: 'option',
            id: `${id}-${i}`,
            'aria-selected': 'false',
            // Before the box loses its focus.
            onpointerdown: event => {
              event.preventDefault()
              accept(i)
            },
          },
          make('span', { class: 'suggestion-name' }, label),
          make('span', { class: 'suggestion-description' }, description),
        ),
      ),
    )
    list.hidden = found.length === 0
    usage.hidden = written === null
    usage.replaceChildren(...(written === null ? [] : [make('code', {}, written), make('span', {}, hint ?? '')]))
    box.setAttribute('aria-expanded', String(!list.hidden))
    box.removeAttribute('aria-activedescendant')
  }
  const hide = () => {
    asked++
    show({ suggestions: [], usage: null, hint: null })
  }

  function choose(to) {
    list.children[active]?.setAttribute('aria-selected', 'false')
    active = to
    const item = list.children[active]
    item?.setAttribute('aria-selected', 'true')
    item?.scrollIntoView({ block: 'nearest' })
    if (item) box.setAttribute('aria-activedescendant', item.id)
    else box.removeAttribute('aria-activedescendant')
  }

  function accept(i) {
    const suggestion = found[i]
    if (!suggestion) return
    insert(suggestion.insert)
  }

  /** Puts a line into the box, ready to go on typing. */
  function insert(text) {
    box.value = text
    box.focus()
    box.setSelectionRange(text.length, text.length)
    changed()
  }

  async function changed() {
    tries.hidden = box.value !== ''
    const mine = ++asked
    if (!/^\s*[/／]/.test(box.value)) return hide()
    const { person, where } = from()
    const query = new URLSearchParams({ person, where, text: box.value })
    try {
      const answer = await read(`complete?${query}`)
      // An answer to what was typed before is no help any more.
      if (mine === asked) show(answer)
    } catch {
      hide()
    }
  }

  /** Puts a file beside the line, or takes it away again. */
  function attachFile(file) {
    if (!file) picker.value = ''
    chosen.hidden = !file
    chosenName.textContent = file ? `${file.name} · ${fileSize(file.size)}` : ''
    box.focus()
  }
  picker.addEventListener('change', () => attachFile(picker.files[0]))

  async function go(text) {
    const [file] = picker.files
    if (text.trim() === '' && !file) return
    const kept = box.value
    box.value = ''
    tries.hidden = false
    hide()
    // What could not be sent is put back, unless something new has been typed meanwhile.
    const sent = await submit(text, file)
    if (sent && file && picker.files[0] === file) attachFile(null)
    if (!sent && box.value === '' && kept !== '') {
      box.value = kept
      tries.hidden = true
    }
  }

  form.addEventListener('submit', event => {
    event.preventDefault()
    go(box.value)
  })
  box.addEventListener('input', changed)
  box.addEventListener('blur', hide)
  box.addEventListener('focus', () => box.value && changed())
  box.addEventListener('keydown', event => {
    // While an input method composes, its keys are its own.
    if (event.isComposing) return
    const open = !list.hidden
    if (event.key === 'ArrowDown' && open) choose((active + 1) % found.length)
    else if (event.key === 'ArrowUp' && open) choose((active <= 0 ? found.length : active) - 1)
    else if (event.key === 'Tab' && !event.shiftKey && open) accept(Math.max(active, 0))
    else if (event.key === 'Enter' && open && active >= 0) accept(active)
    else if (event.key === 'Enter' && !event.shiftKey) go(box.value)
    else if (event.key === 'Escape' && (open || !usage.hidden)) hide()
    else return
    event.preventDefault()
  })

  return {
    element: form,
    insert,
    /** Writes the words of the page's language, and who is writing. */
    label(text, maxLine) {
      box.setAttribute('aria-label', text)
      box.setAttribute('placeholder', `${text}`)
      box.setAttribute('maxlength', maxLine)
      sendButton.setAttribute('aria-label', say('playground.send'))
      picker.setAttribute('aria-label', say('playground.attach'))
      attach.setAttribute('title', say('playground.attach'))
      drop.setAttribute('aria-label', say('playground.form.file.remove'))
      list.setAttribute('aria-label', say('playground.suggestions'))
      tries.setAttribute('aria-label', say('playground.try'))
      tries.replaceChildren(
        make('span', { class: 'try', 'aria-hidden': 'true' }, say('playground.try')),
        ...chips().map(line => make('button', { type: 'button', class: 'chip', onclick: () => go(line) }, line)),
      )
    },
  }
}
