// /segment: what a manager sees from "no segments yet" to a count, every mistake by its line, and who may.
import { expect, test } from 'vitest'
import { ada, lin, mo } from '#test/features/scene.ts'
import { forEachEngine } from '#test/support/engines.ts'
import { converse, labels } from './conversation.ts'

forEachEngine('/segment', engine => {
  test('leads from a ready-made segment to a count with names in four steps', async () => {
    await using talk = await converse(engine)
    await talk.type(mo, '/start', null)
    await talk.type(mo, '/streak')
    await talk.type(ada, '/checkin')
    talk.clock.advance(8 * 24 * 3_600_000)
    const empty = await talk.type(mo, '/segment', null)
    expect(empty.said).toContain('No segments yet.')
    const words = await talk.press(mo, empty, 'What it can ask', null)
    expect(words.said).toContain('did: { what: checkin, least: 3, days: 7 } — did something at least so often')
    await talk.press(mo, words, 'Quiet for 7 days', null)
    await talk.say(mo, 'Quiet ones')
    const saved = await talk.say(mo, 'did: checkin\nhas_not: { what: checkin, days: 7 }')
    expect(saved.said).toContain('The segment “Quiet ones” is saved.')
    const counted = await talk.press(mo, saved, 'Count now', null)
    expect(counted.said).toBe('“Quiet ones” has 1 member right now.\nThat is Ada.')
    await talk.type(ada, '/checkin')
    expect((await talk.press(mo, counted, 'Count again', null)).said).toContain('has 0 members right now.')
  })

  test('says every mistake with its line and place, and saves nothing', async () => {
    await using talk = await converse(engine)
    const refused = await talk.type(
      mo,
      '/segment create name:Wrong condition:{ did: { what: chekin, least: 0 }, dit: 1, points: { window: week } }',
    )
    expect(refused.said).toContain('Line 1, did.what: “chekin” should be one of: checkin')
    expect(refused.said).toContain('Line 1, did.least: 0 is too small: 1 at least.')
    expect(refused.said).toContain('“dit” is not known. There is: all, any')
    expect(refused.said).toContain('And 1 more mistake.')
    expect((await talk.type(mo, '/segment list')).said).toContain('No segments yet.')
  })

  test('shows, changes and deletes by name, each with a line in /audit', async () => {
    await using talk = await converse(engine)
    await talk.type(mo, '/segment create name:New condition:joined: { most: 7 }')
    expect((await talk.type(mo, '/segment create name:NEW condition:hidden: true')).said).toContain(
      'Another segment is called “NEW”.',
    )
    const shown = await talk.type(mo, '/segment show new')
    expect(shown.said).toContain('Segment “New”\njoined: { most: 7 }\nVersion 1,')
    expect((await talk.type(mo, '/segment edit new condition:joined: { most: 14 }')).said).toBe(
      '“New” is now version 2. What was sent by older versions stays as it was.',
    )
    expect((await talk.type(mo, '/segment edit new condition:joined: { most: 14 }')).said).toContain('asks just that')
    const sure = await talk.type(mo, '/segment delete new')
    expect(sure.said).toContain('Delete the segment “New”?')
    expect((await talk.press(mo, sure, 'Yes, delete it')).said).toContain('“New” is gone from the list.')
    expect((await talk.type(mo, '/segment show new')).said).toContain('There is no segment “new”.')
    expect((await talk.type(mo, '/segment count new')).said).toContain('There is no segment “new”.')
    const audit = (await talk.type(mo, '/audit')).said
    for (const sentence of ['made the segment “New”', 'changed the segment “New”', 'deleted the segment “New”'])
      expect(audit).toContain(sentence)
  })

  test('lists what there is, to open with one press', async () => {
    await using talk = await converse(engine)
    for (const name of ['Beta', 'Alpha']) await talk.type(mo, `/segment create name:${name} condition:hidden: false`)
    const listed = await talk.type(mo, '/segment')
    expect(listed.said).toContain('Alpha · version 1\nBeta · version 1')
    expect(labels(listed)).toEqual(['New segment', 'What it can ask', 'Alpha', 'Beta'])
    expect((await talk.press(mo, listed, 'Beta')).said).toContain('Segment “Beta”')
  })

  test('tags members, and segments find them', async () => {
    await using talk = await converse(engine)
    await talk.type(ada, '/checkin')
    expect((await talk.type(mo, '/segment tag @ada')).said).toBe('Ada has no tags.')
    expect((await talk.type(mo, '/segment tag @ada tag:#VIP')).said).toBe('Tags of Ada: vip.')
    expect((await talk.type(mo, '/segment tag @ada tag:vip way:remove')).said).toBe('Ada has no tags.')
    expect((await talk.type(mo, '/segment tag @ada tag:"a b"')).said).toContain('cannot be a tag')
    expect((await talk.type(mo, '/audit')).said).toContain('tagged Ada: vip')
  })

  test('takes a pasted list or CSV by name, username or id, says whom it could not tell, and makes a segment of it', async () => {
    await using talk = await converse(engine)
    for (const who of [ada, lin]) await talk.type(who, '/checkin')
    await talk.type(mo, '/segment import', null)
    await talk.type(mo, '/streak')
    await talk.type(mo, '/segment import')
    await talk.say(mo, 'Spring')
    const done = await talk.say(mo, 'name,score\n"Ada",9\n@LIN,7\nNobody,3')
    expect(done.said).toBe(
      '2 members got the tag spring.\n2 could not be told, because nobody or more than one is called so: name, Nobody.',
    )
    expect((await talk.press(mo, done, 'Count now', null)).said).toContain('“spring” has 2 members')
    const again = await talk.type(mo, '/segment import tag:spring members:ada')
    expect(again.said).toBe('0 members got the tag spring.\n1 had it before.')
    expect((await talk.type(mo, '/audit')).said).toContain('tagged everybody on a list of 2: spring')
  })

  test('is for managers alone', async () => {
    await using talk = await converse(engine)
    for (const typed of ['/segment', '/segment words', '/segment count x', '/segment tag @mo'])
      expect((await talk.type(lin, typed)).said).toMatch(/^只有管理员可以使用/)
  })
})
