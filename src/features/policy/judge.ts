/** The send policy: whether one delivery goes now, later or not at all, and why. Pure: facts in, verdict out. */
import type { Permission } from '../consents/index.ts'
import { type Cap, type Limit, roomAt } from './caps.ts'
import { type Quiet, quietEnd } from './quiet.ts'

/** In the order in which they are asked; the first that objects decides. */
export type Rule = 'suppression' | 'consent' | 'topic' | 'snooze' | 'quiet' | 'cap' | 'duplicate'

export type Verdict =
  /** `because`: what allowed it. */
  | { readonly kind: 'send'; readonly because: Permission | 'answer' | 'channel' }
  | { readonly kind: 'defer'; readonly rule: Rule; readonly until: number }
  | { readonly kind: 'skip'; readonly rule: Rule }

/** Everything the policy knows of one delivery. */
export interface Facts {
  readonly class: 'transactional' | 'service' | 'marketing'
  readonly suppressed: boolean
  /** Null for a channel. */
  readonly person: PersonFacts | null
  /** Whether the same was said to the same for the same period. */
  readonly said: boolean
}
export interface PersonFacts {
  readonly permission: Permission
  readonly snoozedUntil: number | null
  /** Null where nothing is known of a community. */
  readonly member: {
    readonly zone: string
    readonly quiet: Quiet | null
    readonly cap: Cap | null
    /** The member's own limit; it is never more than the community's cap. */
    readonly mostADay: number | null
    /** When those of its class went: sent, under way, or perhaps arrived. */
    readonly sent: readonly number[]
    /** The same of every class that is no answer: the member's own limit counts them together. */
    readonly sentInAll: readonly number[]
  } | null
}

/** Suppression, consent, topic, snooze, quiet hours, cap, duplicate. What answers somebody passes all but the first. */
export function judge(facts: Facts, at: number): Verdict {
  if (facts.suppressed) return { kind: 'skip', rule: 'suppression' }
  if (facts.class === 'transactional') return { kind: 'send', because: 'answer' }
  const { person } = facts
  if (!person) return facts.said ? { kind: 'skip', rule: 'duplicate' } : { kind: 'send', because: 'channel' }
  if (person.permission === 'none') return { kind: 'skip', rule: 'consent' }
  if (person.permission === 'refused') return { kind: 'skip', rule: 'topic' }
  if (person.snoozedUntil !== null && person.snoozedUntil > at)
    return { kind: 'defer', rule: 'snooze', until: person.snoozedUntil }
  return (
    (person.member && judgeMember(person.member, at)) ??
    (facts.said ? { kind: 'skip', rule: 'duplicate' } : { kind: 'send', because: person.permission })
  )
}

function judgeMember(member: NonNullable<PersonFacts['member']>, at: number): Verdict | null {
  const until = member.quiet && quietEnd(member.quiet, member.zone, at)
  if (until) return { kind: 'defer', rule: 'quiet', until }
  if (member.mostADay === 0) return { kind: 'skip', rule: 'cap' }
  const { cap, zone } = member
  const room = cap && roomAt(cap.limits, member.sent, zone, at)
  if (room !== null && cap?.beyond === 'skip') return { kind: 'skip', rule: 'cap' }
  const own: Limit[] = member.mostADay === null ? [] : [{ most: member.mostADay, over: { kind: 'day' } }]
  const latest = Math.max(room ?? 0, roomAt(own, member.sentInAll, zone, at) ?? 0)
  return latest === 0 ? null : { kind: 'defer', rule: 'cap', until: latest }
}
