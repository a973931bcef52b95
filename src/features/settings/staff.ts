/** Who is staff besides those whom the platforms name. */
import { type App, transaction } from '../../app.ts'
import { type Asker, type Member, type Role, reaches } from '../../chat/command.ts'
import { audit } from '../audit/index.ts'
import { lockMember } from '../days/index.ts'
import { type NamedRole, namedRole, nameRole, roleByPlatforms } from '../people/index.ts'

export type Naming =
  /** What they are by the platforms, besides what they were named. */
  | { readonly kind: 'changed'; readonly given: Role }
  | { readonly kind: 'same' }
  /** Nobody changes their own role. */
  | { readonly kind: 'oneself' }
  /** The platforms make them this already; that is changed there. */
  | { readonly kind: 'given'; readonly given: Role }
  /** Managers are taken the role only by those whom the platforms put above them. */
  | { readonly kind: 'outranked' }
  /** Nobody of this community. */
  | { readonly kind: 'stranger' }

/**
 * Names somebody reviewer or manager, or takes that back (null). Any manager may name; but so that two of those named here cannot throw
 * each other out, a manager is unmade only by somebody who is manager or owner on a platform. Roles that a platform gives stay as they are.
 */
export async function nameStaff(
  app: App,
  by: { asker: Asker; communityId: string; memberId: string },
  target: Member,
  role: NamedRole | null,
): Promise<Naming> {
  const { asker, communityId } = by
  if (target.communityId !== communityId) return { kind: 'stranger' }
  if (target.personId === asker.personId) return { kind: 'oneself' }
  return transaction(app, async inner => {
    await lockMember(inner, target.id)
    const before = await namedRole(inner, communityId, target.id)
    if (before === undefined) return { kind: 'stranger' }
    const given = await roleByPlatforms(inner, communityId, target.id)
    if (before === role) return role === null && given !== 'member' ? { kind: 'given', given } : { kind: 'same' }
    if (role !== null && reaches(given, role)) return { kind: 'given', given }
    if (before === 'manager') {
      const own = await roleByPlatforms(inner, communityId, by.memberId)
      if (!reaches(own, 'manager')) return { kind: 'outranked' }
    }
    await nameRole(inner, target.id, role)
    await audit(inner, {
      communityId,
      by: { accountId: asker.accountId },
      action: 'role.changed',
      subject: target.id,
      before,
      after: role,
      at: asker.at,
    })
    return { kind: 'changed', given }
  })
}
