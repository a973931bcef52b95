import { describe, expect, test } from 'vitest'
import { readArgs } from '#src/chat/arguments.ts'
import type { Leaf, Member } from '#src/chat/command.ts'
import type { RawArg } from '#src/chat/request.ts'
import { plainWriter, renderText } from '#src/chat/text.ts'
import { LOCALES } from '#src/lib/locale.ts'
import { registry } from './kit.ts'

const lin: Member = {
  id: 'mem1',
  communityId: 'com1',
  personId: 'per1',
  name: 'Lin',
  mention: { kind: 'mention', name: 'Lin', ids: {} },
}
const find = async (raw: RawArg) => (raw === '@lin' || typeof raw === 'object' ? lin : null)

/** The values read, or the words of the refusal in English. */
async function read(command: string, raw: Record<string, RawArg>): Promise<unknown> {
  const entry = registry.find([command])
  if (!entry) throw new Error(`no /${command}`)
  const result = await readArgs(entry, entry.node as Leaf, raw, find)
  if (result.ok) return { ...result.values, ...result.files }
  // Every refusal can be said in every language.
  for (const locale of LOCALES)
    for (const why of result.why) expect(renderText(why, locale, plainWriter)).not.toContain('{')
  return result.why.map(why => renderText(why, 'en', plainWriter)).join('\n')
}

describe('arguments are read as declared', () => {
  test.each<[string, Record<string, RawArg>, unknown]>([
    ['checkin', {}, {}],
    ['checkin', { note: '' }, {}],
    ['checkin', { note: '  two words ' }, { note: 'two words' }],
    ['checkin', { note: '🏃'.repeat(20) }, { note: '🏃'.repeat(20) }],
    ['mood', { score: '5' }, { score: 5 }],
    ['mood', { score: 1 }, { score: 1 }],
    ['mood', { score: ' +3 ' }, { score: 3 }],
    ['due', { when: '2024-02-29', count: '-3' }, { when: '2024-02-29', count: -3 }],
    ['board', { window: 'Week' }, { window: 'week' }],
    ['thank', { who: '@lin', why: 'x' }, { who: lin, why: 'x' }],
    [
      'thank',
      { who: { kind: 'member', sighting: { platformId: '1', name: 'Lin' } }, why: 'x' },
      { who: lin, why: 'x' },
    ],
    [
      'submit',
      { file: { kind: 'file', name: 'a.png', type: 'image/png', size: 2 * 1024 * 1024, reference: 'r' } },
      { file: { kind: 'file', name: 'a.png', type: 'image/png', size: 2 * 1024 * 1024, reference: 'r' } },
    ],
  ])('/%s %j', async (command, raw, values) => expect(await read(command, raw)).toEqual(values))
})

describe('what is wrong is said, with what to do', () => {
  test.each<[string, Record<string, RawArg>, string]>([
    ['checkin', { note: 'x'.repeat(21) }, '“note” can have at most 20 characters; yours has 21.'],
    ['checkin', { nose: 'x' }, '/checkin has no “nose”. It is typed like this: /checkin [note]'],
    ['checkin', { constructor: 'x' }, '/checkin has no “constructor”. It is typed like this: /checkin [note]'],
    ['mood', { score: '0' }, '“score” must be at least 1; you wrote 0.'],
    ['mood', { score: '6' }, '“score” must be at most 5; you wrote 6.'],
    ['mood', { score: 'six' }, '“score” must be a whole number, not “six”.'],
    ['mood', { score: '1.5' }, '“score” must be a whole number, not “1.5”.'],
    ['mood', { score: '1e3' }, '“score” must be a whole number, not “1e3”.'],
    ['mood', { score: '9'.repeat(60) }, `“score” must be a whole number, not “${'9'.repeat(40)}…”.`],
    ['due', { when: '2026-02-30', count: 1 }, '“when” must be a day such as 2026-03-04, not “2026-02-30”.'],
    ['due', { when: '2026-02-03' }, '/due needs “count”: What you did, in a few words.'],
    ['board', { window: 'year' }, '“window” must be one of: week, month. You wrote “year”.'],
    ['board', { window: 'constructor' }, '“window” must be one of: week, month. You wrote “constructor”.'],
    [
      'thank',
      { who: '@nobody', why: 'x' },
      'I do not know “@nobody” here. Reply to a message of theirs, or mention them.',
    ],
    ['submit', { file: 'a.png' }, '“file” must be a file. Attach one.'],
    [
      'submit',
      { file: { kind: 'file', name: 'a', type: 'x', size: 2 * 1024 * 1024 + 1, reference: 'r' } },
      '“file” can be at most 2 MB; yours has 3 MB.',
    ],
    ['submit', {}, '/submit needs “file”: What you did, in a few words.'],
  ])('/%s %j', async (command, raw, words) => expect(await read(command, raw)).toBe(words))
})
