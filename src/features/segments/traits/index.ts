/** The traits that come with the house, in the order in which they are explained. */
import type { Trait } from '../trait.ts'
import { activeDaysTrait } from './active-days.ts'
import { didTrait } from './did.ts'
import { hasNotTrait } from './has-not.ts'
import { hiddenTrait } from './hidden.ts'
import { joinedTrait } from './joined.ts'
import { languageTrait } from './language.ts'
import { lastDidTrait } from './last-did.ts'
import { platformTrait, reachableTrait } from './platform.ts'
import { coinsTrait, pointsTrait } from './points.ts'
import { roleTrait } from './role.ts'
import { tagTrait } from './tag.ts'
import { zoneTrait } from './zone.ts'

export const houseTraits: readonly Trait[] = [
  didTrait,
  hasNotTrait,
  lastDidTrait,
  activeDaysTrait,
  joinedTrait,
  pointsTrait,
  coinsTrait,
  tagTrait,
  roleTrait,
  platformTrait,
  reachableTrait,
  languageTrait,
  zoneTrait,
  hiddenTrait,
]
