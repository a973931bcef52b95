/** The command menus: per scope and language, written only where they differ from what the platform has. */
import type { BotCommand } from 'grammy/types'
import { type Entry, type Leaf, leaves, type Registry } from '../../chat/command.ts'
import { plainWriter, renderText, t } from '../../chat/text.ts'
import type { Locale } from '../../lib/locale.ts'
import type { Calls } from './calls.ts'
import { COMMANDS_MAX, DESCRIPTION_MAX } from './limits.ts'
import { shortened } from './rich.ts'

const SCOPES = [
  // In a private chat everything works: commands of a community count for the one used last.
  { type: 'all_private_chats', fits: () => true },
  { type: 'all_group_chats', fits: ({ where }: Leaf) => where !== 'direct' },
] as const

/** Two letters; empty is what everybody else sees. */
const LANGUAGES: ReadonlyArray<readonly [code: '' | 'zh', locale: Locale]> = [
  ['', 'en'],
  ['zh', 'zh-CN'],
]

/** Brings all menus up to date, unless it is stopped before. */
export async function registerCommands(calls: Calls, registry: Registry, stopped: AbortSignal): Promise<void> {
  for (const { type, fits } of SCOPES) {
    for (const [code, locale] of LANGUAGES) {
      if (stopped.aborted) return
      const which = { scope: { type }, ...(code && { language_code: code }) } as const
      const wanted = menu(registry, locale, fits)
      const current = await calls.call(api => api.getMyCommands(which))
      if (isSame(current, wanted)) continue
      await calls.call(api => api.setMyCommands({ ...which, commands: wanted }))
    }
  }
}

/** What one menu lists: a group is one entry. Commands for staff are left to /help, which knows who asks. */
function menu(registry: Registry, locale: Locale, fits: (leaf: Leaf) => boolean): BotCommand[] {
  const listed = (entry: Entry): boolean =>
    leaves(entry).some(({ node }) => node.kind === 'leaf' && node.who === 'member' && fits(node))
  return registry.entries
    .filter(listed)
    .slice(0, COMMANDS_MAX)
    .map(({ node }) => ({
      command: node.name,
      description: shortened(renderText(t(node.description), locale, plainWriter), DESCRIPTION_MAX),
    }))
}

const isSame = (a: readonly BotCommand[], b: readonly BotCommand[]): boolean =>
  a.length === b.length &&
  a.every(({ command, description }, i) => command === b[i]?.command && description === b[i]?.description)
