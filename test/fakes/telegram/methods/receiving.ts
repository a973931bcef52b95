import { StrictBreach } from '../model.ts'
import type { PollRequest } from '../updates.ts'
import { refuseWhileWebhook, type WebhookRequest } from '../webhook.ts'
import { type Method, method } from './context.ts'

/** getUpdates, setWebhook and their relatives. */
export const receiving: Record<string, Method> = {
  getUpdates: method<PollRequest>(({ context, params, gone }) => {
    refuseWhileWebhook(context.webhook)
    return context.updates.poll(params, gone)
  }),
  setWebhook: method<WebhookRequest>(({ context, params }) => {
    if ('certificate' in params) throw new StrictBreach('setWebhook with a certificate is not simulated', 501)
    if (params.url === '') context.webhook.remove()
    else context.webhook.set(params)
    return true
  }),
  deleteWebhook: method<{ drop_pending_updates?: boolean }>(({ context, params }) => {
    context.webhook.remove()
    if (params.drop_pending_updates) context.updates.pending.length = 0
    return true
  }),
  getWebhookInfo: ({ context }) => context.webhook.info(),
  getMe: ({ context }) => ({
    ...context.world.bot,
    can_join_groups: true,
    can_read_all_group_messages: false,
    supports_inline_queries: false,
    can_connect_to_business: false,
    has_main_web_app: false,
  }),
}
