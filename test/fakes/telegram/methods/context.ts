import type { Json } from '../check-shape.ts'
import type { User } from '../model.ts'
import type { Upload } from '../request-body.ts'
import type { UpdateQueue } from '../updates.ts'
import type { Webhook } from '../webhook.ts'
import type { World } from '../world.ts'

export interface PressedButton {
  readonly from: User
  readonly at: number
  answered: boolean
}

/** Everything a method may read or change. */
export interface Context {
  readonly world: World
  readonly updates: UpdateQueue
  readonly webhook: Webhook
  /** Button presses by callback query id. */
  readonly presses: Map<string, PressedButton>
  readonly commands: Map<string, { command: string; description: string }[]>
  callbackLifetimeMs: number
}

export interface Call<P = Json> {
  readonly context: Context
  /** Checked against the official description before the method runs. */
  readonly params: P
  readonly uploads: ReadonlyMap<string, Upload>
  /** Aborted when the client has gone. */
  readonly gone: AbortSignal
}

export type Method = (call: Call) => unknown

/** Gives a method its parameters' types; their shape was checked against the official description already. */
export const method =
  <P>(run: (call: Call<P>) => unknown): Method =>
  call =>
    run(call as Call<P>)
