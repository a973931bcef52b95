/** Conditions on one event's properties or a member's attributes, asked in memory. */
export { conditionSchema, type Mistake, mistakesIn, type Place, shown } from './check.ts'
export type { Condition, Groups, Json } from './condition.ts'
export { compileCondition, evaluate, type Holds } from './evaluate.ts'
