/** Whether somebody chose to be left out of boards. */
import { sql } from 'kysely'
import { z } from 'zod'
import { defineTrait } from '../trait.ts'

export const hiddenTrait = defineTrait<boolean>({
  name: 'hidden',
  value: z.boolean(),
  example: 'hidden: false',
  help: 'segment.trait.hidden',
  sql: wanted => (wanted ? sql`m.hidden_at is not null` : sql`m.hidden_at is null`),
})
