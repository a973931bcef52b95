/** Long lists in pieces that fit into one statement. Pure. */

/** Rows a statement: SQLite takes 32,766 values, and each length is a statement of its own. */
const SIZE = 500

/** The list in pieces of at most `size`, in order; none for an empty one. */
export function* inChunks<T>(list: readonly T[], size: number = SIZE): Generator<readonly T[]> {
  for (let i = 0; i < list.length; i += size) yield list.slice(i, i + size)
}
