/** Who and where people of the gallery are, as each platform names it. */
import type { ChatReference, PlaceSighting, Sighting } from '../chat/request.ts'
import type { Platform } from '../chat/text.ts'
import type { Locale } from '../lib/locale.ts'
import { CAST, type Spot, type Who } from './scene.ts'

/** One platform's half of a scene. */
export interface Side {
  readonly platform: Platform
  readonly bot: string
  place(second: boolean): PlaceSighting
  sighting(who: Who, place: PlaceSighting | null): Sighting
  chat(who: Who, place: PlaceSighting | null, messageId: string): ChatReference
}

const TITLES = ['Night Owls', 'Early Birds'] as const

/** Ids as the platform makes them. */
const IDS: Readonly<
  Record<Platform, { person(n: number, who: Who): string; place(second: boolean): string; bot: string }>
> = {
  discord: {
    person: n => String(200_000_000_000_000_000n + BigInt(n)),
    place: second => (second ? '300000000000000002' : '300000000000000001'),
    bot: 'discord:100000000000000001',
  },
  telegram: {
    person: n => String(700_000_000 + n),
    place: second => (second ? '-1001000000002' : '-1001000000001'),
    bot: 'telegram:7000',
  },
  playground: {
    person: (_, who) => who,
    place: second => (second ? 'early-birds' : 'night-owls'),
    bot: 'playground:local',
  },
}
const KINDS = { discord: 'guild', telegram: 'supergroup', playground: 'group' } as const

/** `other`: the platform that the rest of the scene is not on; its only group is another community. */
export function createSide(
  platform: Platform,
  locale: Locale,
  { other, whole }: { other: boolean; whole: boolean },
): Side {
  const ids = IDS[platform]
  const people = Object.keys(CAST) as Who[]
  const forms = whole && platform !== 'telegram' ? ({ forms: 'whole' } as const) : {}
  return {
    platform,
    bot: ids.bot,
    place: second => ({
      platformId: ids.place(second),
      kind: KINDS[platform],
      title: TITLES[second || other ? 1 : 0],
    }),
    sighting: (who, place) => ({
      platformId: ids.person(people.indexOf(who) + 1, who),
      name: CAST[who].name,
      // Not everybody has one everywhere.
      ...(other ? who !== 'lin' && { username: `${who}_too` } : { username: who }),
      locale,
      ...(place && { role: CAST[who].role }),
    }),
    chat: (who, place, messageId) =>
      place === null
        ? { id: ids.person(people.indexOf(who) + 1, who), direct: true, ephemeral: false, ...forms, messageId }
        : {
            // A guild is talked to in one of its channels.
            ...(platform === 'discord'
              ? { id: `4${place.platformId.slice(1)}`, title: 'general' }
              : { id: place.platformId }),
            direct: false,
            ephemeral: platform !== 'telegram',
            ...forms,
            messageId,
          },
  }
}

/** The other platform of a scene. */
export const OTHERS: Readonly<Record<Platform, Platform>> = {
  discord: 'telegram',
  telegram: 'discord',
  playground: 'discord',
}

export const isOther = (spot: Spot): boolean => spot.startsWith('other')
export const isDirect = (spot: Spot): boolean => spot.endsWith('direct')
