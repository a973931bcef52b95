import { expect, test } from 'vitest'
import { createRegistry, defineCommand, item } from '#src/chat/command.ts'
import { plain } from '#src/chat/reply.ts'
import type { Ask } from '#src/chat/request.ts'
import { loadCommands } from '#src/commands.ts'
import { createDispatch } from '#src/dispatch.ts'
import { testApp } from './support/app.ts'
import { forEachEngine } from './support/engines.ts'

const ask = (role: 'member' | 'manager', direct = false): Ask => ({
  platform: 'discord',
  bot: 'discord:1',
  eventId: 'typing',
  at: 0,
  from: { platformId: role, name: role, role },
  place: direct ? null : { platformId: '9', kind: 'guild', title: 'Night Owls' },
  chat: { id: '9', direct, ephemeral: true },
  kind: 'command',
  path: ['codes'],
  args: {},
})

forEachEngine('completion', engine => {
  test('tells names only to those who may use the command', async () => {
    await using opened = await testApp(engine)
    const codes = defineCommand({
      name: 'codes',
      description: 'help.description',
      where: 'anywhere',
      who: 'manager',
      reply: 'private',
      menu: 1,
      args: { code: item('help.arg.command', { complete: async () => [{ value: 'secret', label: 'secret' }] }) },
      run: async () => plain(),
    })
    const dispatch = createDispatch(opened.app, createRegistry([{ path: ['codes'], node: codes, children: [] }]))
    expect(await dispatch.complete(ask('manager'), ['codes'], 'code', '')).toEqual([
      { value: 'secret', label: 'secret' },
    ])
    expect(await dispatch.complete(ask('member'), ['codes'], 'code', '')).toEqual([])
    expect(await dispatch.complete(ask('manager'), ['codes'], 'nothing', '')).toEqual([])
    expect(await dispatch.complete(ask('manager'), ['nothing'], 'code', '')).toEqual([])
  })

  test('of /help offers what this person may use here', async () => {
    await using opened = await testApp(engine)
    const dispatch = createDispatch(opened.app, await loadCommands())
    const offered = async (direct: boolean, typed: string) =>
      (await dispatch.complete(ask('member', direct), ['help'], 'command', typed)).map(({ label }) => label)
    expect(await offered(true, 'st')).toEqual(['/start'])
    expect(await offered(true, '/comm')).toEqual(['/community'])
    expect(await offered(false, 'community')).toEqual([])
  })
})
