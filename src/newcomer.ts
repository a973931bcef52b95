/** Somebody we know nothing of but what the platform says at this moment. */
import type { App } from './app.ts'
import type { Asker } from './chat/command.ts'
import type { Ask } from './chat/request.ts'
import type { Identity } from './features/people/index.ts'
import { nearestLocale } from './lib/locale.ts'

/** The identity of somebody whom no row describes yet. */
export const newcomer = (app: App, ask: Ask): Identity => ({
  asker: stranger(app, ask),
  member: null,
  community: null,
  stale: false,
  banned: false,
})

function stranger(app: App, ask: Ask): Asker {
  return {
    platform: ask.platform,
    accountId: '',
    personId: '',
    platformId: ask.from.platformId,
    name: ask.from.name,
    mention: { kind: 'mention', name: ask.from.name, ids: { [ask.platform]: ask.from.platformId } },
    role: ask.from.role ?? 'member',
    locale: nearestLocale(ask.from.locale) ?? app.defaults.locale,
    appLocale: nearestLocale(ask.from.locale) ?? app.defaults.locale,
    direct: ask.place === null,
    at: ask.at,
  }
}
