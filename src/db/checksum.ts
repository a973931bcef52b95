/** What is in a table, as one number that both engines agree on. */
import { hash } from 'node:crypto'
import type { Row } from './bulk.ts'

export interface Tally {
  add(rows: readonly Row[]): void
  readonly rows: number
  /** 64 hex digits. */
  sha256(): string
}

const MASK = (1n << 256n) - 1n

/**
 * Sum of the SHA-256 of every row (its values as JSON, columns sorted by name) modulo 2^256. A sum, so that the order does not matter: the
 * engines sort text differently, and so neither has to sort at all.
 */
export function createTally(table: string): Tally {
  let rows = 0
  let sum = 0n
  return {
    get rows() {
      return rows
    },
    add(batch) {
      for (const row of batch) {
        for (const value of row) {
          // A number that was rounded on its way here would be copied wrong, and agree with itself.
          if (typeof value === 'number' && !Number.isSafeInteger(value))
            throw new RangeError(`${table} holds ${value}, which is no whole number that can be held exactly`)
        }
        sum += BigInt(`0x${hash('sha256', JSON.stringify(row))}`)
      }
      sum &= MASK
      rows += batch.length
    },
    sha256: () => sum.toString(16).padStart(64, '0'),
  }
}
