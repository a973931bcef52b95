// The playground's page: two people's private chats, the group between them, and a clock that can be moved.
import { Failed, follow, read, send, upload } from './api.js'
import { createComposer } from './composer.js'
import { avatar, icon, make } from './dom.js'
import { formCard } from './form.js'
import { at, offerLooks, recall, remember, writeWords as writePage } from './looks.js'
import { createPane } from './pane.js'
import { longTime, say, speak } from './words.js'

/** What Muster told us, and what was chosen here. */
let world
const messages = new Map()
let clockAhead = 0
const now = () => Date.now() + clockAhead
const chosen = {
  left: recall('left'),
  right: recall('right'),
  acting: recall('acting'),
  locale: recall('locale') ?? document.documentElement.lang,
  tab: 'group',
}
/** Cards of forms by message: what somebody is writing stays when the conversation is drawn anew. */
const cards = new Map()
/** Controls that wait for the answer to their press, by event. */
const waiting = new Map()
const panes = {}

// -- People -------------------------------------------------------------------------------------------------------

const players = () => [...world.people.values()].filter(person => person.playable)
const nameOf = id => world.people.get(id)?.name ?? id
const personIn = pane => (pane === 'group' ? chosen.acting : chosen[pane])
const whereIn = pane => (pane === 'group' ? 'group' : 'direct')

/** Everyone whose eyes are on the page: what one person alone may read in the group is shown for these. */
const present = () => [chosen.left, chosen.right, chosen.acting]

const belongs = (pane, message) =>
  pane === 'group'
    ? message.chat === 'group' && (message.seenBy === null || present().includes(message.seenBy))
    : message.chat === `direct:${chosen[pane]}`

const viewOf = pane => ({
  me: personIn(pane),
  people: world.people,
  commands: world.commands,
  groups: world.groups,
  insert: text => panes[pane].composer.insert(text),
  press: (message, data, element) => press(pane, message, data, element),
  card: message => cardOf(pane, message),
  settled: () => panes[pane].pane.settled(),
})

function cardOf(pane, message) {
  const before = cards.get(message.id)
  if (before) return before
  const card = formCard(message, {
    people: world.people,
    maxFile: world.maxFile,
    press: (...pressed) => press(pane, ...pressed),
    handIn: (...handed) => handIn(pane, ...handed),
    suggest: (...asked) => suggest(pane, ...asked),
  })
  cards.set(message.id, card)
  return card
}

// -- Doing --------------------------------------------------------------------------------------------------------

async function attempt(work) {
  try {
    await work()
    return true
  } catch (error) {
    if (!(error instanceof Failed)) throw error
    notice(say('playground.failed', { why: error.message }))
    return false
  }
}

function submit(pane, text, file) {
  const line = { person: personIn(pane), where: whereIn(pane), text }
  if (!file) return attempt(() => send('say', line))
  return attempt(() => {
    if (file.size > world.maxFile) throw new Failed(say('playground.form.large', { limit: limit() }))
    const parts = new FormData()
    parts.set('file', file)
    return upload('say', parts, line)
  })
}
const limit = () => Math.floor(world.maxFile / 1024 / 1024)

/** What only one person sees is theirs to press; everything else is pressed by whoever is acting. */
async function press(pane, message, data, element) {
  const id = crypto.randomUUID()
  element.setAttribute('aria-busy', 'true')
  waiting.set(`press ${id}`, element)
  const person = message.seenBy ?? personIn(pane)
  const sent = await attempt(() => send('press', { id, person, where: whereIn(pane), message: message.id, data }))
  if (!sent) settle(`press ${id}`)
}

/** Hands in a form as whoever sees its card; resolves with what went wrong, or null. */
async function handIn(pane, message, parts, element) {
  const id = crypto.randomUUID()
  waiting.set(`form ${id}`, element)
  try {
    const person = message.seenBy ?? personIn(pane)
    await upload('form', parts, { id, person, where: whereIn(pane), message: message.id })
    return null
  } catch (error) {
    settle(`form ${id}`)
    if (!(error instanceof Failed)) throw error
    return say('playground.failed', { why: error.message })
  }
}

async function suggest(pane, message, field, text) {
  const person = message.seenBy ?? personIn(pane)
  const query = new URLSearchParams({ person, where: whereIn(pane), message: message.id, field, text })
  return read(`suggest?${query}`).catch(() => [])
}

