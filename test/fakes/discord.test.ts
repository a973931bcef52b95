import {
  ActionRowBuilder,
  AttachmentBuilder,
  ButtonBuilder,
  type ChatInputCommandInteraction,
  type Interaction,
  LabelBuilder,
  ModalBuilder,
  StringSelectMenuBuilder,
  TextInputBuilder,
  UserSelectMenuBuilder,
} from 'discord.js'
import { describe, expect, it } from 'vitest'
import { startWorld, type World } from '#test/fakes/discord/client.ts'
import { ClientRefusal } from '#test/fakes/discord/index.ts'

const COMMANDS = [
  {
    name: 'points',
    description: 'Points',
    options: [
      {
        type: 1,
        name: 'history',
        name_localizations: { 'zh-CN': '历史' },
        description: 'What you earned',
        options: [
          { type: 6, name: 'member', description: 'Whose' },
          { type: 4, name: 'count', description: 'How many', min_value: 1, max_value: 50 },
          { type: 3, name: 'reason', description: 'Why', autocomplete: true },
          { type: 11, name: 'proof', description: 'A picture' },
        ],
      },
    ],
  },
  { name: 'settle', description: 'Staff only', default_member_permissions: '32', contexts: [0] },
]

/** A bot that answers `/points history` with `act`. */
async function worldWith(act: (interaction: ChatInputCommandInteraction) => Promise<unknown>): Promise<World> {
  const world = await startWorld()
  await world.bot.application.commands.set(COMMANDS)
  world.bot.on('interactionCreate', interaction => {
    if (interaction.isChatInputCommand()) void act(interaction)
  })
  return world
}

const on = (world: World, act: (interaction: Interaction) => Promise<unknown> | undefined) =>
  world.bot.on('interactionCreate', interaction => void act(interaction))

const button = (id: string, label: string) =>
  new ActionRowBuilder<ButtonBuilder>().addComponents(new ButtonBuilder({ customId: id, label, style: 1 }))

