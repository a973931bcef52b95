/** The page's style and scripts, read once at start and served with what lets a browser keep them. */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { extname } from 'node:path'

const FOLDER = new URL('./assets/', import.meta.url)
const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
}

export interface Asset {
  readonly type: string
  readonly etag: string
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** Every file of the folder, by name. */
export async function loadAssets(): Promise<ReadonlyMap<string, Asset>> {
  const assets = new Map<string, Asset>()
  for (const name of await readdir(FOLDER)) {
    const type = TYPES[extname(name)]
    if (!type) throw new Error(`the playground cannot serve ${name}: only ${Object.keys(TYPES).join(', ')}`)
    const bytes = new Uint8Array(await readFile(new URL(name, FOLDER)))
    const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`
    assets.set(name, { type, etag, bytes })
  }
  return assets
}
