// What people send beside words, as it stands in a message.
import { documentOf, identity, photoOf } from './methods/files.ts'
import type { Message } from './model.ts'
import { type FileContent, type FileKind, keepFile, type World } from './world.ts'

export interface SentMedia {
  readonly kind: FileKind
  readonly name: string
  readonly bytes: Buffer
}

/** Keeps the bytes and describes them as the platform does. */
export function mediaContent(world: World, sent: SentMedia): { kept: FileContent; content: Partial<Message> } {
  const kept = keepFile(world, sent.kind, sent.name, sent.bytes)
  return { kept, content: described(world, sent.kind, kept) }
}

function described(world: World, kind: FileKind, kept: FileContent): Partial<Message> {
  switch (kind) {
    case 'photo':
      return { photo: photoOf(world, kept) }
    case 'document':
      return { document: documentOf(kept) }
    case 'voice':
      return { voice: { ...identity(kept), duration: 3, mime_type: 'audio/ogg' } }
    case 'sticker': {
      const kindOf = { type: 'regular', is_animated: false, is_video: false, emoji: '👍' }
      return { sticker: { ...identity(kept), ...kindOf, width: 512, height: 512 } }
    }
  }
}
