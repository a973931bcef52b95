import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Arg,
  type Args,
  choice,
  createRegistry,
  day,
  defineGroup,
  item,
  member,
  text,
  whole,
} from '#src/chat/command.ts'
import { nearestCommand, readLine, usage } from '#src/chat/line.ts'
import { entry, registry, windows } from './kit.ts'

/** The command and arguments that a line is read as. */
function read(line: string): unknown {
  const found = readLine(registry, line)
  switch (found.kind) {
    case 'leaf':
      return { [found.entry.path.join(' ')]: found.args }
    case 'unknown':
      return { unknown: found.name }
    default:
      return { [found.kind]: found.entry.path.join(' '), ...('typed' in found && { typed: found.typed }) }
  }
}

describe('a typed line', () => {
  test.each<[string, unknown]>([
    ['/checkin', { checkin: {} }],
    ['/CheckIn', { checkin: {} }],
    ['  /checkin  ', { checkin: {} }],
    ['/checkin@muster_bot ran 5 km', { checkin: { note: 'ran 5 km' } }],
    ['checkin ran', { checkin: { note: 'ran' } }],
    ['／checkin 跑了五公里', { checkin: { note: '跑了五公里' } }],
    ['/checkin note：跑了', { checkin: { note: '跑了' } }],
    ['/checkin note: ran  far', { checkin: { note: 'ran  far' } }],
    ['/points show', { 'points show': {} }],
    ['/Points History page:2', { 'points history': { page: '2' } }],
    ['/points history 2', { 'points history': { page: '2' } }],
    ['/points', { group: 'points' }],
    ['/points nothing', { extra: 'points', typed: 'nothing' }],
    ['/plain words', { extra: 'plain', typed: 'words' }],
    ['/chekin', { unknown: 'chekin' }],
    ['/', { unknown: '' }],
    ['', { unknown: '' }],
    ['hello', { unknown: '' }],
    ['chekin', { unknown: '' }],
    ['/\u200b', { unknown: '' }],
    ['\u200b', { unknown: '' }],
    ['／\u200b\u200d chekin', { unknown: '' }],
    ['/constructor', { unknown: 'constructor' }],
    ['/board month', { board: { window: 'month' } }],
    ['/board window:month', { board: { window: 'month' } }],
    ['/zone New York', { zone: { zone: 'New York' } }],
    ['/zone New York start:3', { zone: { zone: 'New York', start: '3' } }],
    ['/zone "New York" 3', { extra: 'zone', typed: '3' }],
    ['/zone zone:New York start:3', { zone: { zone: 'New York', start: '3' } }],
    ['/zone start:3 zone:"New York"', { zone: { zone: 'New York', start: '3' } }],
    ['/zone foo:bar', { zone: { foo: 'bar' } }],
    ['/zone New York foo:bar', { zone: { zone: 'New York', foo: 'bar' } }],
    ['/zone "foo:bar"', { zone: { zone: 'foo:bar' } }],
    ['/zone https://x.y', { zone: { zone: 'https://x.y' } }],
    ['/checkin foo:bar', { checkin: { note: 'foo:bar' } }],
    ['/due 2026-03-04 7', { due: { when: '2026-03-04', count: '7' } }],
    ['/due count:7 2026-03-04', { due: { when: '2026-03-04', count: '7' } }],
    ['/due 2026-03-04 7 8', { extra: 'due', typed: '8' }],
    ['/thank @lin for the review', { thank: { who: '@lin', why: 'for the review' } }],
    ['/thank "Lin Chen" for it', { thank: { who: 'Lin Chen', why: 'for it' } }],
    ['/thank “Lin Chen” for it', { thank: { who: 'Lin Chen', why: 'for it' } }],
    ['/mood good day', { mood: { note: 'good day' } }],
    ['/mood score:4 good day', { mood: { score: '4', note: 'good day' } }],
    ['/mood 4 of 5', { mood: { note: '4 of 5' } }],
  ])('%s', (line, expected) => expect(read(line)).toEqual(expected))

  test('free text arrives to the letter', () => {
    for (const note of [
      'a  b\n\nc',
      'https://x.y/z?a=b',
      'she said "hi',
      '5:30 run',
      '“quoted” words',
      '<b>&amp;',
      'constructor',
    ])
      expect(read(`/checkin ${note}`)).toEqual({ checkin: { note } })
  })

  test('free text in any words arrives to the letter, unless it begins with the name of an argument', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), words => {
        const note = words.trim()
        fc.pre(note !== '' && !/^note[:：]/.test(note))
        expect(read(`/checkin ${note}`)).toEqual({ checkin: { note } })
      }),
    )
  })

  test('no line makes it throw', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 80 }), line => void read(`/mood ${line}`)))
    fc.assert(fc.property(fc.string({ maxLength: 40 }), line => void read(line)))
  })

  test('a very long line is read in no time', () => {
    const started = performance.now()
    read(`/zone ${'zone: "'.repeat(20_000)}`)
    read(`/checkin ${'"“'.repeat(50_000)}`)
    expect(performance.now() - started).toBeLessThan(2000)
  })
})

