/** Why somebody was sent something: for /why, and for whoever answers their complaint. */
import type { App } from '../../app.ts'
import type { Delivery } from '../../chat/port.ts'
import type { Reply } from '../../chat/reply.ts'
import type { Platform } from '../../chat/text.ts'
import type { Verdict } from '../policy/index.ts'
import type { Class } from './enqueue.ts'

/** One message that somebody was sent privately. */
export interface Heard {
  readonly id: number
  readonly at: number
  readonly platform: Platform
  readonly class: Class
  readonly topic: string | null
  /** Null once its words were deleted. */
  readonly reply: Reply | null
  readonly state: 'sent' | 'unknown'
}
export interface Explained extends Heard {
  /** What caused it, such as `link:…`. */
  readonly source: string
  readonly queuedAt: number
  /** What the send policy said, oldest first. */
  readonly verdicts: ReadonlyArray<Verdict & { readonly at: number }>
}

const heardBy = (app: App, accountIds: readonly string[]) =>
  app.db
    .selectFrom('outbox')
    .select(['id', 'platform', 'class', 'topic', 'payload', 'state', 'source', 'created_at', 'finished_at', 'verdicts'])
    .where('account_id', 'in', [...accountIds])
    .where('state', 'in', ['sent', 'unknown'])
type Row = Awaited<ReturnType<ReturnType<typeof heardBy>['execute']>>[number]

function toHeard(row: Row): Explained {
  const { reply }: Partial<Delivery> = JSON.parse(row.payload)
  return {
    id: row.id,
    at: row.finished_at ?? row.created_at,
    platform: row.platform,
    class: row.class,
    topic: row.topic,
    reply: reply ?? null,
    state: row.state === 'sent' ? 'sent' : 'unknown',
    source: row.source,
    queuedAt: row.created_at,
    verdicts: (row.verdicts ?? '')
      .split('\n')
      .filter(Boolean)
      .map(line => JSON.parse(line)),
  }
}

/** What somebody was sent last, newest first. */
export async function lastHeard(app: App, accountIds: readonly string[], limit: number): Promise<Heard[]> {
  const rows = await heardBy(app, accountIds).orderBy('id', 'desc').limit(limit).execute()
  return rows.map(toHeard)
}

/** One message that one of these accounts was sent; null when it was sent to nobody of them. */
export async function explain(app: App, accountIds: readonly string[], id: number): Promise<Explained | null> {
  const row = await heardBy(app, accountIds).where('id', '=', id).executeTakeFirst()
  return row ? toHeard(row) : null
}
