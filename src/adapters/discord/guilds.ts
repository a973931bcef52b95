/** Guilds the bot joins, leaves and sees renamed, also while nobody was listening. Each is told once, and told late if it must be. */
import {
  type Client,
  Events,
  GatewayDispatchEvents,
  type GatewayGuildBanModifyDispatchData,
  type GatewayReadyDispatchData,
  type Guild,
  PermissionFlagsBits,
} from 'discord.js'
import type { App } from '../../app.ts'
import type { ChatReference, Happening, PlaceSighting, Sighting } from '../../chat/request.ts'
import type { Dispatch } from '../../dispatch.ts'
import { placesOf } from '../../features/people/index.ts'
import { randomCharacters } from '../../lib/ids.ts'
import { describe } from './values.ts'

const EVENT_ID_SIZE = 12

export interface GuildWatch {
  /** Compares the guilds of a shard, as READY lists them, with those we know. */
  listed(guildIds: ReadonlySet<string>, shard: readonly [id: number, count: number]): void
  joined(guild: Guild): void
  left(guild: Guild): void
  renamed(guild: Guild): void
  /** Somebody is kept out of a guild, or no longer is. Told only where the bot may see bans. */
  banned(what: 'member-banned' | 'member-unbanned', event: GatewayGuildBanModifyDispatchData): void
  /** Resolves when everything told so far is applied. */
  settled(): Promise<void>
}

type Change =
  | { what: 'bot-joined'; place: PlaceSighting; chat?: ChatReference; locale?: string }
  | { what: 'bot-left' | 'place-renamed'; place: PlaceSighting }
  | { what: 'member-banned' | 'member-unbanned'; place: PlaceSighting; who: Sighting }

const placeOf = (guild: Guild): PlaceSighting => ({ platformId: guild.id, kind: 'guild', title: guild.name })

/** Where a hello may be said: the channel where Discord itself announces things, if the bot may write there. */
function helloChat(guild: Guild): ChatReference | undefined {
  const channel = guild.systemChannel
  const me = guild.members.me
  const needed = [PermissionFlagsBits.ViewChannel, PermissionFlagsBits.SendMessages]
  if (!channel || !me || !channel.permissionsFor(me).has(needed)) return undefined
  return { id: channel.id, direct: false, ephemeral: true }
}

/** A guild that never chose a language reports en-US, which says nothing. */
const localeOf = (guild: Guild): string | undefined =>
  guild.features.includes('COMMUNITY') ? guild.preferredLocale : undefined

export function watchGuilds(app: App, dispatch: Dispatch, bot: string, onQueued: () => void): GuildWatch {
  /** Names by id, as stored; read once, at the first event. */
  let known: Map<string, string> | null = null
  let queue: Promise<void> = Promise.resolve()

  const inTurn = (work: (known: Map<string, string>) => Promise<void>): void => {
    queue = queue
      .then(async () => {
        known ??= new Map((await placesOf(app, bot)).map(({ platformId, title }) => [platformId, title]))
        await work(known)
      })
      // The next READY compares again, and whoever asks in a guild makes it known as well.
      .catch(error => app.log.error({ err: error, bot }, 'a change of a guild could not be stored'))
  }

  async function tell(change: Change, eventId: string): Promise<void> {
    const event: Happening = { platform: 'discord', bot, kind: 'happening', eventId, at: app.clock.now(), ...change }
    const received = await dispatch.receive(event)
    if (!received) return
    await dispatch.process(received, null)
    onQueued()
  }
  const fresh = (what: string, id: string) => `${what}:${id}:${randomCharacters(app.random, EVENT_ID_SIZE)}`

  async function leave(names: Map<string, string>, id: string, title: string): Promise<void> {
    await tell({ what: 'bot-left', place: { platformId: id, kind: 'guild', title } }, fresh('left', id))
    names.delete(id)
  }

  async function follow(names: Map<string, string>, guild: Guild): Promise<void> {
    const title = names.get(guild.id)
    if (title === guild.name) return
    const place = placeOf(guild)
    if (title === undefined) {
      const chat = helloChat(guild)
      const locale = localeOf(guild)
      const change = { what: 'bot-joined', place, ...(chat && { chat }), ...(locale && { locale }) } as const
      // Each joining has a moment of its own.
      await tell(change, `join:${guild.id}:${guild.joinedTimestamp}`)
    } else await tell({ what: 'place-renamed', place }, fresh('rename', guild.id))
    names.set(guild.id, guild.name)
  }

  return {
    listed: (guildIds, [id, count]) =>
      inTurn(async names => {
        for (const [guildId, title] of [...names]) {
          const ofShard = Number((BigInt(guildId) >> 22n) % BigInt(count)) === id
          if (ofShard && !guildIds.has(guildId)) await leave(names, guildId, title)
        }
      }),
    joined: guild => inTurn(names => follow(names, guild)),
    renamed: guild => inTurn(names => follow(names, guild)),
    left: guild => inTurn(names => leave(names, guild.id, guild.name)),
    banned: (what, { guild_id: id, user }) =>
      inTurn(async names => {
        const title = names.get(id)
        if (title === undefined || user.bot) return
        const place = { platformId: id, kind: 'guild', title } as const
        await tell({ what, place, who: describe(user) }, fresh(what, `${id}:${user.id}`))
      }),
    settled: () => queue,
  }
}

/** Connects the client's events to a watch. */
export function listenToGuilds(client: Client, watch: GuildWatch): void {
  client.ws.on(GatewayDispatchEvents.Ready, ({ guilds, shard = [0, 1] }: GatewayReadyDispatchData) => {
    const listed = new Set(guilds.map(({ id }) => id))
    // discord.js keeps guilds that were left while the session was lost, and would not tell when one of them is joined again.
    for (const guild of [...client.guilds.cache.values()]) {
      if (guild.shardId !== shard[0] || listed.has(guild.id)) continue
      for (const id of guild.channels.cache.keys()) client.channels.cache.delete(id)
      client.guilds.cache.delete(guild.id)
    }
    watch.listed(listed, shard)
  })
  // Also at every start and after every outage.
  client.on(Events.GuildAvailable, watch.joined)
  client.on(Events.GuildCreate, watch.joined)
  client.on(Events.GuildUpdate, (_, guild) => watch.renamed(guild))
  client.on(Events.GuildDelete, watch.left)
  client.ws.on(GatewayDispatchEvents.GuildBanAdd, (event: GatewayGuildBanModifyDispatchData) =>
    watch.banned('member-banned', event),
  )
  client.ws.on(GatewayDispatchEvents.GuildBanRemove, (event: GatewayGuildBanModifyDispatchData) =>
    watch.banned('member-unbanned', event),
  )
}
