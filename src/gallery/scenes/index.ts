/** Every scene, in the order in which people meet what they show. */
import type { Scene } from '../scene.ts'
import { aside } from './aside.ts'
import { everyday } from './everyday.ts'
import { linking } from './linking.ts'
import { person } from './person.ts'
import { refusals } from './refusals.ts'
import { setup } from './setup.ts'

export const SCENES: readonly Scene[] = [...everyday, ...person, ...linking, ...setup, ...refusals, ...aside]
