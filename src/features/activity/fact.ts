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
  | (MemberFact & { readonly kind: 'member.joined' | 'member.left' | 'member.returned' })
  | (FactBase & {
      readonly kind: 'place.joined' | 'place.left' | 'place.moved' | 'place.renamed'
      readonly memberId: null
    })
