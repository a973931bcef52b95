/** Row types of segments and tags. */
import type { Fixed } from './people.ts'

export interface SegmentRow {
  id: Fixed<string>
  community_id: Fixed<string>
  name: string
  /** The name in small letters. */
  called: string
  /** The newest. */
  version: number
  created_at: Fixed<number>
  deleted_at: number | null
}
export interface SegmentVersionRow {
  segment_id: Fixed<string>
  version: Fixed<number>
  /** JSON. */
  condition: Fixed<string>
  /** As somebody wrote it: YAML or JSON. */
  written: Fixed<string>
  created_at: Fixed<number>
}
export interface MemberTagRow {
  tag: Fixed<string>
  member_id: string
  tagged_at: number
}
