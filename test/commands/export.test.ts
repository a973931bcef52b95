// /export: one file with everything, to the person alone.
import { expect, test } from 'vitest'
import { createDocuments } from '#src/documents.ts'
import { ada, lin } from '#test/features/scene.ts'
import { forEachEngine } from '#test/support/engines.ts'
import { converse } from './conversation.ts'

forEachEngine('/export', engine => {
  test('answers with a file of the asker’s own, privately, also in a group', async () => {
    await using world = await converse(engine)
    await world.type(ada, '/checkin words of hers')
    await world.type(lin, '/checkin words of his')
    const { answer, said } = await world.type(ada, '/export')
    expect(answer.visibility).toBe('private')
    expect(said).toContain('Here is everything I keep about you')
    const { document } = answer.reply
    if (!document) throw new Error('there was no document')
    expect(document).toMatchObject({ kind: 'export', name: 'muster-export.json' })
    // The reply is stored, and holds nothing of it.
    const stored = await world.app.db.selectFrom('inbox').select('answer').orderBy('id', 'desc').executeTakeFirst()
    expect(stored?.answer).not.toContain('words of hers')
    const { bytes } = await createDocuments(world.app)(document, answer.locale)
    const text = Buffer.from(bytes).toString()
    expect(text).toContain('words of hers')
    expect(text).not.toContain('words of his')
    expect(JSON.parse(text)).toMatchObject({ schema: 'muster-export', version: 1 })
  })

  test('also works for somebody who belongs to no community', async () => {
    await using world = await converse(engine)
    const { answer } = await world.type(ada, '/export', null)
    expect(answer.reply.document?.kind).toBe('export')
  })

  test('is not written again and again', async () => {
    await using world = await converse(engine)
    for (let i = 0; i < 3; i++) expect((await world.type(ada, '/export', null)).answer.reply.document).toBeDefined()
    expect((await world.type(ada, '/export', null)).said).toContain('That was quick. Try /export again')
  })
})