function settle(event) {
  const element = waiting.get(event)
  waiting.delete(event)
  element?.removeAttribute('aria-busy')
  if (element?.tagName === 'SELECT') element.value = ''
}

let noticeTimer
function notice(text) {
  at('offline').textContent = text
  at('offline').hidden = false
  clearTimeout(noticeTimer)
  noticeTimer = setTimeout(() => {
    at('offline').hidden = true
  }, 8000)
}

// -- Showing ------------------------------------------------------------------------------------------------------

function fill(pane) {
  const shown = [...messages.values()].filter(message => belongs(pane, message)).sort((a, b) => a.id - b.id)
  panes[pane].pane.fill(shown, viewOf(pane))
}

function arrived(message) {
  messages.set(message.id, message)
  if (!message.body.form || message.body.form.over) cards.delete(message.id)
  if (message.body.answers) settle(message.body.answers)
  for (const pane of ['left', 'group', 'right']) {
    if (!belongs(pane, message)) continue
    panes[pane].pane.put(message, viewOf(pane))
    if (pane !== chosen.tab) at(`tab-${pane}`).classList.add('unread')
  }
}

function isTyping({ chat, seenBy }) {
  for (const pane of ['left', 'group', 'right']) if (belongs(pane, { chat, seenBy })) panes[pane].pane.typing()
}

function setClock(value) {
  clockAhead = value - Date.now()
  tick()
}

let shownMinute = ''
function tick() {
  const words = longTime(now())
  if (words === shownMinute) return
  shownMinute = words
  at('now').textContent = words
  at('now').setAttribute('datetime', new Date(now()).toISOString())
  for (const { pane } of Object.values(panes)) pane.moved()
}

function writeHeads() {
  for (const side of ['left', 'right']) {
    const { title, label } = panes[side]
    title.replaceChildren(...players().map(person => make('option', { value: person.id }, person.name)))
    title.value = chosen[side]
    title.setAttribute('aria-label', say('playground.person'))
    const { role } = world.people.get(chosen[side])
    const standing = role === 'member' ? '' : ` · ${say(`playground.person.role.${role}`)}`
    label.textContent = `${say('playground.direct')}${standing}`
    panes[side].sign.replaceChildren(avatar(chosen[side], world.people))
  }
  panes.group.title.textContent = world.group.name
  panes.group.label.textContent = say('playground.group.members', { count: world.people.size })
  for (const pane of ['left', 'group', 'right']) {
    const person = personIn(pane)
    const key = pane === 'group' ? 'playground.compose.group' : 'playground.compose.direct'
    panes[pane].composer.label(say(key, { name: nameOf(person), group: world.group.name }), world.maxLine)
    panes[pane].pane.log.setAttribute('aria-label', pane === 'group' ? world.group.name : nameOf(person))
    at(`tab-${pane}`).firstChild.textContent = pane === 'group' ? world.group.name : nameOf(person)
  }
  writeActing()
}

function writeActing() {
  panes.group.acting.setAttribute('aria-label', say('playground.as'))
  panes.group.acting.replaceChildren(
    make('span', { class: 'as', 'aria-hidden': 'true' }, say('playground.as')),
    ...players().map(person =>
      make(
        'label',
        { class: 'actor' },
        make('input', {
          type: 'radio',
          name: 'acting',
          value: person.id,
          checked: person.id === chosen.acting,
          onchange: () => choose('acting', person.id),
        }),
        avatar(person.id, world.people),
        make('span', {}, person.name),
      ),
    ),
  )
}

function choose(which, person) {
  const other = which === 'left' ? 'right' : 'left'
  // Nobody sits on both sides: they change places.
  if (which !== 'acting' && chosen[other] === person) {
    chosen[other] = chosen[which]
    remember(other, chosen[other])
    chosen[which] = person
    fill(other)
  }
  chosen[which] = person
  remember(which, person)
  writeHeads()
  if (which !== 'acting') fill(which)
  fill('group')
  if (which === 'acting') panes.group.acting.querySelector('input:checked')?.focus()
}

function showTab(pane) {
  chosen.tab = pane
  at('panes').dataset.tab = pane
  for (const each of ['left', 'group', 'right']) {
    const tab = at(`tab-${each}`)
    tab.setAttribute('aria-selected', String(each === pane))
    tab.tabIndex = each === pane ? 0 : -1
  }
  at(`tab-${pane}`).classList.remove('unread')
  panes[pane].pane.toEnd()
}

