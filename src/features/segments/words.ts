/** What is wrong with a segment or condition, in a sentence each. */

import { Refusal } from '../../chat/refusal.ts'
import { list, type Text, t, type Value } from '../../chat/text.ts'
import type { Mistake } from '../../lib/conditions/index.ts'
import type { SegmentMistake } from './condition.ts'
import type { LineMistake } from './written.ts'

const SHOWN_MISTAKES = 3

/** What a mistake is, without its place. */
export function mistakeText({ problem, limit = 0, choices = [], typed = '' }: SegmentMistake | Mistake): Text {
  switch (problem) {
    case 'pattern-long':
      return t('mistake.pattern.long', { limit })
    case 'pattern-lookahead':
      return t('mistake.pattern.lookahead')
    case 'pattern-lookbehind':
      return t('mistake.pattern.lookbehind')
    case 'pattern-back-reference':
      return t('mistake.pattern.back_reference')
    case 'pattern-wrong':
      return t('mistake.pattern.wrong', { typed })
    case 'no-object':
      return t('mistake.object', { typed })
    case 'no-list':
      return t('mistake.list', { typed })
    case 'no-text':
      return t('mistake.text', { typed })
    case 'no-number':
      return t('mistake.number', { typed })
    case 'no-whole':
      return t('mistake.whole', { typed })
    case 'no-yes-or-no':
      return t('mistake.yes_or_no', { typed })
    case 'no-choice':
      return t('mistake.choice', { typed, choices: list(choices) })
    case 'no-name':
      return t('mistake.name', { typed })
    case 'no-value':
      return t('mistake.value', { typed })
    case 'unknown-operator':
    case 'unknown-word':
      return choices.length > 0
        ? t('mistake.word.choices', { typed, choices: list(choices) })
        : t('mistake.word', { typed })
    case 'mixed':
      return t('mistake.mixed')
    case 'too-deep':
      return t('mistake.deep', { limit })
    case 'too-long':
      return t('mistake.many', { limit })
    case 'missing':
      return t('mistake.missing')
    case 'too-small':
      return t('mistake.small', { limit, typed })
    case 'too-big':
      return t('mistake.big', { limit, typed })
    case 'no-bound':
      return t('mistake.bound')
    case 'no-day':
      return t('mistake.day', { typed })
    case 'no-zone':
      return t('mistake.zone', { typed })
    case 'no-tag':
      return t('mistake.tag', { typed })
    case 'no-yaml':
      return typed === 'DUPLICATE_KEY' ? t('mistake.twice') : t('mistake.yaml', { why: typed })
  }
}

const where = ({ path, line }: LineMistake): Value =>
  path.length > 0 ? t('mistake.at', { line, path: path.join('.') }) : t('mistake.line', { line })

/** Refuses what was written by hand, with its first mistakes; all on one screen. */
export function refuseWritten(mistakes: readonly LineMistake[]): Refusal {
  const texts = mistakes
    .slice(0, SHOWN_MISTAKES)
    .map(mistake => t('mistake.sentence', { where: where(mistake), what: mistakeText(mistake) }))
  const more = mistakes.length - texts.length
  if (more > 0) texts.push(t('mistake.more', { count: more }))
  const all = texts.reduceRight((rest, text) => t('mistake.both', { first: text, rest }))
  return new Refusal(t('refusal.segment.condition', { mistakes: all }))
}
