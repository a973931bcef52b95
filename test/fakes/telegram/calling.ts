import { GrammyError } from 'grammy'
import type { FakeTelegram } from './index.ts'

/** One pixel. */
export const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

/** The error of a call that must be refused. */
export async function refusal(call: Promise<unknown>): Promise<GrammyError> {
  const error = await call.then(
    () => new Error('the call was accepted'),
    caught => caught,
  )
  if (!(error instanceof GrammyError)) throw error
  return error
}

/** Calls the API as no typed client would. */
export async function raw(tg: FakeTelegram, method: string, body: string, type = 'application/json') {
  const answer = await fetch(`${tg.apiRoot}/bot${tg.token}/${method}`, {
    method: 'POST',
    headers: { 'content-type': type },
    body,
  })
  return { status: answer.status, body: (await answer.json()) as { description?: string; result?: unknown } }
}
