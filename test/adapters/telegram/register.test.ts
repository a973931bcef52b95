// The command menus.
import { afterEach, expect, test } from 'vitest'
import { leaves } from '#src/chat/command.ts'
import { loadCommands } from '#src/commands.ts'
import { catalogues } from '#src/messages/index.ts'
import { raw } from '#test/fakes/telegram/calling.ts'
import { engines } from '#test/support/engines.ts'
import { until } from '#test/support/until.ts'
import { openTelegram, type TelegramWorld } from '../telegram-harness.ts'

const COMMANDS = new URL('./commands/', import.meta.url)
const PRIVATE = { type: 'all_private_chats' }
const GROUPS = { type: 'all_group_chats' }
let world: TelegramWorld
const [sqlite] = engines
if (!sqlite) throw new Error('there is no engine')

afterEach(async () => {
  const violations = [...world.violations()]
  await world[Symbol.asyncDispose]()
  expect(violations).toEqual([])
})

const names = (scope: { type: string }, language?: string) =>
  world.tg.commands(scope, language).map(({ command }) => command)
const written = () => world.tg.callsOf('setMyCommands').length
/** Four menus are read at every start. */
const compared = (times: number) =>
  until('the menus are compared', () => world.tg.callsOf('getMyCommands').length === 4 * times)

test('list what each place can use, groups as one entry, in both languages; written once, then only what changed', async () => {
  world = await openTelegram(sqlite)
  await until('the menus are written', () => written() === 4)
  const { entries } = await loadCommands()
  const everybodys = entries.filter(entry =>
    leaves(entry).some(({ node }) => node.kind === 'leaf' && node.who === 'member'),
  )
  expect(names(PRIVATE)).toEqual(everybodys.map(({ node }) => node.name))
  for (const scope of [PRIVATE, GROUPS]) expect(names(scope)).toContain('cancel')
  expect(names(PRIVATE)).toContain('community')
  expect(names(GROUPS)).not.toContain('community')
  expect(names(GROUPS)).toContain('points')
  expect(world.tg.commands(GROUPS, 'zh')).toContainEqual({
    command: 'checkin',
    description: catalogues['zh-CN']['checkin.description'],
  })
  expect(world.tg.commands(GROUPS)).toContainEqual({ command: 'checkin', description: 'Check in for today' })
  await world.restart()
  await compared(2)
  expect(written()).toBe(4)
  const old = { commands: [{ command: 'gone', description: 'x' }], scope: GROUPS, language_code: 'zh' }
  await raw(world.tg, 'setMyCommands', JSON.stringify(old))
  await world.restart()
  await until('the one that differs is written', () => names(GROUPS, 'zh').includes('checkin'))
  await compared(3)
  expect(written()).toBe(6)
})

test('leave commands for staff to /help', async () => {
  world = await openTelegram(sqlite, { commands: COMMANDS })
  await until('the menus are written', () => written() === 4)
  expect(names(PRIVATE)).toEqual(expect.arrayContaining(['alone', 'thank']))
  expect(names(GROUPS)).not.toContain('alone')
  for (const scope of [PRIVATE, GROUPS]) expect(names(scope)).not.toContain('staff')
})

test('that cannot be written stop nothing, and are tried again by the next look', async () => {
  world = await openTelegram(sqlite)
  await until('the menus are written', () => written() === 4)
  await raw(world.tg, 'deleteMyCommands', JSON.stringify({ scope: GROUPS }))
  world.tg.fault({ method: 'getMyCommands', kind: '500' })
  await world.restart()
  await until('it is logged', () =>
    world.test.lines.some(({ message }) => message.includes('menus could not be written')),
  )
  expect(world.connection().connected()).toBe(true)
  expect(names(GROUPS)).toEqual([])
  await world.connection().recover()
  await until('the menu is back', () => names(GROUPS).includes('checkin'))
})