describe('a command that grows', () => {
  const kinds: Record<string, (optional: boolean) => Arg> = {
    choice: optional => choice('leaderboard.arg.window', { options: windows, optional }),
    day: optional => day('checkin.arg.note', { optional }),
    item: optional => item('settings.arg.zone', { optional, complete: async () => [] }),
    member: optional => member('streak.arg.member', { optional }),
    whole: optional => whole('checkin.arg.note', { min: 0, max: 9, optional }),
  }
  const kind = fc.constantFrom(...Object.keys(kinds))
  const declared = fc
    .record({
      required: fc.array(kind, { maxLength: 2 }),
      optional: fc.array(kind, { maxLength: 2 }),
      free: fc.boolean(),
    })
    .map(({ required, optional, free }) => {
      const args: Record<string, Arg> = {}
      for (const [i, name] of required.entries()) args[`r${i}`] = kinds[name]!(false)
      for (const [i, name] of optional.entries()) args[`o${i}`] = kinds[name]!(true)
      if (free) args.free = text('checkin.arg.note', { max: 100, optional: optional.length > 0 })
      return args
    })
  const word = fc.constantFrom(
    'a',
    'New',
    'York',
    '2',
    'week',
    '"Lin Chen"',
    'r0:x',
    'o0:y z',
    'o1:2026-03-04',
    'free:last',
    'x:y',
    '5:30',
  )
  const line = fc.array(word, { maxLength: 6 }).map(words => `/x ${words.join(' ')}`)

  /** The same command with one more optional argument, where declarations allow it: before the free text, else last. */
  function grown(args: Args, added: Arg): Args {
    const { free, ...others } = args
    return { ...others, added, ...(free && { free: { ...free, optional: true } as Arg }) }
  }

  test('by an optional argument reads every older line as before', () => {
    fc.assert(
      fc.property(declared, kind, line, (args, added, typed) => {
        fc.pre(!args.free || Object.values(args).every(arg => arg.optional))
        const before = readLine(createRegistry([entry('x', args)]), typed)
        fc.pre(before.kind === 'leaf')
        const after = readLine(createRegistry([entry('x', grown(args, kinds[added]!(true)))]), typed)
        expect(after.kind).toBe('leaf')
        expect('args' in after && after.args).toEqual('args' in before && before.args)
      }),
      { numRuns: 3000 },
    )
  })
})

describe('a group that is typed alone', () => {
  const grouped = (alone: string) =>
    createRegistry([
      {
        path: ['setup'],
        node: defineGroup({ name: 'setup', description: 'points.description', menu: 1, alone }),
        children: [entry('show', {}, ['setup', 'show']), entry('other', {}, ['setup', 'other'])],
      },
    ])

  test('runs the one command it names for that, and nothing else does', () => {
    const path = (line: string) => {
      const found = readLine(grouped('show'), line)
      return found.kind === 'leaf' ? found.entry.path.join(' ') : found.kind
    }
    expect(path('/setup')).toBe('setup show')
    expect(path('/setup@muster_bot')).toBe('setup show')
    expect(path('/setup other')).toBe('setup other')
    expect(path('/setup nothing')).toBe('extra')
  })

  test('cannot name a command that it does not have', () => {
    expect(() => grouped('nothing')).toThrow('command /setup: has no command "nothing" to run when typed alone')
  })
})

describe('what a mistyped command most likely meant', () => {
  test.each([
    ['chekin', 'checkin'],
    ['checkni', 'checkin'],
    ['che', 'checkin'],
    ['ponits', 'points'],
    ['xyz', undefined],
    ['', undefined],
    ['zo', undefined],
  ])('%s: %s', (typed, meant) => expect(nearestCommand(registry, typed)).toBe(meant))
})

test('usage shows what is needed and what may be left out', () => {
  const of = (...path: string[]) => usage(registry.find(path) ?? entry('none'))
  expect(of('thank')).toBe('/thank <who> <why>')
  expect(of('zone')).toBe('/zone [zone] [start]')
  expect(of('points')).toBe('/points …')
  expect(of('plain')).toBe('/plain')
})
