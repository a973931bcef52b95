/** Every scene, in the order in which people meet what they show. */
import type { Scene } from '../scene.ts'
import { aside } from './aside.ts'
import { everyday } from './everyday.ts'
import { linking } from './linking.ts'
import { person } from './person.ts'
import { refusals } from './refusals.ts'
import { segments } from './segments.ts'
import { sending } from './sending.ts'
import { setup } from './setup.ts'

export const SCENES: readonly Scene[] = [
  ...everyday,
  ...person,
  ...sending,
  ...linking,
  ...setup,
  ...segments,
  ...refusals,
  ...aside,
]
