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

/** The bytes of their files, the smallest first while there is room; of the others only what they are. */
async function withFiles(app: App, all: PersonExport): Promise<PersonExport> {
  const files = Array.isArray(all.person.files) ? all.person.files.filter(isRecord) : []
  const contents = new Map<Exported, string>()
  let room = MAX_FILE_BYTES
  for (const { id, bytes, deleted_at } of files.toSorted((a, b) => Number(a.bytes) - Number(b.bytes))) {
    if (typeof id !== 'string' || deleted_at !== null || Number(bytes) > room) continue
    const stored = await readStored(app, id)
    if (!stored) continue
    contents.set(id, Buffer.from(stored.bytes).toString('base64'))
    room -= stored.bytes.length
  }
  const listed = files.map(file => ({ ...file, base64: contents.get(file.id ?? '') ?? null }))
  return { ...all, person: { ...all.person, files: listed } }
}

const isRecord = (value: Exported): value is Record<string, Exported> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
