/** Files that people sent: a row here, the bytes in the files folder under a random name. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { App } from '../../app.ts'
import type { FileKind, StoredFile } from '../../chat/command.ts'
import { fingerprint, linkSecret } from '../../lib/ids.ts'
import { DAY_LENGTH, HOUR } from '../../lib/time.ts'
import type { Contribution } from '../contribution.ts'
import { exportFiles, forgetFiles } from './personal.ts'

/** Bytes that are in the folder already and wait for their row. */
export interface WrittenFile {
  readonly path: string
  readonly name: string
  readonly kind: FileKind
  readonly bytes: number
  readonly sha256: string
}

const MAX_NAME = 120

/** Gives written bytes their row; call it in the transaction that needs the file. Without a row the sweep removes them. */
export async function keepFile(
  app: App,
  file: WrittenFile,
  owner: { accountId: string; communityId: string | null },
): Promise<StoredFile> {
  const id = app.ids('fil')
  const name = [...file.name].slice(0, MAX_NAME).join('')
  await app.db
    .insertInto('files')
    .values({
      id,
      community_id: owner.communityId,
      account_id: owner.accountId,
      path: file.path,
      name,
      kind: file.kind,
      bytes: file.bytes,
      sha256: file.sha256,
      created_at: app.clock.now(),
      deleted_at: null,
    })
    .execute()
  return { id, name, kind: file.kind, size: file.bytes }
}

/** A file with its bytes; null when it is deleted, was never there, or its bytes are gone. */
export async function readStored(
  app: App,
  id: string,
): Promise<{ name: string; kind: FileKind; bytes: Uint8Array } | null> {
  const row = await app.db
    .selectFrom('files')
    .select(['path', 'name', 'kind'])
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
  const bytes = row && (await app.files.get(row.path))
  return row && bytes ? { name: row.name, kind: row.kind as FileKind, bytes } : null
}

/** Marks files as deleted; their bytes go with the next sweep. */
export async function deleteFiles(app: App, ids: readonly string[], at: number): Promise<void> {
  if (ids.length === 0) return
  await app.db
    .updateTable('files')
    .set({ deleted_at: at })
    .where('id', 'in', [...ids])
    .where('deleted_at', 'is', null)
    .execute()
}

/** Bytes without a row may belong to a transaction that is still under way. */
const ORPHAN_AGE_MS = DAY_LENGTH
const SWEEP_BATCH = 500

/** Removes the bytes of files that were deleted within the hour; returns how many. What this misses, the sweep of orphans finds. */
export async function removeDeleted(app: App): Promise<number> {
  const deleted = await app.db
    .selectFrom('files')
    .select('path')
    .where('deleted_at', '>', app.clock.now() - HOUR)
    .execute()
  for (const { path } of deleted) await app.files.drop(path)
  return deleted.length
}

/** Copies of a database have its key too: they are the same one here. */
const OWNER_SIZE = 20

/** Removes bytes that no file has: of deleted ones, and those that never got a row. Lists the whole folder; returns how many went. */
export async function sweepOrphans(app: App): Promise<number> {
  let removed = 0
  // The disk has its own clock, whatever time the playground is at.
  const old = await app.files.olderThan(Date.now() - ORPHAN_AGE_MS)
  if (old.length === 0) return 0
  // Another database in this folder's configuration knows none of its files, and all of them would look like orphans.
  if (!(await app.files.claim(fingerprint(await secretOf(app), OWNER_SIZE)))) {
    app.log.warn({ folder: app.files.root }, 'the files folder is that of another database; nothing in it is swept')
    return 0
  }
  for (let i = 0; i < old.length; i += SWEEP_BATCH) {
    const paths = old.slice(i, i + SWEEP_BATCH)
    const rows = await app.db
      .selectFrom('files')
      .select('path')
      .where('path', 'in', paths)
      .where('deleted_at', 'is', null)
      .execute()
    const kept = new Set(rows.map(({ path }) => path))
    for (const path of paths.filter(each => !kept.has(each))) {
      await app.files.drop(path)
      removed++
    }
  }
  return removed
}

const SECRET = 'files.secret'

async function secretOf(app: App): Promise<string> {
  const read = () => app.db.selectFrom('meta').select('value').where('key', '=', SECRET).executeTakeFirst()
  return (await read())?.value ?? ''
}

/** Makes the key that links to files are signed with, once per database. Call it inside a transaction, before any link is made. */
export async function ensureFileSecret(app: App): Promise<void> {
  await app.db
    .insertInto('meta')
    .values({ key: SECRET, value: linkSecret(app.random) })
    .onConflict(conflict => conflict.column('key').doNothing())
    .execute()
}

const signature = (secret: string, id: string, until: number): string =>
  createHmac('sha256', secret).update(`${id}.${until}`).digest('base64url')

/** What makes links to files: the path and query under which one can be fetched until then (epoch ms), by whoever has the link. */
export async function fileSigner(app: App): Promise<(id: string, until: number) => string> {
  const secret = await secretOf(app)
  if (secret === '') throw new Error('the key of file links has not been made')
  return (id, until) => `/files/${id}?until=${until}&signature=${signature(secret, id, until)}`
}

/** Whether a link to a file is ours and has not run out. */
export async function isSigned(app: App, id: string, until: number, given: string): Promise<boolean> {
  const secret = await secretOf(app)
  if (secret === '' || !Number.isSafeInteger(until) || until <= app.clock.now()) return false
  const expected = Buffer.from(signature(secret, id, until))
  const actual = Buffer.from(given)
  return expected.length === actual.length && timingSafeEqual(expected, actual)
}

export const contribution: Contribution = {
  name: 'files',
  tables: ['files'],
  exportPerson: exportFiles,
  forget: forgetFiles,
}
