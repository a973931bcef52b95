// Talking to Muster.
import { say } from './words.js'

/** Something the page has to tell the person, in words. */
export class Failed extends Error {}

async function ask(path, options) {
  const response = await fetch(`/playground/${path}`, options).catch(() => {
    throw new Failed(say('playground.failed.unreachable'))
  })
  if (response.ok) return response.json()
  if (response.status === 401) throw new Failed(say('playground.session'))
  const problem = await response.json().catch(() => ({}))
  throw new Failed(problem.detail ?? `${response.status}`)
}

export const read = path => ask(path)

/** Sends something that happens once: tried again after a cut connection, its id keeps it from happening twice. */
export const send = (path, value) =>
  once(path, {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ id: crypto.randomUUID(), ...value }),
  })

/** The same with files: `parts` is a FormData. */
export function upload(path, parts, value) {
  for (const [name, each] of Object.entries({ id: crypto.randomUUID(), ...value })) parts.set(name, each)
  return once(path, { body: parts })
}

async function once(path, how) {
  const options = { method: 'POST', ...how }
  try {
    return await ask(path, options)
  } catch (error) {
    if (path === 'clock' || !(error instanceof Failed) || error.message !== say('playground.failed.unreachable'))
      throw error
    return ask(path, options)
  }
}

/** Follows the news from `cursor` on. The browser reconnects by itself, naming the last event it saw. */
export function follow(cursor, { message, typing, clock, reset, online }) {
  const source = new EventSource(`/playground/events?after=${encodeURIComponent(cursor)}`)
  source.addEventListener('message', event => message(JSON.parse(event.data)))
  source.addEventListener('typing', event => typing(JSON.parse(event.data)))
  source.addEventListener('clock', event => clock(JSON.parse(event.data)))
  source.addEventListener('reset', () => {
    source.close()
    reset()
  })
  source.addEventListener('open', () => online(true))
  source.addEventListener('error', () => {
    online(false)
    // Refused rather than cut off: the browser has given up, so we ask again.
    if (source.readyState === EventSource.CLOSED) setTimeout(reset, 3000)
  })
}
