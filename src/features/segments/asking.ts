/** What commands and routes share: a segment by its name, counted as of now. */
import type { App } from '../../app.ts'
import { Refusal } from '../../chat/refusal.ts'
import { t } from '../../chat/text.ts'
import { aboutCommunity, type Count, countAudience, isInAudience } from './audience.ts'
import { askedBy, findSegment, listSegments, type Segment } from './saved.ts'
import type { Traits } from './trait.ts'

/** The segment that somebody names; refused with what there is. */
export async function segmentNamed(app: App, communityId: string, named: string): Promise<Segment> {
  const segment = await findSegment(app, communityId, named)
  if (!segment) throw new Refusal(t('refusal.segment.unknown', { typed: named.slice(0, 40) }))
  return segment
}

/** How many members are in a segment now, and some of their names. Outside of transactions. */
export async function countSegment(app: App, traits: Traits, communityId: string, segment: Segment): Promise<Count> {
  const about = await aboutCommunity(app, communityId, app.clock.now())
  return countAudience(app, askedBy(traits, segment.condition), about)
}

/** Whether a member is in a segment now. */
export async function isInSegment(
  app: App,
  traits: Traits,
  communityId: string,
  segment: Pick<Segment, 'condition'>,
  memberId: string,
): Promise<boolean> {
  const about = await aboutCommunity(app, communityId, app.clock.now())
  return isInAudience(app, askedBy(traits, segment.condition), about, memberId)
}

/** Entries for completion, by what was typed so far. */
export async function searchSegments(
  app: App,
  communityId: string,
  typed: string,
): Promise<Array<{ value: string; label: string }>> {
  const wanted = typed.trim().toLowerCase()
  const segments = await listSegments(app, communityId)
  return segments
    .filter(({ name }) => name.toLowerCase().includes(wanted))
    .map(({ id, name }) => ({ value: id, label: name }))
}