describe('slash commands through the real discord.js', () => {
  it('arrive complete: options, member, permissions, languages, context', async () => {
    let seen: unknown
    await using world = await worldWith(async i => {
      seen = {
        line: `${i.commandName} ${i.options.getSubcommand()}`,
        member: i.options.getUser('member')?.username,
        joined: i.options.getMember('member') !== null,
        count: i.options.getInteger('count'),
        by: i.user.displayName,
        guild: i.guild?.name,
        locales: [i.locale, i.guildLocale],
        context: i.context,
        manages: i.memberPermissions?.has('ManageGuild'),
        botSends: i.appPermissions.has('SendMessages'),
      }
      await i.reply('ok')
    })
    const { ada, lin, general, dc } = world
    const answer = await ada.command(general, 'points history', { options: { member: lin, count: 3 } }).response()
    expect(seen).toEqual({
      line: 'points history',
      member: 'lin',
      joined: true,
      count: 3,
      by: 'Ada',
      guild: 'Camp',
      locales: ['en-US', 'en-US'],
      context: 0,
      manages: false,
      botSends: true,
    })
    expect(answer).toMatchObject({ content: 'ok', visibility: 'public', deferred: false })
    expect(dc.messages(general).map(one => one.content)).toEqual(['ok'])
    expect(dc.violations).toEqual([])
  })

  it('show a deferral, its edit and a private follow-up as the person sees them', async () => {
    await using world = await worldWith(async i => {
      await i.deferReply()
      await i.editReply('there it is')
      await i.followUp({ content: 'for you', flags: 64 })
    })
    const handle = world.ada.command(world.general, 'points history')
    expect(await handle.response()).toMatchObject({ content: 'there it is', visibility: 'public', deferred: true })
    expect(await handle.followup()).toMatchObject({ content: 'for you', visibility: 'private' })
    expect(world.dc.messages(world.general).map(one => one.content)).toEqual(['there it is'])
    expect(world.dc.violations).toEqual([])
  })

  it('let a private outcome replace a public deferral by delete and follow-up', async () => {
    await using world = await worldWith(async i => {
      await i.deferReply()
      await i.deleteReply()
      await i.followUp({ content: 'privately', flags: 64 })
    })
    const handle = world.ada.command(world.general, 'points history')
    expect(await handle.response()).toMatchObject({ content: 'privately', visibility: 'private', deferred: true })
    expect(handle.deleted).toBe(true)
    expect(world.dc.messages(world.general)).toEqual([])
    expect(world.dc.violations).toEqual([])
  })

  it('keep the visibility of the deferral whatever the edit asks for, and say so', async () => {
    await using world = await worldWith(async i => {
      await i.deferReply()
      await i.followUp({ content: 'meant to be private', flags: 64 })
    })
    const answer = await world.ada.command(world.general, 'points history').response()
    expect(answer).toMatchObject({ content: 'meant to be private', visibility: 'public' })
    expect(world.dc.violations.map(one => one.rule)).toEqual(['visibility'])
  })

  it('work in a direct channel', async () => {
    await using world = await worldWith(async i => i.reply(`${i.guild} ${i.context} ${i.user.username}`))
    const answer = await world.lin.command(world.lin.dm, '/points 历史').response()
    expect(answer.content).toBe('null 1 lin')
    expect(world.dc.dms(world.lin)).toHaveLength(1)
    expect(world.dc.violations).toEqual([])
  })

  it('carry attachments both ways, byte for byte', async () => {
    const picture = new Uint8Array([137, 80, 78, 71, 0, 255])
    await using world = await worldWith(async i => {
      const proof = i.options.getAttachment('proof', true)
      const bytes = Buffer.from(await (await fetch(proof.url)).arrayBuffer())
      const files = [new AttachmentBuilder(bytes, { name: 'board.png', description: 'A board' })]
      await i.reply({ files, embeds: [{ image: { url: 'attachment://board.png' } }] })
    })
    const proof = { name: 'proof.png', bytes: picture, contentType: 'image/png' }
    const answer = await world.ada.command(world.general, 'points history', { options: { proof } }).response()
    expect(answer.files.map(file => [file.name, [...file.bytes]])).toEqual([['board.png', [...picture]]])
    expect(world.dc.violations).toEqual([])
  })

  it('are answered outside every rate limit', async () => {
    await using world = await worldWith(async i => i.reply('ok'))
    const asked = Array.from({ length: 80 }, () => world.ada.command(world.general, 'points history'))
    const answers = await Promise.all(asked.map(one => one.response()))
    expect(answers.map(one => one.content)).toEqual(Array(80).fill('ok'))
    expect(world.dc.calls.filter(one => one.status === 429)).toEqual([])
  })

  it('are refused by the client where Discord does not offer them', async () => {
    await using world = await worldWith(async i => i.reply('settled'))
    const { ada, mo, dc, general } = world
    expect(() => ada.command(general, 'settle')).toThrow(ClientRefusal)
    expect(() => mo.command(mo.dm, 'settle')).toThrow(ClientRefusal)
    expect(() => ada.command(general, 'points history', { options: { count: 51 } })).toThrow(/out of range/)
    expect(dc.violations).toEqual([])
    expect(() => ada.command(general, 'nonsense')).toThrow(ClientRefusal)
    expect(dc.violations.map(one => one.rule)).toEqual(['unregistered-command'])
    expect((await mo.command(general, 'settle').response()).content).toBe('settled')
  })
})

