/** Discord's rules for forms that the OpenAPI document does not state. */
import { duplicateIds, list, selectProblems } from './message-rules.ts'
import type { JsonObject, Problem } from './schema.ts'
import type { ComponentJson } from './state.ts'

/** The document says 40; the reference, and the server, take 5. */
const FIELDS = 5
const ROW = 1
const STRING_SELECT = 3
const TEXT_INPUT = 4
const LABEL = 18
const FILE_UPLOAD = 19
const SELECTS = new Set([STRING_SELECT, 5, 6, 7, 8])
const TEXT_LENGTH = 4000

/** Everything wrong with a modal that already fits its schema. */
export function modalProblems(modal: JsonObject, path: string[]): Problem[] {
  const components = list<ComponentJson>(modal.components)
  const here = [...path, 'components']
  const problems = duplicateIds(components, here)
  if (components.length > FIELDS)
    problems.push({ path: here, code: 'BASE_TYPE_BAD_LENGTH', message: `Must be between 1 and ${FIELDS} in length.` })
  for (const [index, one] of components.entries()) {
    const at = [...here, String(index)]
    if (one.type === ROW) problems.push(...rowProblems(one, at))
    else if (one.type === LABEL && one.component)
      problems.push(...labelledProblems(one.component, [...at, 'component']))
  }
  return problems
}

/** A row in a form is the older way: one text input, with a label of its own. */
function rowProblems(row: ComponentJson, path: string[]): Problem[] {
  const inside = row.components ?? []
  const at = [...path, 'components']
  const problems: Problem[] = []
  if (inside.length !== 1) problems.push({ path: at, code: 'BASE_TYPE_BAD_LENGTH', message: 'Must be 1 in length.' })
  for (const [place, input] of inside.entries()) {
    const here = [...at, String(place)]
    if (input.type === TEXT_INPUT && !input.label)
      problems.push({ path: [...here, 'label'], code: 'BASE_TYPE_REQUIRED', message: 'This field is required' })
    problems.push(...inputProblems(input, here))
  }
  return problems
}

function labelledProblems(one: ComponentJson, path: string[]): Problem[] {
  const problems: Problem[] = []
  if (one.disabled)
    problems.push({
      path: [...path, 'disabled'],
      code: 'COMPONENT_DISABLED_IN_MODAL',
      message: 'Components in modals cannot be disabled',
    })
  if (one.type === TEXT_INPUT && one.label)
    problems.push({
      path: [...path, 'label'],
      code: 'COMPONENT_LABEL_IN_LABEL',
      message: 'A text input inside a label cannot have a label of its own',
    })
  if (SELECTS.has(one.type) || one.type === FILE_UPLOAD) problems.push(...countProblems(one, path))
  if (one.type === STRING_SELECT) problems.push(...selectProblems(one, path))
  return [...problems, ...inputProblems(one, path)]
}

/** "min_values must be either omitted or at least 1 if required is omitted or true"; presets within both bounds. */
function countProblems(one: ComponentJson, path: string[]): Problem[] {
  const problems: Problem[] = []
  const { required = true, min_values: least = 1, max_values: most = 1 } = one
  if (required && least < 1)
    problems.push({
      path: [...path, 'min_values'],
      code: 'NUMBER_TYPE_MIN',
      message: 'What is required takes at least 1 value.',
    })
  if (least > most)
    problems.push({ path: [...path, 'min_values'], code: 'NUMBER_TYPE_MAX', message: 'More than max_values.' })
  const presets = one.default_values ?? (one.options ?? []).filter(option => option.default)
  if (presets.length > 0 && (presets.length < least || presets.length > most))
    problems.push({
      path: [...path, one.default_values ? 'default_values' : 'options'],
      code: 'BASE_TYPE_BAD_LENGTH',
      message: `Must be between ${least} and ${most} in length.`,
    })
  return problems
}

function inputProblems(one: ComponentJson, path: string[]): Problem[] {
  if (one.type !== TEXT_INPUT) return []
  const { value, min_length: least = 0, max_length: most = TEXT_LENGTH } = one
  const problems: Problem[] = []
  if (least > most)
    problems.push({ path: [...path, 'min_length'], code: 'NUMBER_TYPE_MAX', message: 'More than max_length.' })
  // Seen on the real server: a form whose own text is longer than its field is refused.
  if (value && [...value].length > most)
    problems.push({
      path: [...path, 'value'],
      code: 'BASE_TYPE_MAX_LENGTH',
      message: `Must be ${most} or fewer in length.`,
    })
  return problems
}
