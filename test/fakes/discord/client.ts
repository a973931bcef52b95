/** The real discord.js against the fake, for the fake's own tests. */
import { Client, type ClientOptions, GatewayIntentBits } from 'discord.js'
import { type FakeDiscord, type FakeDiscordOptions, startFakeDiscord } from './index.ts'

export const TOKEN = 'MTAwMDAwMDAwMDAwMDAwMDAw.fake.token-for-tests'

export type World = Awaited<ReturnType<typeof startWorld>>

/** A guild with two learners and a manager, and a client that is ready. Dispose it to end everything. */
export async function startWorld(options: Partial<FakeDiscordOptions> = {}, client: Partial<ClientOptions> = {}) {
  const dc = await startFakeDiscord({ token: TOKEN, ...options })
  const ada = dc.user({ username: 'ada', global_name: 'Ada' })
  const lin = dc.user({ username: 'lin', global_name: '林', locale: 'zh-CN' })
  const mo = dc.user({ username: 'mo' })
  const guild = dc.guild({
    name: 'Camp',
    channels: ['general', 'staff'],
    members: [ada, lin],
    roles: [{ name: 'Member' }, { name: 'Manager', permissions: ['ManageGuild'], members: [mo] }],
  })
  const bot = await connect(dc, client)
  return {
    dc,
    ada,
    lin,
    mo,
    guild,
    general: guild.channel('general'),
    bot,
    async [Symbol.asyncDispose]() {
      await bot.destroy()
      await dc.close()
    },
  }
}

/** Logs a client in and waits until it is ready. */
export async function connect(dc: FakeDiscord, options: Partial<ClientOptions> = {}): Promise<Client<true>> {
  const bot = new Client({
    intents: [GatewayIntentBits.Guilds],
    allowedMentions: { parse: [] },
    rest: { api: dc.apiUrl, retries: 0, timeout: 2000 },
    ...options,
  })
  const ready = new Promise<Client<true>>(resolve => bot.once('clientReady', resolve))
  await bot.login(dc.token)
  return ready
}

/** A bare request with the bot's token, for payloads discord.js would not build. */
export async function call(dc: FakeDiscord, method: string, path: string, body?: unknown) {
  const response = await fetch(`${dc.apiUrl}/v10${path}`, {
    method,
    headers: { authorization: `Bot ${dc.token}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  const answer: { code?: number; message?: string; errors?: unknown; id?: string; [key: string]: unknown } =
    text === '' ? {} : JSON.parse(text)
  return { status: response.status, headers: response.headers, ...answer, answer }
}

/** The error codes at the leaves of a nested `errors` object, by path. */
export function leaves(errors: unknown, path: string[] = []): Record<string, string> {
  if (typeof errors !== 'object' || errors === null) return {}
  return Object.assign(
    {},
    ...Object.entries(errors).map(([key, value]) =>
      key === '_errors' ? { [path.join('.')]: (value as { code: string }[])[0]?.code } : leaves(value, [...path, key]),
    ),
  )
}
