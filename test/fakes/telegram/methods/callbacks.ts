import { BotApiError, StrictBreach } from '../model.ts'
import { type Method, method } from './context.ts'

interface AnswerParams {
  callback_query_id: string
  text?: string
  url?: string
}

const expired = 'Bad Request: query is too old and response timeout expired or query ID is invalid'

export const callbacks: Record<string, Method> = {
  answerCallbackQuery: method<AnswerParams>(({ context, params }) => {
    if ((params.text ?? '').length > 200) throw new StrictBreach('Bad Request: MESSAGE_TOO_LONG')
    if (params.url !== undefined && !params.url.startsWith(`https://t.me/${context.world.bot.username}?start=`))
      throw new StrictBreach('Bad Request: URL_INVALID')
    const press = context.presses.get(params.callback_query_id)
    if (!press || context.world.now() - press.at > context.callbackLifetimeMs) throw new BotApiError(400, expired)
    if (press.answered) throw new StrictBreach(expired)
    press.answered = true
    return true
  }),
}
