import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Leaf } from '#src/chat/command.ts'
import { leaves } from '#src/chat/command.ts'
import { decodePress, encodePress, mayPress } from '#src/chat/press.ts'
import { button, MAX_ARGS_BYTES, readArgs, writeArgs } from '#src/chat/reply.ts'
import { t } from '#src/chat/text.ts'
import { loadCommands } from '#src/commands.ts'

const label = t('help.title')

describe('arguments of a button', () => {
  test('come back as they were written, whatever they hold', () => {
    const args = fc.dictionary(
      fc.stringMatching(/^[a-z][a-z0-9_]{0,31}$/),
      fc.string({ unit: 'grapheme', maxLength: 12 }),
      { maxKeys: 4, noNullPrototype: true },
    )
    fc.assert(
      fc.property(args, given => {
        expect(readArgs(writeArgs(given))).toEqual(given)
      }),
    )
  })

  test('that are too long are refused when the button is made, by name and size', () => {
    expect(() => button(label, 'x', { note: '长'.repeat(12) })).toThrow(
      `a button of /x carries 41 bytes of arguments; ${MAX_ARGS_BYTES} fit`,
    )
    expect(() => button(label, 'x', { note: 'x'.repeat(35) })).not.toThrow()
  })
})

describe('a press', () => {
  test('says which command, arguments and way of answering the button had', () => {
    const made = button(label, 'points history', { before: '12', q: 'a:b&c=d%' }, { answer: 'new' })
    const press = decodePress(encodePress(made, '42'))
    expect(press).toMatchObject({ path: ['points', 'history'], args: { before: '12', q: 'a:b&c=d%' }, answer: 'new' })
  })

  test('of the asker’s button is the asker’s alone', () => {
    const press = decodePress(encodePress(button(label, 'streak'), '42'))
    expect(press && mayPress(press, '42')).toBe(true)
    expect(press && mayPress(press, '43')).toBe(false)
  })

  test('of anyone’s button is anyone’s', () => {
    const press = decodePress(encodePress(button(label, 'streak', {}, { by: 'anyone' }), '42'))
    expect(press && mayPress(press, '43')).toBe(true)
  })

  test.each(['', 'v2:streak:u*:', 'v1:streak:x*:', 'v1:streak', 'v1::u*:', 'old', 'v1:streak:u:', '\0'])(
    '“%s” is of another version or not ours',
    data => expect(decodePress(data)).toBeNull(),
  )

  test('no bytes make it throw', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 64 }), data => void decodePress(data)))
    fc.assert(fc.property(fc.string({ maxLength: 50 }), rest => void decodePress(`v1:a:u*:${rest}`)))
  })

  test('over 64 bytes is refused when it is written, not by Telegram', () => {
    expect(() => encodePress(button(label, 'a'.repeat(32), { note: 'x'.repeat(30) }), '42')).toThrow('64 fit')
  })

  test('of every command fits 64 bytes with its longest choices and numbers', async () => {
    const registry = await loadCommands()
    let tried = 0
    for (const entry of registry.entries.flatMap(leaves)) {
      const worst: Record<string, string>[] = [{}]
      for (const [name, arg] of Object.entries((entry.node as Leaf).args)) {
        if (arg.kind === 'choice') worst.push(...Object.keys(arg.options).map(value => ({ [name]: value })))
        if (arg.kind === 'whole') worst.push({ [name]: String(arg.max) }, { [name]: String(arg.min) })
        if (arg.kind === 'day') worst.push({ [name]: '2026-03-04' })
        // An item's value in a button is an id: three letters and twenty characters.
        if (arg.kind === 'item' || arg.kind === 'member') worst.push({ [name]: `com${'0'.repeat(20)}` })
      }
      for (const args of worst) {
        const data = encodePress(button(label, entry.path.join(' '), args), '9'.repeat(20))
        expect(Buffer.byteLength(data)).toBeLessThanOrEqual(64)
        expect(decodePress(data)).toMatchObject({ path: entry.path, args })
        tried++
      }
    }
    expect(tried).toBeGreaterThan(15)
  })
})
