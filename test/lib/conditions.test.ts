// Conditions in memory: the truth table of others where it is at hand, our own where it is not, and what must hold for any JSON.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Condition,
  compileCondition,
  conditionSchema,
  evaluate,
  type Json,
  mistakesIn,
} from '#src/lib/conditions/index.ts'
import { report } from '#test/support/facts.ts'
import own from './conditions.json' with { type: 'json' }

interface Case {
  readonly name: string
  readonly condition: Condition
  readonly attributes: Json
  readonly expected: boolean
  readonly savedGroups?: Record<string, Json[]>
}

const ORACLE = join(import.meta.dirname, '../../../shared/oracles/conditions.json')
const oracle: Case[] = existsSync(ORACLE) ? JSON.parse(readFileSync(ORACLE, 'utf8')).cases : []

describe('a condition', () => {
  test.each(own.cases as unknown as Case[])('$name', ({ condition, attributes, expected, savedGroups }) => {
    expect(evaluate(condition, attributes, savedGroups)).toBe(expected)
  })

  test.skipIf(oracle.length === 0)(`agrees with all ${oracle.length} cases of the oracle`, () => {
    const wrong = oracle.filter(
      ({ condition, attributes, expected, savedGroups }) => evaluate(condition, attributes, savedGroups) !== expected,
    )
    expect(wrong.map(({ name }) => name)).toEqual([])
    report('oracle', 'conditions', oracle.length)
  })

  test.skipIf(oracle.length === 0)('of the oracle can be saved, unless it is there to be wrong', () => {
    const refused = oracle.filter(({ condition }) => mistakesIn(condition).length > 0).map(({ name }) => name)
    expect(refused.filter(name => !/not array|unknown operator|invalid|^\$groups/.test(name))).toEqual([])
  })
})

const names = fc.constantFrom(
  'a',
  'b',
  'a.b',
  '$not',
  '$and',
  '$or',
  '$nor',
  '$in',
  '$gt',
  '$regex',
  '$size',
  '$elemMatch',
  '$all',
  '$vgt',
  '$exists',
  '$alli',
  '$inGroup',
  'toString',
  'valueOf',
  '__proto__',
)
const tree = fc.letrec<{ any: Json }>(tie => ({
  any: fc.oneof(
    { maxDepth: 5 },
    fc.jsonValue() as fc.Arbitrary<Json>,
    fc.array(tie('any'), { maxLength: 3 }),
    fc.dictionary(names, tie('any'), { maxKeys: 3 }),
  ),
})).any
const conditions = fc.dictionary(names, tree, { maxKeys: 3 }) as fc.Arbitrary<Condition>

describe('for any JSON', () => {
  test('asking never throws, and checking never does', () => {
    fc.assert(
      fc.property(tree, tree, (condition, attributes) => {
        expect(typeof evaluate(condition as Condition, attributes)).toBe('boolean')
        expect(mistakesIn(condition)).toBeInstanceOf(Array)
      }),
      { seed: 4, numRuns: 2000 },
    )
  })

  test('not not x is x, nor is not or, and the order of parts says nothing', () => {
    fc.assert(
      fc.property(conditions, conditions, tree, (x, y, attributes) => {
        const holds = (condition: Condition) => evaluate(condition, attributes)
        expect(holds({ $not: { $not: x } })).toBe(holds(x))
        expect(holds({ $nor: [x, y] })).toBe(!holds({ $or: [x, y] }))
        expect(holds({ $and: [x, y] })).toBe(holds(x) && holds(y))
        expect(holds({ $and: [y, x] })).toBe(holds({ $and: [x, y] }))
        expect(holds({ $not: { $or: [x, y] } })).toBe(holds({ $and: [{ $not: x }, { $not: y }] }))
      }),
      { seed: 4, numRuns: 1000 },
    )
  })

  test('asking twice says the same, and what was asked is left as it was', () => {
    fc.assert(
      fc.property(conditions, tree, (condition, attributes) => {
        const before = JSON.stringify([condition, attributes])
        const holds = compileCondition(condition)
        expect(holds(attributes)).toBe(holds(attributes))
        expect(JSON.stringify([condition, attributes])).toBe(before)
      }),
      { seed: 4 },
    )
  })
})

