import { type BotCommand, checkCommands, checkLanguageCode } from '../rules.ts'
import { type ChatId, visibleChat } from './access.ts'
import { type Context, type Method, method } from './context.ts'

export interface Scope {
  type: string
  chat_id?: ChatId
  user_id?: number
}

interface CommandParams {
  commands: BotCommand[]
  scope?: Scope
  language_code?: string
}

/** The key of a list: narrower scopes and a language each have their own. */
export function commandKey(scope: Scope = { type: 'default' }, language = ''): string {
  return [scope.type, scope.chat_id ?? '', scope.user_id ?? '', language].join('/')
}

function keyFor({ world }: Context, params: Omit<CommandParams, 'commands'>): string {
  checkLanguageCode(params.language_code ?? '')
  if (params.scope?.chat_id !== undefined) visibleChat(world, params.scope.chat_id)
  return commandKey(params.scope, params.language_code)
}

export const commands: Record<string, Method> = {
  setMyCommands: method<CommandParams>(({ context, params }) => {
    checkCommands(params.commands)
    const key = keyFor(context, params)
    // An empty list removes the scope's own list, so that the broader one shows again.
    if (params.commands.length === 0) context.commands.delete(key)
    else context.commands.set(key, params.commands)
    return true
  }),
  getMyCommands: method<CommandParams>(({ context, params }) => context.commands.get(keyFor(context, params)) ?? []),
  deleteMyCommands: method<CommandParams>(({ context, params }) => {
    context.commands.delete(keyFor(context, params))
    return true
  }),
}
