/** Everything that a segment can ask: the traits of the house, and those of features that came later. */
import { createTraits, houseTraits, type Traits } from './features/segments/index.ts'

export const traits: Traits = createTraits([...houseTraits])
