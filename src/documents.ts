/** Documents of replies: written when they are sent, so that nothing of them is stored. */
import type { App } from './app.ts'
import type { WriteDocument } from './chat/port.ts'
import { exportAll, type PersonExport } from './contributions.ts'
import type { Exported } from './features/contribution.ts'
import { readStored } from './features/files/index.ts'

/** All files of an export together; written as text they take a third more, and the smallest platform takes 10 MB. */
const MAX_FILE_BYTES = 6_000_000

/** Writes documents by what they hold. */
export function createDocuments(app: App): WriteDocument {
  return async document => {
    const everything = await withFiles(app, await exportAll(app, document.personId))
    return { bytes: Buffer.from(`${JSON.stringify(everything, null, 2)}\n`), type: 'application/json' }
  }
}

interface Listed {
  readonly id: string
  readonly bytes: number
  readonly deleted_at: number | null
}

/** The bytes of their files, the smallest first while there is room; of the others only what they are. */
async function withFiles(app: App, all: PersonExport): Promise<PersonExport> {
  const files = (all.person.files ?? []) as unknown as Listed[]
  const contents = new Map<string, string>()
  let room = MAX_FILE_BYTES
  for (const { id, bytes, deleted_at } of files.toSorted((a, b) => a.bytes - b.bytes)) {
    if (deleted_at !== null || bytes > room) continue
    const stored = await readStored(app, id)
    if (!stored) continue
    contents.set(id, Buffer.from(stored.bytes).toString('base64'))
    room -= stored.bytes.length
  }
  const listed = files.map(file => ({ ...file, base64: contents.get(file.id) ?? null }))
  return { ...all, person: { ...all.person, files: listed as unknown as Exported } }
}
