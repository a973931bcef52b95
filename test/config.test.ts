import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readConfig, SECRETS, VARIABLES } from '#src/config.ts'
import { Problem } from '#src/lib/problem.ts'

function problemOf(env: Record<string, string>): string {
  try {
    readConfig(env)
  } catch (error) {
    if (error instanceof Problem) return error.message
    throw error
  }
  throw new Error('this configuration was expected to be refused')
}

const example = readFileSync(join(import.meta.dirname, '../.env.example'), 'utf8')
const exampleLines = example.split('\n').flatMap(line => {
  const match = /^([A-Z_]+)=(.*)$/.exec(line)
  return match ? [[match[1] ?? '', match[2] ?? ''] as const] : []
})

describe('configuration', () => {
  test('.env.example lists every variable, in the order of src/config.ts', () => {
    expect(exampleLines.map(([name]) => name)).toEqual(VARIABLES)
  })

  test('.env.example as it is means the same as no file at all', () => {
    expect(readConfig(Object.fromEntries(exampleLines))).toEqual(readConfig({}))
  })

  test('nothing set opens the playground on this machine, with a database of its own', () => {
    const config = readConfig({})
    expect(config).toMatchObject({
      playground: true,
      HOST: '127.0.0.1',
      PORT: 3000,
      DATABASE_URL: 'sqlite:data/playground.db',
    })
  })

  test('a token turns the playground off and names the real database', () => {
    const config = readConfig({ TELEGRAM_TOKEN: '123:abcdef' })
    expect(config).toMatchObject({ playground: false, DATABASE_URL: 'sqlite:data/muster.db' })
  })

  test('all problems are reported at once, each with its variable, its value and what to do', () => {
    const message = problemOf({
      PORT: 'abc',
      DATABASE_URL: 'mysql://x',
      DEFAULT_TIMEZONE: 'Mars/Base',
      LOG_LEVEL: 'loud',
      PLAYGROUND: 'maybe',
    })
    expect(message.split('\n')).toHaveLength(5)
    for (const part of [
      'PORT=abc',
      'DATABASE_URL=mysql://x',
      'DEFAULT_TIMEZONE=Mars/Base',
      'LOG_LEVEL=loud',
      'PLAYGROUND=maybe',
    ]) {
      expect(message).toContain(part)
    }
    expect(message).not.toMatch(/ZodError|at .*\.ts:/)
  })

  test('contradictions are reported beside single mistakes', () => {
    const message = problemOf({
      PORT: '99999',
      TELEGRAM_WEBHOOK_SECRET: 'a'.repeat(20),
      PLAYGROUND: 'on',
      DISCORD_TOKEN: 'x.y.z',
    })
    expect(message).toContain('PORT=99999')
    expect(message).toContain('needs PUBLIC_URL')
    expect(message).toContain('PLAYGROUND=on and DISCORD_TOKEN exclude each other')
  })

  test('the value of a secret, or a password inside a URL, is never part of a problem', () => {
    const secret = 'short'
    for (const name of SECRETS)
      expect(problemOf({ [name]: secret, PORT: 'x', TELEGRAM_WEBHOOK_SECRET: secret })).not.toContain(secret)
    expect(problemOf({ DATABASE_URL: 'postgresx://me:hunter2@host/db' })).not.toContain('hunter2')
  })

  test('the playground refuses an address that others reach, except inside the container image', () => {
    expect(problemOf({ HOST: '0.0.0.0' })).toContain('HOST=0.0.0.0')
    expect(readConfig({ HOST: '0.0.0.0', PLAYGROUND_BIND: 'container' })).toMatchObject({
      inContainer: true,
      playground: true,
    })
    expect(readConfig({ HOST: '0.0.0.0', PLAYGROUND: 'off' })).toMatchObject({ playground: false })
  })

  test('a zone is understood as people write it', () => {
    expect(readConfig({ DEFAULT_TIMEZONE: 'asia/shanghai' }).DEFAULT_TIMEZONE).toBe('Asia/Shanghai')
  })
})
