/** What people asked and were told: handed out to them, and taken out when somebody is forgotten. */
import type { App } from '../../app.ts'
import type { Answer } from '../../chat/port.ts'
import { wordsOf } from '../../chat/render.ts'
import type { Request } from '../../chat/request.ts'
import { DAY_LENGTH } from '../../lib/time.ts'
import type { Exported, Leaver, Whole } from '../contribution.ts'
import { type Traces, tracesOf } from '../traces.ts'

const BATCH = 500

interface Stored {
  readonly id: number
  readonly state: 'received' | 'done' | 'answered'
  readonly request: string
  readonly answer: string | null
  readonly received_at: number
}
const columns = ['id', 'state', 'request', 'answer', 'received_at'] as const

/** Whose request it is: the person who asked, or to whom something happened. */
function isTheirs(request: Request, { identities }: Pick<Whole, 'identities'>): boolean {
  const who = request.kind === 'happening' ? ('who' in request ? request.who : null) : request.from
  return identities.some(({ platform, platformId }) => platform === request.platform && platformId === who?.platformId)
}

/** What was asked, without what it says of others. */
function asked(request: Request): Exported {
  switch (request.kind) {
    case 'line':
      return request.line
    case 'command':
      return [...request.path, ...Object.entries(request.args).map(([name, value]) => `${name}: ${shown(value)}`)].join(
        ' ',
      )
    case 'answer':
      return request.text
    case 'form':
      return Object.fromEntries(Object.entries(request.values).map(([name, value]) => [name, shown(value)]))
    case 'press':
      return request.data
    case 'happening':
      return request.what
    case 'faceless':
      return null
  }
}

function shown(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  return 'name' in value ? String(value.name) : 'file' in value ? shown(value.file) : 'sighting' in value ? '@' : ''
}

/** What somebody asked in the last weeks, and what they were answered. */
export async function exportAsked(app: App, who: Whole): Promise<Record<string, Exported>> {
  const traces = tracesOf(who)
  const found: Exported[] = []
  for (let after = 0; ; ) {
    const rows = await app.db
      .selectFrom('inbox')
      .select(columns)
      .where('id', '>', after)
      .orderBy('id')
      .limit(BATCH)
      .execute()
    for (const row of rows) {
      if (!traces.isIn(row.request)) continue
      const request: Request = JSON.parse(row.request)
      if (!isTheirs(request, who)) continue
      const answer: Answer | null = row.answer === null ? null : JSON.parse(row.answer)
      found.push({
        received_at: row.received_at,
        platform: request.platform,
        place: 'place' in request ? (request.place?.title ?? null) : null,
        asked: asked(request),
        answered: answer && wordsOf(answer.reply, answer.locale),
      })
    }
    const last = rows.at(-1)
    if (!last || rows.length < BATCH) break
    after = last.id
  }
  const offers =
    who.accountIds.length === 0
      ? []
      : await app.db
          .selectFrom('private_answers')
          .select(['expires_at', 'used_at'])
          .where('account_id', 'in', [...who.accountIds])
          .orderBy('expires_at')
          .execute()
  return { asked: found, private_answers: offers }
}

async function remove(app: App, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return
  await app.db
    .deleteFrom('private_answers')
    .where('inbox_id', 'in', [...ids])
    .execute()
  await app.db
    .deleteFrom('inbox')
    .where('id', 'in', [...ids])
    .execute()
}

/** Deletes what is theirs of these rows, and takes them out of the others. */
async function clear(app: App, who: Leaver, traces: Traces, rows: readonly Stored[]): Promise<void> {
  const own: number[] = []
  for (const { id, state, request, answer } of rows) {
    const inRequest = traces.isIn(request)
    const inAnswer = answer !== null && traces.isIn(answer)
    if (!inRequest && !inAnswer) continue
    if (inRequest && isTheirs(JSON.parse(request), who)) own.push(id)
    // What somebody else has only just asked still has to be understood.
    else if (state !== 'received')
      await app.db
        .updateTable('inbox')
        .set({ request: traces.without(request), answer: answer && traces.without(answer) })
        .where('id', '=', id)
        .execute()
  }
  await remove(app, own)
}

/** A batch of what is over. What is not is looked at again in the end. */
export async function redactAsked(app: App, who: Leaver, after: number): Promise<number | null> {
  const rows = await app.db
    .selectFrom('inbox')
    .select(columns)
    .where('id', '>', after)
    .orderBy('id')
    .limit(BATCH)
    .execute()
  await clear(
    app,
    who,
    tracesOf(who),
    rows.filter(({ state }) => state === 'answered'),
  )
  return rows.length < BATCH ? null : (rows.at(-1)?.id ?? null)
}

/** The rest: what came in, or was answered, since. Whatever of theirs is under way finds its row gone, and undoes itself. */
export async function forgetAsked(app: App, who: Leaver): Promise<void> {
  // Nothing new comes in until this is done: it would still be taken for theirs.
  await app.engine.lockTables(app.db, ['inbox'])
  if (who.accountIds.length > 0)
    await app.db
      .deleteFrom('private_answers')
      .where('account_id', 'in', [...who.accountIds])
      .execute()
  const traces = tracesOf(who)
  const unfinished = await app.db.selectFrom('inbox').select(columns).where('state', '<>', 'answered').execute()
  await clear(app, who, traces, unfinished)
  for (let before = Number.MAX_SAFE_INTEGER; ; ) {
    const rows = await app.db
      .selectFrom('inbox')
      .select(columns)
      .where('id', '<', before)
      .orderBy('id', 'desc')
      .limit(BATCH)
      .execute()
    await clear(app, who, traces, rows)
    const oldest = rows.at(-1)
    // Nothing is under way for longer than a day.
    if (!oldest || oldest.received_at < who.at - DAY_LENGTH) break
    before = oldest.id
  }
  await forgetPlayground(app, who, traces)
}

/** The playground's own chat: there this database is the platform. */
async function forgetPlayground(app: App, who: Leaver, traces: Traces): Promise<void> {
  const ids = who.identities.filter(({ platform }) => platform === 'playground').map(({ platformId }) => platformId)
  if (ids.length === 0) return
  await app.db
    .deleteFrom('playground_messages')
    .where(eb =>
      eb.or([
        eb('author', 'in', ids),
        eb('seen_by', 'in', ids),
        eb(
          'chat',
          'in',
          ids.map(id => `direct:${id}`),
        ),
      ]),
    )
    .execute()
  for (const { id, body } of await app.db.selectFrom('playground_messages').select(['id', 'body']).execute())
    if (traces.isIn(body))
      await app.db
        .updateTable('playground_messages')
        .set({ body: traces.without(body) })
        .where('id', '=', id)
        .execute()
}
