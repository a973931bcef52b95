/** Scenes of the gallery: who writes, presses and hands in what. Data; stage.ts plays them. */
import type { App } from '../app.ts'
import type { Happening, PlaceSighting } from '../chat/request.ts'
import type { Platform } from '../chat/text.ts'
import type { Key } from '../messages/index.ts'

/** A small community, and Noor, who has never been there. */
export const CAST = {
  ada: { name: 'Ada', role: 'member' },
  lin: { name: 'Lin', role: 'member' },
  priya: { name: 'Priya', role: 'member' },
  mo: { name: 'Mo', role: 'manager' },
  olga: { name: 'Olga', role: 'owner' },
  tomas: { name: 'Tomás', role: 'reviewer' },
  noor: { name: 'Noor', role: 'member' },
} as const
export type Who = keyof typeof CAST

/** Where somebody writes: in the group, in their private chat, in a second group; or in either on the other platform. */
export type Spot = 'group' | 'direct' | 'second group' | 'other group' | 'other direct'

/** A picture, words that are called a picture, 50 MB, and one that cannot be fetched. */
export type FileName = 'photo' | 'notes' | 'large' | 'lost'

interface Told {
  readonly as?: Who
  readonly at?: Spot
  /** Only prepares what follows: its answer is not shown. */
  readonly unseen?: true
  /** The answer cannot be sent where it was asked; it comes by itself, later. */
  readonly late?: true
}

export type Step =
  | (Told & {
      /** A typed line. `{code}` and other names in braces are what was last told under that name. */
      readonly say: string
      readonly file?: FileName
      /** The one whose message the line answers. */
      readonly about?: Who
      /** Written as the group itself. */
      readonly faceless?: true
    })
  | (Told & {
      /** The label of a button or menu entry of the latest message that has one. */
      readonly press: Key
      /** Which of several with this label, from 0. */
      readonly nth?: number
    })
  /** A button by what it carries: one that another version has made. */
  | (Told & { readonly carried: string; readonly label: Key })
  | (Told & {
      /** What stands in the fields of the form shown last; null leaves one empty. Asked one by one, each answer is shown. */
      readonly fill: Readonly<Record<string, string | null>>
      readonly files?: Readonly<Record<string, FileName>>
    })
  /** An answer to the open question of a form. */
  | (Told & { readonly reply: string; readonly file?: FileName })
  | { readonly happens: Happens; readonly who?: Who; readonly at?: Spot; readonly unseen?: true }
  | { readonly wait: number }
  /** What no message could bring about. */
  | { readonly behind: (app: App, stage: Behind) => Promise<unknown>; readonly unseen?: true }

export type Happens = Extract<
  Happening['what'],
  'bot-joined' | 'member-joined' | 'member-left' | 'member-banned' | 'direct-closed'
>

/** What a scene may reach behind the stage. */
export interface Behind {
  /** The community of the group, and where somebody stands in it. */
  readonly member: (who: Who) => Promise<{ memberId: string; accountId: string; communityId: string }>
  readonly place: PlaceSighting
  readonly platform: Platform
  readonly bot: string
  /** Their id on the platform. */
  readonly idOf: (who: Who) => string
}

export interface Scene {
  /** `checkin.first`; unique. */
  readonly id: string
  /** The command it is about, by its path; empty where it is about none. */
  readonly command: string
  /** Only these platforms have something to show. */
  readonly only?: readonly Platform[]
  /** Who acts where a step names nobody; Ada. */
  readonly as?: Who
  /** Where, where a step says nothing; in the group. */
  readonly at?: Spot
  /** Forms are asked question by question, whatever the platform could show. */
  readonly questions?: true
  /** Days ago on which they checked in before the scene begins. */
  readonly days?: Partial<Record<Who, readonly number[]>>
  readonly steps: readonly Step[]
}
