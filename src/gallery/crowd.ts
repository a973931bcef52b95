/** More people than a scene has names for. */
import { type App, transaction } from '../app.ts'
import { apply } from '../features/communities/index.ts'
import { findMember } from '../features/people/index.ts'
import { HOUR } from '../lib/time.ts'
import type { Behind } from './scene.ts'

/** Lets people join the group, some time ago; resolves with their member ids. */
export async function join(
  app: App,
  { place, platform, bot, member }: Behind,
  names: readonly string[],
  role: 'member' | 'manager',
): Promise<string[]> {
  const { communityId } = await member('mo')
  const at = app.clock.now() - 2 * HOUR
  const joined: string[] = []
  for (const [n, name] of names.entries()) {
    // As every platform could name them.
    const who = { platformId: String(800_000_000_000_000_000n + BigInt(n)), name, role }
    await transaction(app, inner =>
      apply(inner, { kind: 'happening', platform, bot, eventId: `join ${n}`, at, what: 'member-joined', place, who }),
    )
    const found = await findMember(app, communityId, platform, { kind: 'member', sighting: who })
    if (found) joined.push(found.id)
  }
  return joined
}
