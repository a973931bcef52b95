// Writing for Discord: whatever people typed shows to the letter, and a cut leaves nothing half.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cutWords, cutWritten, escapeText, fitLines } from '#src/adapters/discord/markdown.ts'
import { wordsOf } from './discord-world.ts'

const shown = (content: string) => wordsOf(new Map(), { content, embeds: [] })

/** Text made of what Discord gives a meaning to. */
const pieces = fc.constantFrom(
  ...['*', '_', '~', '`', '|', '<', '>', '[', ']', '(', ')', '\\', '#', '-', '+', '.', '1', ' ', '\n', ':', '/', '@'],
  ...[
    'everyone',
    'here',
    'https://',
    'a.example',
    '<@1>',
    '<t:1:R>',
    ':x:',
    'a',
    '你',
    '🔥',
    '-# ',
    'http://b.example/_c_',
  ],
)
const typed = fc.array(pieces, { maxLength: 30 }).map(parts => parts.join(''))

test('anything typed shows to the letter, and nothing in it is active', () => {
  fc.assert(
    fc.property(typed, text => {
      expect(shown(escapeText(text))).toBe(text)
    }),
    { numRuns: 3000 },
  )
})

test('a web address stays a link without a preview, and its neighbours stay text', () => {
  expect(escapeText('see https://a.example/x_y?b=1#c, or (http://b.example).')).toBe(
    'see <https://a.example/x_y?b=1#c>, or (<http://b.example>).',
  )
  expect(escapeText('看 https://a.example/路')).toBe('看 <https://a.example/>路')
  expect(escapeText('ftp://a.example *')).toBe('ftp\\://a.example \\*')
})

test('a cut keeps to the limit, and never leaves half an escape, address, mention or character', () => {
  fc.assert(
    fc.property(typed, fc.integer({ min: 1, max: 40 }), (text, max) => {
      const written = escapeText(text)
      const cut = cutWritten(written, max)
      expect(cut.length).toBeLessThanOrEqual(Math.max(max, 1))
      if (written.length <= max) expect(cut).toBe(written)
      else expect(text.startsWith(shown(cut.slice(0, -1)))).toBe(true)
      expect(cut.isWellFormed()).toBe(true)
    }),
    { numRuns: 3000 },
  )
  expect(cutWritten('<@123456789012345678> hello', 12)).toBe('…')
  expect(cutWords('👩‍👩‍👧 family', 9)).toBe('👩‍👩‍👧…')
})

test('of too many lines as many whole ones are kept as fit', () => {
  expect(fitLines(['one', 'two', 'three'], 13)).toBe('one\ntwo\nthree')
  expect(fitLines(['one', 'two', 'three'], 12)).toBe('one\ntwo\n…')
  expect(fitLines(['\\*'.repeat(10), 'two'], 12)).toBe(`${'\\*'.repeat(5)}…`)
})
