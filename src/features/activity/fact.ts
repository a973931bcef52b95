/** The facts Muster records, each once. */
import type { Day } from '../../lib/time.ts'

interface FactBase {
  readonly communityId: string
  readonly accountId: string | null
  /** What it is about; with the kind, unique for ever. */
  readonly subject: string
  /** The member's local day; the community's for facts without a member. */
  readonly day: Day
  readonly at: number
}
interface MemberFact extends FactBase {
  readonly memberId: string
  readonly accountId: string
}

export type Fact =
  | (MemberFact & { readonly kind: 'checkin'; readonly camp: string; readonly checkinId: number })
  | (MemberFact & {
      readonly kind:
        | 'member.joined'
        | 'member.left'
        | 'member.returned'
        | 'member.linked'
        | 'member.unlinked'
        | 'member.renamed'
        | 'member.forgotten'
    })
  /** Staff of a place keep somebody out, or no longer do. */
  | (MemberFact & { readonly kind: 'member.banned' | 'member.unbanned'; readonly placeId: string })
  /** The platform says that an account of theirs is no more. */
  | (MemberFact & { readonly kind: 'account.deleted' })
  | (FactBase & {
      readonly kind: 'place.joined' | 'place.left' | 'place.moved' | 'place.renamed'
      readonly memberId: null
    })
  /** Staff gave points, or took some back. */
  | (Omit<FactBase, 'accountId'> & {
      readonly kind: 'points.awarded'
      readonly memberId: string
      /** Their own doing it was not. */
      readonly accountId: null
      readonly amount: number
      /** Whoever awards names what it is for; the words of the reason are in features/awards, where they can be forgotten. */
      readonly source: string
    })

/** Every kind of fact, and which of its details may be shown outside (the API). */
export const KINDS: Readonly<Record<Fact['kind'], readonly string[]>> = {
  checkin: ['camp'],
  'member.joined': [],
  'member.left': [],
  'member.returned': [],
  'member.linked': [],
  'member.unlinked': [],
  'member.renamed': [],
  'member.banned': ['placeId'],
  'member.unbanned': ['placeId'],
  'member.forgotten': [],
  'account.deleted': [],
  'place.joined': [],
  'place.left': [],
  'place.moved': [],
  'place.renamed': [],
  'points.awarded': ['amount', 'source'],
}
/** Kinds that are no doing of the member's: they make no day an active one. */
export const DONE_TO_MEMBERS: ReadonlyArray<Fact['kind']> = [
  'points.awarded',
  'member.linked',
  'member.unlinked',
  'member.banned',
  'member.unbanned',
  'member.forgotten',
  'account.deleted',
]
