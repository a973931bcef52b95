/** Configuration from the environment (and `.env`): read once, all problems reported at once, in the order of `.env.example`. */
import { existsSync } from 'node:fs'
import { z } from 'zod'
import { LOCALES } from './lib/locale.ts'
import { Problem, withoutPassword } from './lib/problem.ts'
import { canonicalZone } from './lib/zones.ts'

const url = (protocols: RegExp, example: string) =>
  z.string().refine(value => URL.canParse(value) && protocols.test(new URL(value).protocol), {
    error: `must be a URL such as ${example}`,
  })
const withoutSlash = (value: string) => value.replace(/\/+$/, '')

const schema = z.object({
  DATABASE_URL: z
    .string()
    .refine(value => /^sqlite:.+/.test(value) || (/^postgres(ql)?:\/\//.test(value) && URL.canParse(value)), {
      error: 'must be sqlite:PATH or postgres://USER@HOST/NAME, such as sqlite:data/muster.db',
    })
    .optional(),
  FILES_DIR: z.string().optional(),
  HOST: z.string().default('127.0.0.1'),
  PORT: z.coerce
    .number({ error: 'must be a port number from 0 to 65535' })
    .int({ error: 'must be a port number from 0 to 65535' })
    .min(0, { error: 'must be a port number from 0 to 65535' })
    .max(65_535, { error: 'must be a port number from 0 to 65535' })
    .default(3000),
  PUBLIC_URL: url(/^https?:$/, 'https://muster.example.org')
    .transform(withoutSlash)
    .optional(),
  LOG_LEVEL: z
    .enum(['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'], {
      error: 'must be one of silent, fatal, error, warn, info, debug, trace',
    })
    .default('info'),
  METRICS_TOKEN: z.string().min(16, { error: 'must have at least 16 characters' }).optional(),
  DISCORD_TOKEN: z.string().optional(),
  DISCORD_API_URL: url(/^https?:$/, 'https://discord.com/api')
    .transform(withoutSlash)
    .default('https://discord.com/api'),
  TELEGRAM_TOKEN: z.string().optional(),
  TELEGRAM_API_ROOT: url(/^https?:$/, 'https://api.telegram.org')
    .transform(withoutSlash)
    .default('https://api.telegram.org'),
  TELEGRAM_WEBHOOK_SECRET: z
    .string()
    .regex(/^[A-Za-z0-9_-]{16,256}$/, { error: 'must be 16 to 256 characters of A-Z, a-z, 0-9, _ and -' })
    .optional(),
  PLAYGROUND: z.enum(['auto', 'on', 'off'], { error: 'must be auto, on or off' }).default('auto'),
  DEFAULT_TIMEZONE: z
    .string()
    .default('UTC')
    .transform((value, context) => {
      const zone = canonicalZone(value)
      if (zone) return zone
      context.addIssue({ code: 'custom', message: 'must be a time zone such as Europe/London or Asia/Shanghai' })
      return z.NEVER
    }),
  DEFAULT_LOCALE: z.enum(LOCALES, { error: `must be one of ${LOCALES.join(', ')}` }).default('en'),
})

/** The variables, in the order of `.env.example`. */
export const VARIABLES: readonly string[] = Object.keys(schema.shape)

/** Values of these are never shown. */
export const SECRETS: ReadonlySet<string> = new Set([
  'METRICS_TOKEN',
  'DISCORD_TOKEN',
  'TELEGRAM_TOKEN',
  'TELEGRAM_WEBHOOK_SECRET',
])

type Values = z.output<typeof schema>

export interface Config extends Omit<Values, 'PLAYGROUND' | 'DATABASE_URL' | 'FILES_DIR'> {
  readonly DATABASE_URL: string
  readonly FILES_DIR: string
  readonly playground: boolean
  /** Inside the container image the playground listens on all addresses; the host publishes it on loopback alone. */
  readonly inContainer: boolean
  /** What must never be printed. */
  readonly secrets: readonly string[]
}

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '::1', '[::1]'])

/** Reads variables; throws one Problem with a line for each thing that is wrong. An empty value counts as not set. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(VARIABLES.map(name => [name, env[name]?.trim() || undefined]))
  const parsed = schema.safeParse(given)
  const problems: string[] = []
  if (!parsed.success) {
    for (const issue of parsed.error.issues) problems.push(`${named(String(issue.path[0]), given)} ${issue.message}.`)
  }
  problems.push(...contradictions(given, env))
  if (problems.length > 0 || !parsed.success) throw new Problem(problems.join('\n'))
  const { PLAYGROUND, DATABASE_URL, FILES_DIR, ...values } = parsed.data
  const hasToken = values.DISCORD_TOKEN !== undefined || values.TELEGRAM_TOKEN !== undefined
  const playground = PLAYGROUND === 'on' || (PLAYGROUND === 'auto' && !hasToken)
  const password = DATABASE_URL && URL.canParse(DATABASE_URL) ? new URL(DATABASE_URL).password : ''
  return {
    ...values,
    DATABASE_URL: DATABASE_URL ?? (playground ? 'sqlite:data/playground.db' : 'sqlite:data/muster.db'),
    FILES_DIR: FILES_DIR ?? (playground ? 'data/playground-files' : 'data/files'),
    playground,
    inContainer: env.PLAYGROUND_BIND === 'container',
    secrets: [...[...SECRETS].map(name => given[name] ?? ''), password, decodeURIComponent(password)].filter(
      secret => secret.length > 3,
    ),
  }
}

/** `PORT=abc`, or `DISCORD_TOKEN` without its value. */
function named(name: string, given: Readonly<Record<string, string | undefined>>): string {
  const value = given[name]
  return SECRETS.has(name) || value === undefined ? name : `${name}=${withoutPassword(value)}`
}

/** Values that are fine alone and wrong together. */
function contradictions(
  given: Readonly<Record<string, string | undefined>>,
  env: Readonly<Record<string, string | undefined>>,
): string[] {
  const found: string[] = []
  const tokens = ['DISCORD_TOKEN', 'TELEGRAM_TOKEN'].filter(name => given[name])
  if (given.TELEGRAM_WEBHOOK_SECRET && !given.PUBLIC_URL) {
    found.push(
      'TELEGRAM_WEBHOOK_SECRET needs PUBLIC_URL, the address under which Telegram reaches this machine. Set it, or remove the secret to use long polling.',
    )
  }
  if (given.PLAYGROUND === 'on' && tokens.length > 0) {
    found.push(
      `PLAYGROUND=on and ${tokens.join(' and ')} exclude each other: the playground never runs beside a real community. Remove one.`,
    )
  }
  const playground = given.PLAYGROUND === 'on' || ((given.PLAYGROUND ?? 'auto') === 'auto' && tokens.length === 0)
  const host = given.HOST ?? '127.0.0.1'
  if (playground && !LOOPBACK.has(host) && env.PLAYGROUND_BIND !== 'container') {
    found.push(
      `HOST=${host} would show the playground to others; it is for this machine alone. Remove HOST, or set PLAYGROUND=off.`,
    )
  }
  return found
}

/** Reads `.env` of the working directory, when there is one; what the environment says already wins. */
export function loadEnvFile(path = '.env'): void {
  if (!existsSync(path)) return
  try {
    process.loadEnvFile(path)
  } catch (error) {
    throw new Problem(
      `${path} cannot be read (${error instanceof Error ? error.message : 'unknown reason'}). Correct or remove it.`,
    )
  }
}