describe('components, forms and completion', () => {
  it('a press updates its message, and only the buttons that are there can be pressed', async () => {
    await using world = await worldWith(async i => i.reply({ content: 'one', components: [button('v1:next', 'Next')] }))
    on(world, i => (i.isButton() ? i.update({ content: 'two', components: [] }) : undefined))
    const first = await world.ada.command(world.general, 'points history').response()
    const pressed = await world.lin.press(first, 'Next').response()
    expect(pressed).toMatchObject({ kind: 'update', content: 'two', components: [] })
    expect(() => world.lin.press(first, 'Next')).toThrow(/no button Next/)
  })

  it('a deferred update is edited later, and an ephemeral message shows to its person alone', async () => {
    await using world = await worldWith(async i =>
      i.reply({ content: 'mine', flags: 64, components: [button('v1:go', 'Go')] }),
    )
    on(world, async i => {
      if (!i.isButton()) return
      await i.deferUpdate()
      await i.editReply({ content: 'done', components: [] })
    })
    const mine = await world.ada.command(world.general, 'points history').response()
    expect(mine.visibility).toBe('private')
    expect(() => world.lin.press(mine, 'Go')).toThrow(/not shown/)
    expect(await world.ada.press(mine, 'v1:go').response()).toMatchObject({
      kind: 'update',
      content: 'done',
      deferred: true,
    })
    expect(world.dc.violations).toEqual([])
  })

  it('a select sends the chosen values', async () => {
    const menu = new StringSelectMenuBuilder({
      customId: 'zone',
      options: [
        { label: 'Paris', value: 'Europe/Paris' },
        { label: 'Shanghai', value: 'Asia/Shanghai' },
      ],
    })
    await using world = await worldWith(async i =>
      i.reply({ content: 'zone?', components: [new ActionRowBuilder<StringSelectMenuBuilder>().addComponents(menu)] }),
    )
    on(world, i => (i.isStringSelectMenu() ? i.reply({ content: i.values.join(), flags: 64 }) : undefined))
    const asked = await world.ada.command(world.general, 'points history').response()
    expect((await world.ada.select(asked, 'zone', ['Asia/Shanghai']).response()).content).toBe('Asia/Shanghai')
    expect(() => world.ada.select(asked, 'zone', ['Mars'])).toThrow(ClientRefusal)
  })

  it('a select of people brings the people along', async () => {
    const menu = new UserSelectMenuBuilder({ customId: 'who' })
    await using world = await worldWith(async i =>
      i.reply({ content: 'who?', components: [new ActionRowBuilder<UserSelectMenuBuilder>().addComponents(menu)] }),
    )
    on(world, i => (i.isUserSelectMenu() ? i.reply(`${i.users.first()?.username} ${i.members.size}`) : undefined))
    const asked = await world.ada.command(world.general, 'points history').response()
    expect((await world.ada.select(asked, 'who', [world.lin.id]).response()).content).toBe('lin 1')
    expect(() => world.ada.select(asked, 'who', ['1'])).toThrow(ClientRefusal)
  })

  it('a form opens, is filled in and comes back', async () => {
    await using world = await worldWith(async i => {
      const input = new TextInputBuilder({ customId: 'note', label: 'Note', style: 2, maxLength: 5 })
      const row = new ActionRowBuilder<TextInputBuilder>().addComponents(input)
      await i.showModal(new ModalBuilder({ customId: 'form', title: 'Check in' }).addComponents(row))
    })
    on(world, i => (i.isModalSubmit() ? i.reply(`got ${i.fields.getTextInputValue('note')}`) : undefined))
    const opened = world.ada.command(world.general, 'points history')
    expect(await opened.response()).toMatchObject({ kind: 'modal', modal: { customId: 'form', title: 'Check in' } })
    await expect(world.ada.submitModal(opened, { note: 'too long' })).rejects.toThrow(/refused length/)
    const sent = await world.ada.submitModal(opened, { note: 'hi' })
    expect((await sent.response()).content).toBe('got hi')
    expect(world.dc.violations).toEqual([])
  })

  it('a form of labels works like one of rows', async () => {
    await using world = await worldWith(async i => {
      const input = new TextInputBuilder({ customId: 'note', style: 1, required: false })
      const label = new LabelBuilder({ label: 'Note' }).setTextInputComponent(input)
      await i.showModal(new ModalBuilder({ customId: 'form', title: 'Check in' }).addLabelComponents(label))
    })
    on(world, i => (i.isModalSubmit() ? i.reply(`[${i.fields.getTextInputValue('note')}]`) : undefined))
    const opened = world.ada.command(world.general, 'points history')
    expect((await (await world.ada.submitModal(opened, {})).response()).content).toBe('[]')
    expect(world.dc.violations).toEqual([])
  })

  it('completion takes at most 25 choices', async () => {
    const choices = Array.from({ length: 26 }, (_, n) => ({ name: `${n}`, value: `${n}` }))
    await using world = await worldWith(async i => i.reply('-'))
    on(world, i => (i.isAutocomplete() ? i.respond(choices).catch(() => {}) : undefined))
    world.ada.autocomplete(world.general, 'points history', 'reason', '')
    await world.dc.until(() => world.dc.violations[0], 'the refusal')
    expect(world.dc.violations.map(one => one.detail)).toEqual([
      expect.stringContaining('data.choices: Must be 25 or fewer'),
    ])
  })

  it('completion offers the choices for the text so far', async () => {
    await using world = await worldWith(async i => i.reply('-'))
    on(world, i =>
      i.isAutocomplete() ? i.respond([{ name: i.options.getFocused().toUpperCase(), value: 'x' }]) : undefined,
    )
    const offered = await world.ada.autocomplete(world.general, 'points history', 'reason', 'abc').response()
    expect(offered).toMatchObject({ kind: 'choices', choices: [{ name: 'ABC', value: 'x' }] })
    expect(world.dc.violations).toEqual([])
  })
})