function writeWords() {
  speak(world.words, chosen.locale, world.zone)
  document.title = say('playground.title')
  writePage(chosen.locale)
  writeHeads()
  shownMinute = ''
  tick()
  for (const pane of Object.keys(panes)) fill(pane)
}

// -- Beginning ----------------------------------------------------------------------------------------------------

const TRIES = { direct: ['/checkin', '/streak', '/points'], group: ['/checkin', '/leaderboard', '/help'] }

function buildPane(pane) {
  const where = whereIn(pane)
  const acting = pane === 'group' ? make('div', { class: 'acting', role: 'radiogroup' }) : null
  const composer = createComposer({
    from: () => ({ person: personIn(pane), where }),
    submit: (text, file) => submit(pane, text, file),
    chips: () => TRIES[where].filter(line => world.groups.has(line.slice(1))),
    before: acting,
  })
  const label = make('p', { class: 'label' })
  const title =
    pane === 'group'
      ? make('h2', { class: 'title' })
      : make('select', { class: 'title', onchange: event => choose(pane, event.currentTarget.value) })
  const sign = make(
    'span',
    { class: 'sign' },
    pane === 'group' ? make('span', { class: 'avatar place' }, icon('people')) : '',
  )
  const head = make(
    'header',
    { class: 'head' },
    sign,
    make('div', {}, pane === 'group' ? title : make('span', { class: 'picker' }, title, icon('down')), label),
  )
  panes[pane] = { composer, acting, title, label, sign, pane: createPane({ id: pane, head, composer, now }) }
  at('panes').append(panes[pane].pane.element)
  at('tabs').append(
    make(
      'button',
      { type: 'button', role: 'tab', id: `tab-${pane}`, 'aria-controls': `pane-${pane}`, onclick: () => showTab(pane) },
      make('span', {}),
      make('span', { class: 'dot', 'aria-hidden': 'true' }),
    ),
  )
}

async function load() {
  const state = await read('state')
  world = {
    ...state,
    people: new Map(state.people.map(person => [person.id, person])),
    commands: new Set(state.commands),
    groups: new Set(state.commands.map(command => command.split(' ')[0])),
  }
  const ids = players().map(person => person.id)
  const known = (id, otherwise) => (ids.includes(id) ? id : otherwise)
  chosen.left = known(chosen.left, ids[0])
  chosen.right = known(chosen.right, ids.find(id => id !== chosen.left) ?? ids[0])
  chosen.acting = known(chosen.acting, chosen.left)
  if (!(chosen.locale in world.words)) chosen.locale = 'en'
  messages.clear()
  for (const message of state.messages) messages.set(message.id, message)
  clockAhead = state.now - Date.now()
  if (Object.keys(panes).length === 0) for (const pane of ['left', 'group', 'right']) buildPane(pane)
  writeWords()
  showTab(chosen.tab)
  document.body.dataset.ready = 'true'
  follow(state.cursor, {
    message: arrived,
    typing: isTyping,
    clock: ({ now: value }) => setClock(value),
    reset: start,
    online: yes => {
      if (!yes) at('offline').textContent = say('playground.offline')
      at('offline').hidden = yes
    },
  })
}

/** Loads everything; until that works, says so and tries again. */
async function start() {
  try {
    await load()
  } catch (error) {
    if (!(error instanceof Failed)) throw error
    if (world) notice(error.message)
    setTimeout(start, 3000)
  }
}

const moveClock = step => attempt(async () => setClock((await send('clock', { step })).now))
at('next-day').addEventListener('click', () => moveClock('day'))
at('next-hour').addEventListener('click', () => moveClock('hour'))
offerLooks(locale => {
  chosen.locale = locale
  writeWords()
})
at('welcome').hidden = recall('welcome') === 'closed'
at('dismiss').addEventListener('click', () => {
  remember('welcome', 'closed')
  at('welcome').hidden = true
})
at('tabs').addEventListener('keydown', event => {
  const order = ['left', 'group', 'right']
  const step = { ArrowRight: 1, ArrowLeft: 2 }[event.key]
  if (!step) return
  const next = order[(order.indexOf(chosen.tab) + step) % 3]
  showTab(next)
  at(`tab-${next}`).focus()
})
setInterval(tick, 1000)
start()
