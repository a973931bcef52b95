import { callbacks } from './callbacks.ts'
import { chats } from './chats.ts'
import { commands } from './commands.ts'
import type { Method } from './context.ts'
import { editing } from './editing.ts'
import { files } from './files.ts'
import { receiving } from './receiving.ts'
import { sending } from './sending.ts'

/** The methods that act; every other one of the API is checked and then refused as not simulated. */
export const simulated = new Map<string, Method>(
  Object.entries({ ...receiving, ...sending, ...editing, ...callbacks, ...chats, ...commands, ...files }),
)
