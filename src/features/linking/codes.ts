/** Codes that people carry from one platform to the other: short enough to type, looked up by their hash, and few tries. */
import type { App } from '../../app.ts'
import { toNumber } from '../../db/index.ts'
import { hashSecret, randomCharacters } from '../../lib/ids.ts'
import { HOUR, MINUTE } from '../../lib/time.ts'

/** 50 random bits, in a quarter of an hour and five tries. */
const CODE_SIZE = 10
export const CODE_LIFE_MS = 15 * MINUTE
const TRIES_PER_ACCOUNT = 5
const TRIES_PER_COMMUNITY = 50

/** A fresh code as people read it, `7F3KQ-9M2XA`. */
export function newCode(app: App): string {
  const code = randomCharacters(app.random, CODE_SIZE).toUpperCase()
  return `${code.slice(0, 5)}-${code.slice(5)}`
}

/** How a typed code is looked up: case, spaces and dashes say nothing, and letters that look like digits are those digits. */
export function hashCode(typed: string): string {
  const plain = typed
    .toLowerCase()
    .replace(/[\s_–—-]/g, '')
    .replace(/o/g, '0')
    .replace(/[il]/g, '1')
  return hashSecret(plain)
}

export interface Trying {
  readonly accountId: string
  readonly communityId: string | null
}

/** Whether somebody may try a code: not after too many wrong ones of their own, or in their community, within an hour. */
export async function mayTry(app: App, { accountId, communityId }: Trying): Promise<boolean> {
  const since = app.clock.now() - HOUR
  const count = async (column: 'account_id' | 'community_id', value: string) => {
    const row = await app.db
      .selectFrom('code_tries')
      .select(({ fn }) => fn.countAll().as('tries'))
      .where(column, '=', value)
      .where('at', '>', since)
      .executeTakeFirstOrThrow()
    return toNumber(row.tries)
  }
  if ((await count('account_id', accountId)) >= TRIES_PER_ACCOUNT) return false
  return communityId === null || (await count('community_id', communityId)) < TRIES_PER_COMMUNITY
}

/** Writes down a wrong try. The command must not be refused for it by an exception, or the try would be forgotten with it. */
export async function countTry(app: App, { accountId, communityId }: Trying): Promise<void> {
  const at = app.clock.now()
  await app.db.insertInto('code_tries').values({ account_id: accountId, community_id: communityId, at }).execute()
  await app.db
    .deleteFrom('code_tries')
    .where('at', '<', at - 24 * HOUR)
    .execute()
}
