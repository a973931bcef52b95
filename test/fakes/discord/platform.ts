/** The parts of one running fake, shared by its endpoints and its people. */
import type { CommandJson } from './command-rules.ts'
import type { Gateway } from './gateway.ts'
import type { InteractionState } from './interaction-state.ts'
import type { Call, Log } from './log.ts'
import type { JsonObject } from './schema.ts'
import type { FileState, State } from './state.ts'

export type Platform = {
  state: State
  log: Log
  gateway: Gateway
  token: string
  /** http://127.0.0.1:PORT */
  baseUrl: string
  /** By token. */
  interactions: Map<string, InteractionState>
  /** Scope (a guild id, or 'global') -> command id -> command. */
  commands: Map<string, Map<string, CommandJson>>
  /** Scope and UTC day -> creations. */
  creations: Map<string, number>
}

/** One request after routing, authentication and the schema check. */
export type Request = {
  params: Record<string, string>
  query: Record<string, string>
  body: JsonObject
  /** A bulk overwrite has a list as its body. */
  rows: JsonObject[]
  files: FileState[]
  call: Call
}

/** Returns the JSON to answer with 200, or nothing for 204. */
export type Endpoint = (platform: Platform, request: Request) => unknown

export const GLOBAL_SCOPE = 'global'