describe('a condition that is saved', () => {
  test.each<[string, unknown, Array<[path: string, problem: string]>]>([
    ['is an object', [], [['', 'no-object']]],
    ['has only operators there are', { name: { $regx: 'x' } }, [['name.$regx', 'unknown-operator']]],
    ['has only connectives there are', { $nand: [] }, [['$nand', 'unknown-operator']]],
    [
      'lists what is listed',
      { $or: {}, n: { $in: 1 } },
      [
        ['$or', 'no-list'],
        ['n.$in', 'no-list'],
      ],
    ],
    ['does not mix operators with values', { n: { $gt: 1, x: 2 } }, [['n', 'mixed']]],
    ['names every step of an attribute', { 'a..b': 1 }, [['a..b', 'no-name']]],
    ['has types there are', { n: { $type: 'integer' } }, [['n.$type', 'no-choice']]],
    ['says yes or no of what exists', { n: { $exists: 'yes' } }, [['n.$exists', 'no-yes-or-no']]],
    [
      'says every mistake, at its place',
      { $and: [{ n: { $gt: [] } }, { n: { $elemMatch: { m: { $x: 1 } } } }] },
      [
        ['$and.0.n.$gt', 'no-number'],
        ['$and.1.n.$elemMatch.m.$x', 'unknown-operator'],
      ],
    ],
    ['has no lookahead', { n: { $regex: 'a(?=b)' } }, [['n.$regex', 'pattern-lookahead']]],
    ['has no negative lookahead', { n: { $not: { $regexi: 'a(?!b)' } } }, [['n.$not.$regexi', 'pattern-lookahead']]],
    ['has no lookbehind', { n: { $regex: '(?<!a)b' } }, [['n.$regex', 'pattern-lookbehind']]],
    ['has no back-reference', { n: { $regex: '(a)\\1' } }, [['n.$regex', 'pattern-back-reference']]],
    ['has no back-reference by name', { n: { $regex: '(?<x>a)\\k<x>' } }, [['n.$regex', 'pattern-back-reference']]],
    ['has patterns that can be read', { n: { $regex: '/???***[)' } }, [['n.$regex', 'pattern-wrong']]],
    ['has patterns of 200 characters at most', { n: { $regex: 'a'.repeat(201) } }, [['n.$regex', 'pattern-long']]],
  ])('%s', (_, condition, expected) => {
    expect(mistakesIn(condition).map(({ path, problem }) => [path.join('.'), problem])).toEqual(expected)
    const parsed = conditionSchema.safeParse(condition)
    expect(parsed.error?.issues.map(({ path, message }) => [path.join('.'), message])).toEqual(expected)
  })

  test.each(['[(?=]', '\\\\1', '(?<name>a)', 'a'.repeat(200), '^\\d{4}-12-25$', '[^\\]]+', '你好|早'])(
    'may have the pattern %s',
    pattern => {
      expect(mistakesIn({ n: { $regex: pattern } })).toEqual([])
    },
  )

  test('is refused where it goes too deep or has too many parts', () => {
    let deep: Json = { n: 1 }
    for (let i = 0; i < 5000; i++) deep = { $not: deep }
    expect(mistakesIn(deep).map(({ problem }) => problem)).toEqual(['too-deep'])
    expect(evaluate(deep as Condition, {})).toBe(evaluate(deep as Condition, {}))
    const wide = { $or: Array.from({ length: 1000 }, () => ({ n: 1 })) }
    expect(mistakesIn(wide).map(({ problem }) => problem)).toEqual(['too-long'])
  })

  test('matches in time that grows with the text alone', () => {
    const holds = compileCondition({ n: { $regex: '^(a+)+$' } })
    const started = performance.now()
    expect(holds({ n: `${'a'.repeat(20_000)}!` })).toBe(false)
    // An engine that goes back takes longer than the universe has been there.
    expect(performance.now() - started).toBeLessThan(5000)
  })
})
