/** Segments: saved conditions that say which members something is for, counted and evaluated whenever they are used. */
import type { Contribution } from '../contribution.ts'
import { exportTags, forgetTags } from './tags.ts'

export { countSegment, isInSegment, searchSegments, segmentNamed } from './asking.ts'
export { aboutCommunity, audience, type Count, countAudience, isInAudience } from './audience.ts'
export { type Asked, readCondition } from './condition.ts'
export { listedIn, type TaggedList, tagListed } from './listed.ts'
export {
  askedBy,
  changeSegment,
  createSegment,
  deleteSegment,
  findSegment,
  LONGEST_NAME,
  listSegments,
  MOST_SEGMENTS,
  namedOnce,
  type Saved,
  type Segment,
  type SegmentChange,
  segmentVersion,
} from './saved.ts'
export { STARTERS } from './starters.ts'
export { isTag, LONGEST_TAG, tagOf } from './tag-name.ts'
export { type Tagging, tagMember, tagsIn, tagsOf, untagMember } from './tags.ts'
export { type About, createTraits, defineTrait, type Trait, type Traits } from './trait.ts'
export { houseTraits } from './traits/index.ts'
export { mistakeText, refuseWritten } from './words.ts'
export { LONGEST_WRITTEN, readWritten } from './written.ts'

export const contribution: Contribution = {
  name: 'segments',
  tables: ['segments', 'segment_versions', 'member_tags'],
  exportMember: exportTags,
  forget: forgetTags,
}
