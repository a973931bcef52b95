// One conversation: its head, its messages with the days between them, and the box below.
import { make } from './dom.js'
import { messageItem } from './message.js'
import { dayName, dayOf, say } from './words.js'

/** Messages of one author this close together form one block. */
const BLOCK_MS = 5 * 60_000
/** As near to the end as counts for being there. */
const NEAR = 80
/** A typing sign nobody followed up is taken away. */
const TYPING_MS = 15_000

export function createPane({ id, head, composer, now }) {
  const log = make('ol', { class: 'log', role: 'log', 'aria-live': 'polite', tabindex: '0' })
  const typing = make('p', { class: 'typing', hidden: true })
  const empty = make('p', { class: 'empty', hidden: true })
  const news = make('button', { type: 'button', class: 'news', hidden: true, onclick: () => toEnd() })
  const element = make(
    'section',
    { class: 'pane', role: 'tabpanel', id: `pane-${id}`, 'aria-labelledby': `tab-${id}` },
    head,
    make('div', { class: 'scroll' }, log, empty, news),
    typing,
    composer.element,
  )
  let last = null
  let lastDay = null
  let timer
  /** Whether the reader is at the end, and wants to stay there when something is added. */
  let following = true
  // The box below grows and shrinks.
  new ResizeObserver(() => following && toEnd()).observe(log)

  const nearEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < NEAR
  function toEnd() {
    log.scrollTop = log.scrollHeight
    following = true
    news.hidden = true
  }
  log.addEventListener('scroll', () => {
    following = nearEnd()
    if (following) news.hidden = true
  })

  function dayLine(day) {
    lastDay = day
    last = null
    log.append(make('li', { class: 'day', 'data-day': day }, make('span', {}, dayName(day, now()))))
  }

  function append(message, view) {
    const day = dayOf(message.at)
    if (day !== lastDay) dayLine(day)
    const continued =
      last !== null &&
      last.author === message.author &&
      last.seenBy === message.seenBy &&
      message.at - last.at < BLOCK_MS
    log.append(messageItem(message, view, continued))
    last = message
    empty.hidden = true
  }

  return {
    element,
    log,
    toEnd,
    /** Something has grown after it was shown (a picture has arrived). */
    settled() {
      if (following) toEnd()
    },
    /** Shows these messages and no others. */
    fill(messages, view) {
      // Nothing of this is news: it is not read out.
      log.setAttribute('aria-busy', 'true')
      log.replaceChildren()
      last = null
      lastDay = null
      empty.textContent = say('playground.empty')
      empty.hidden = messages.length > 0
      news.textContent = say('playground.news')
      typing.textContent = say('playground.typing')
      typing.hidden = true
      for (const message of messages) append(message, view)
      toEnd()
      requestAnimationFrame(() => log.removeAttribute('aria-busy'))
    },
    /** Adds a message, or shows what an edited one says now. */
    put(message, view) {
      typing.hidden = true
      const before = log.querySelector(`[data-id="${message.id}"]`)
      const stay = !following && message.author !== view.me
      if (before) {
        const hadFocus = before.contains(document.activeElement)
        const item = messageItem(message, view, before.classList.contains('continued'))
        before.replaceWith(item)
        // The keyboard stays where it was, though the button is another one.
        if (hadFocus) (item.querySelector('button.press, select.press') ?? log).focus()
        if (!stay) toEnd()
        return
      }
      append(message, view)
      if (stay) news.hidden = false
      else toEnd()
      const card = log.lastElementChild.querySelector('.card')
      if (!card || stay) return
      // What is to be filled in begins at its beginning.
      if (card.offsetHeight > log.clientHeight) log.lastElementChild.scrollIntoView()
      // Whoever has just asked for it goes on in it; a phone's keyboard would hide it.
      if (element.contains(document.activeElement) && matchMedia('(pointer: fine)').matches) {
        const first = card.querySelector('input, textarea, select')
        const chosen = first.closest('.field').querySelector('input:checked')
        ;(chosen ?? first).focus({ preventScroll: true })
      }
    },
    typing() {
      typing.hidden = false
      clearTimeout(timer)
      timer = setTimeout(() => {
        typing.hidden = true
      }, TYPING_MS)
    },
    /** The clock has moved: `Today` becomes `Yesterday`. The new day gets its line with its first message. */
    moved() {
      for (const line of log.querySelectorAll('.day')) line.firstChild.textContent = dayName(line.dataset.day, now())
    },
  }
}
