// Text with entities: whatever people write, positions fit, nothing becomes markup, nothing is cut in the middle.
import fc from 'fast-check'
import type { Message } from 'grammy/types'
import { describe, expect, test } from 'vitest'
import { lineOf } from '#src/adapters/telegram/line.ts'
import { joined, markingWriter, type Rich, readMarked, shortened, split } from '#src/adapters/telegram/rich.ts'
import { renderText, t } from '#src/chat/text.ts'
import { loadCommands } from '#src/commands.ts'
import { formatText } from '#test/fakes/telegram/text/rules.ts'

const marked = (name: string, note: string) =>
  renderText(t('private.answered', { who: { kind: 'mention', name, ids: { telegram: '42' } } }), 'en', markingWriter) +
  renderText(t('checkin.note', { note }), 'en', markingWriter)
const anything = fc.oneof(
  fc.string(),
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('<b>x</b>', '@eve_the_loud', '👩‍👩‍👧‍👦🔥', '\uFDD0' + '42\uFDD1x\uFDD2', '\0', '\ud83d', '  \n '),
)

describe('what a person wrote', () => {
  test('is always text that the platform takes, with one mention and no markup', () => {
    fc.assert(
      fc.property(anything, anything, (name, note) => {
        const { text, entities } = readMarked(marked(name, note))
        const taken = formatText({ text, entities: [...entities], limit: 4096, what: 'text' })
        const mentions = taken.entities.filter(({ type }) => type === 'text_mention' || type === 'mention')
        expect(mentions.length).toBeLessThanOrEqual(1)
        for (const { user } of mentions) expect(user?.id).toBe(42)
      }),
    )
  })

  test('is what is read once the invisible characters are gone', () => {
    const note = '*a* _b_ <i>c</i> [d](e) @eve `f` 你好 👩‍👩‍👧‍👦'
    expect(readMarked(marked('Ada', note)).text.replaceAll('\u2060', '')).toBe(
      `Ada, I answered you privately.“${note}”`,
    )
  })

  test('cannot pass for somebody’s mention by the characters that carry one', () => {
    const { entities } = readMarked(marked('Ada', '\uFDD07\uFDD1Mo\uFDD2'))
    expect(entities.map(entity => 'user' in entity && entity.user.id)).toEqual([42])
  })
})

describe('cutting', () => {
  const lines = fc.array(fc.tuple(anything, anything, fc.boolean()), { minLength: 1, maxLength: 12 })

  test('every part fits, is whole characters, and together they say everything once', () => {
    fc.assert(
      fc.property(lines, fc.integer({ min: 60, max: 200 }), (given, limit) => {
        const rich = joined(
          given.map(([name, note, bold]) =>
            readMarked(marked(name.slice(0, 20).toWellFormed(), note), bold ? 'bold' : undefined),
          ),
          '\n',
        )
        const parts = split(rich, limit)
        for (const { text, entities } of parts) {
          expect(text.length).toBeLessThanOrEqual(limit)
          formatText({ text, entities: [...entities], limit, what: 'text' })
        }
        const words = (text: string) => text.replace(/\s/g, '')
        const bold = ({ text, entities }: Rich) =>
          entities.flatMap(({ type, offset, length }) => (type === 'bold' ? [text.slice(offset, offset + length)] : []))
        expect(words(parts.flatMap(bold).join(''))).toBe(words(bold(rich).join('')))
        expect(words(parts.map(({ text }) => text).join(''))).toBe(words(rich.text))
      }),
    )
  })

  test('an emoji is never cut in two', () => {
    for (const before of ['', 'x', 'xx']) {
      const parts = split(readMarked(before + '🔥'.repeat(200), 'bold'), 61)
      for (const { text, entities } of parts) formatText({ text, entities: [...entities], limit: 61, what: 'text' })
      expect(parts.map(({ text }) => text).join('')).toBe(before + '🔥'.repeat(200))
    }
  })

  test('a mention is never cut in two', () => {
    const name = 'A rather long name'
    for (let before = 0; before < 60; before++) {
      const rich = readMarked(`${'x'.repeat(before)}${marked(name, 'note')}`)
      const mentions = split(rich, 60).flatMap(({ text, entities }) =>
        entities.map(({ offset, length }) => text.slice(offset, offset + length)),
      )
      expect(mentions).toEqual([name])
    }
  })

  test('lines stay whole where they can', () => {
    const rich = joined(
      Array.from({ length: 10 }, (_, i) => readMarked(`line ${i} ${'y'.repeat(20)}`)),
      '\n',
    )
    for (const { text } of split(rich, 100)) expect(text).toMatch(/^line \d y{20}(\nline \d y{20})*$/)
  })

  test('a label is cut between what people see as characters', () => {
    expect(shortened('short', 64)).toBe('short')
    expect(shortened('👩‍👩‍👧‍👦'.repeat(10), 64)).toBe(`${'👩‍👩‍👧‍👦'.repeat(5)}…`)
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 64 }), (text, limit) => {
        const cut = shortened(text, limit)
        expect(cut.length).toBeLessThanOrEqual(limit)
        expect(cut.isWellFormed()).toBe(true)
      }),
    )
  })
})

describe('a command line', async () => {
  const registry = await loadCommands()
  const read = (text: string, type: 'private' | 'supergroup' = 'private') =>
    lineOf({ text, chat: { id: 1, type } } as Message, 'muster_bot', registry)?.line ?? null

  test.each([
    ['/checkin', '/checkin'],
    ['/CHECKIN@Muster_Bot  two  spaces', '/checkin  two  spaces'],
    ['/checkin@other_bot', null],
    ['/checkin@muster_bot2', null],
    ['／checkin', '/checkin'],
    ['/checkin你好', '/checkin 你好'],
    ['/checkin@muster_bot\nsecond line', '/checkin\nsecond line'],
    ['/etc/passwd', null],
    ['//checkin', null],
    [' /checkin', null],
    ['checkin', null],
    ['/', null],
    ['/9', null],
    ['/unknown_thing', '/unknown_thing'],
  ])('%j in a private chat is %j', (text, line) => expect(read(text)).toBe(line))

  test.each([
    ['/checkin', '/checkin'],
    ['/weather', null],
    ['/weather@muster_bot', '/weather'],
    ['/leaderbord', '/leaderbord'],
  ])('%j in a group is %j', (text, line) => expect(read(text, 'supergroup')).toBe(line))
})
