/** IANA time zones: recognising what people type, and naming them. */

/** Chinese names of the zones people in such communities name most; others are shown by their IANA name. */
const CHINESE_CITIES: Readonly<Record<string, string>> = {
  'Asia/Shanghai': '上海',
  'Asia/Urumqi': '乌鲁木齐',
  'Asia/Hong_Kong': '香港',
  'Asia/Macau': '澳门',
  'Asia/Taipei': '台北',
  'Asia/Tokyo': '东京',
  'Asia/Seoul': '首尔',
  'Asia/Singapore': '新加坡',
  'Asia/Kuala_Lumpur': '吉隆坡',
  'Asia/Bangkok': '曼谷',
  'Asia/Jakarta': '雅加达',
  'Asia/Manila': '马尼拉',
  'Asia/Ho_Chi_Minh': '胡志明市',
  'Asia/Kolkata': '加尔各答',
  'Asia/Dubai': '迪拜',
  'Europe/London': '伦敦',
  'Europe/Paris': '巴黎',
  'Europe/Berlin': '柏林',
  'Europe/Madrid': '马德里',
  'Europe/Rome': '罗马',
  'Europe/Amsterdam': '阿姆斯特丹',
  'Europe/Zurich': '苏黎世',
  'Europe/Moscow': '莫斯科',
  'Africa/Cairo': '开罗',
  'Africa/Johannesburg': '约翰内斯堡',
  'America/New_York': '纽约',
  'America/Chicago': '芝加哥',
  'America/Denver': '丹佛',
  'America/Los_Angeles': '洛杉矶',
  'America/Vancouver': '温哥华',
  'America/Toronto': '多伦多',
  'America/Sao_Paulo': '圣保罗',
  'America/Mexico_City': '墨西哥城',
  'Australia/Sydney': '悉尼',
  'Australia/Melbourne': '墨尔本',
  'Australia/Perth': '珀斯',
  'Pacific/Auckland': '奥克兰',
  'Pacific/Honolulu': '檀香山',
}

/** Cities that keep another city's time, and the country that keeps one, as people type them. */
const ALIASES: Readonly<Record<string, string>> = {
  beijing: 'Asia/Shanghai',
  中国: 'Asia/Shanghai',
  北京: 'Asia/Shanghai',
  广州: 'Asia/Shanghai',
  深圳: 'Asia/Shanghai',
  成都: 'Asia/Shanghai',
  重庆: 'Asia/Shanghai',
  杭州: 'Asia/Shanghai',
}

const all: readonly string[] = ['UTC', ...Intl.supportedValuesOf('timeZone').filter(zone => zone !== 'UTC')]
const byLowerCase = new Map(all.map(zone => [zone.toLowerCase(), zone]))

/** The zone as the system knows it, or null when there is none of that name. Case does not matter; offsets are refused. */
export function canonicalZone(typed: string): string | null {
  const wanted = typed.trim().replaceAll(' ', '_').toLowerCase()
  const known = byLowerCase.get(wanted)
  if (known) return known
  const chinese = Object.entries(CHINESE_CITIES).find(
    ([, city]) => city === typed.trim() || `${city}时间` === typed.trim(),
  )
  if (chinese) return chinese[0]
  const place = wanted.replace(/时间$/, '')
  if (Object.hasOwn(ALIASES, place)) return ALIASES[place] ?? null
  const cities = all.filter(zone => zone.toLowerCase().split('/').at(-1) === wanted)
  if (cities.length === 1) return cities[0] ?? null
  if (!/^[a-z][a-z0-9_+/-]*$/.test(wanted) || /^(etc\/)?(gmt|utc)[+-]/.test(wanted)) return null
  try {
    // Aliases such as Asia/Calcutta are real names too; the system says how it spells them.
    return new Intl.DateTimeFormat('en', { timeZone: typed.trim() }).resolvedOptions().timeZone
  } catch {
    return null
  }
}

/** Zones whose name contains what was typed, best first, for completion. */
export function searchZones(typed: string, limit: number): string[] {
  const wanted = typed.trim().replaceAll(' ', '_').toLowerCase()
  const named = new Set(
    wanted ? Object.entries(ALIASES).flatMap(([place, zone]) => (place.includes(wanted) ? [zone] : [])) : [],
  )
  const matches = all.filter(
    zone =>
      zone.toLowerCase().includes(wanted) ||
      named.has(zone) ||
      (wanted && CHINESE_CITIES[zone]?.includes(typed.trim())),
  )
  const rank = (zone: string) => (zone in CHINESE_CITIES ? 0 : 1)
  return matches.sort((a, b) => rank(a) - rank(b) || a.localeCompare(b)).slice(0, limit)
}

/** How a zone is named in a sentence: `Asia/Shanghai`, in Chinese `上海时间` where the city has a Chinese name. */
export function zoneName(zone: string, locale: string): string {
  const city = locale.startsWith('zh') ? CHINESE_CITIES[zone] : undefined
  return city ? `${city}时间` : zone.replaceAll('_', ' ')
}
