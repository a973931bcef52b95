/** Finds the commands: one file each, a folder for a group, named as they are typed. */
import { readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { createRegistry, type Entry, type Group, type Leaf, type Registry } from './chat/command.ts'

const FOLDER = new URL('../commands/', import.meta.url)

/** Loads every declaration below `folder`; a command that contradicts its own file name stops the start. */
export async function loadCommands(folder: URL = FOLDER): Promise<Registry> {
  return createRegistry(await entriesOf(folder, []))
}

async function entriesOf(folder: URL, path: readonly string[]): Promise<Entry[]> {
  const found: Entry[] = []
  for (const file of await readdir(fileURLToPath(folder), { withFileTypes: true })) {
    if (file.isDirectory()) {
      const inner = new URL(`${file.name}/`, folder)
      const node = await load<Group>(new URL('index.ts', inner))
      const below = [...path, file.name]
      found.push({ path: below, node, children: await entriesOf(inner, below) })
    } else if (file.name.endsWith('.ts') && file.name !== 'index.ts') {
      found.push({
        path: [...path, file.name.slice(0, -3)],
        node: await load<Leaf>(new URL(file.name, folder)),
        children: [],
      })
    }
  }
  return found.sort((a, b) => a.node.menu - b.node.menu)
}

async function load<T extends Leaf | Group>(file: URL): Promise<T> {
  const [node] = Object.values((await import(file.href)) as Record<string, T>)
  if (!node) throw new Error(`${fileURLToPath(file)} exports no command`)
  return node
}
