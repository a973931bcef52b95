/** What people say about themselves, for those who share a community with them: a few words, a link, a photo. */
import { sql } from 'kysely'
import type { App } from '../../app.ts'
import type { Contribution, Exported } from '../contribution.ts'
import { deleteFiles } from '../files/index.ts'
import { listMoves, movedBy } from '../people/index.ts'
import { tracesOf } from '../traces.ts'

export interface Profile {
  readonly about: string | null
  readonly link: string | null
  /** The id of a file. */
  readonly photo: string | null
}

const EMPTY: Profile = { about: null, link: null, photo: null }

/** What a person says about themselves; all null until they say something. */
export async function profileOf(app: App, personId: string): Promise<Profile> {
  const row = await app.db
    .selectFrom('profiles')
    .select(['about', 'link', 'photo'])
    .where('person_id', '=', personId)
    .executeTakeFirst()
  return row ?? EMPTY
}

/** Photos of many members, in one query: the ids of their files; nothing for those without one. */
export async function photosOf(app: App, memberIds: readonly string[]): Promise<Map<string, string>> {
  if (memberIds.length === 0) return new Map()
  const rows = await app.db
    .selectFrom('members')
    .innerJoin('profiles', 'profiles.person_id', 'members.person_id')
    .select(['members.id', 'profiles.photo'])
    .where('members.id', 'in', [...memberIds])
    .execute()
  return new Map(rows.flatMap(({ id, photo }) => (photo === null ? [] : [[id, photo] as const])))
}

/** Changes what is given: null takes it away, undefined leaves it. A photo that is replaced is deleted. Returns the profile as it is now. */
export async function changeProfile(
  app: App,
  personId: string,
  change: Partial<Profile>,
  at: number,
): Promise<Profile> {
  const before = await profileOf(app, personId)
  const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined))
  const after: Profile = { ...before, ...given }
  await app.db
    .insertInto('profiles')
    .values({ person_id: personId, ...after, changed_at: at })
    .onConflict(conflict => conflict.column('person_id').doUpdateSet({ ...after, changed_at: at }))
    .execute()
  if (before.photo !== null && before.photo !== after.photo) await deleteFiles(app, [before.photo], at)
  return after
}

/** Where a person who becomes one with another has said nothing, the other's words stand for both. */
export async function adoptProfile(app: App, cause: string, from: string, into: string): Promise<void> {
  const [theirs, ours] = [await profileOf(app, from), await profileOf(app, into)]
  if (ours !== EMPTY || theirs === EMPTY) return
  await listMoves(app, cause, 'profiles', 'person_id', [{ key: from, before: from, after: into }])
  await sql`update profiles set person_id = ${into} where person_id = ${from}`.execute(app.db)
}

/** Gives back what was adopted, unless the person has said something since. */
export async function returnProfile(app: App, cause: string, from: string, to: string): Promise<void> {
  const [listed] = await movedBy(app, cause, 'profiles', 'person_id')
  if (!listed || (await profileOf(app, to)) !== EMPTY) return
  await sql`update profiles set person_id = ${to} where person_id = ${from}`.execute(app.db)
}

export const contribution: Contribution = {
  name: 'profiles',
  tables: ['profiles'],
  async exportPerson(app, { personIds }) {
    const rows = await app.db
      .selectFrom('profiles')
      .select(['about', 'link', 'photo', 'changed_at'])
      .where('person_id', 'in', [...personIds])
      .orderBy('person_id')
      .execute()
    return { profile: rows satisfies Exported }
  },
  async forget(app, who) {
    await app.db
      .deleteFrom('profiles')
      .where('person_id', 'in', [...who.personIds])
      .execute()
    // What others say about themselves stays, without the name of somebody who is forgotten.
    const { unnamed } = tracesOf(who)
    const others = await app.db.selectFrom('profiles').select(['person_id', 'about']).execute()
    for (const { person_id, about } of others) {
      const without = about === null ? null : unnamed(about)
      if (without !== about)
        await app.db.updateTable('profiles').set({ about: without }).where('person_id', '=', person_id).execute()
    }
  },
}
