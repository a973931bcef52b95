// The sentences: complete, with the same placeholders in both languages, none unused, none too long for where it stands.
import { readFileSync } from 'node:fs'
import { glob } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Entry } from '#src/chat/command.ts'
import { loadCommands } from '#src/commands.ts'
import { LOCALES } from '#src/lib/locale.ts'
import { catalogues, type Key, type Sentence } from '#src/messages/index.ts'

const root = join(import.meta.dirname, '..')
const keys = Object.keys(catalogues.en) as Key[]
/** Discord's limit for descriptions of commands and options, and for names of choices. */
const DISCORD_LABEL = 100

const forms = (sentence: Sentence): string[] =>
  typeof sentence === 'string' ? [sentence] : [sentence.one, sentence.other]
const placeholders = (sentence: Sentence): string[] =>
  [...new Set(forms(sentence).flatMap(form => [...form.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)))].sort()

/** Keys that the text of the sources names, also by a pattern such as `refusal.who.${…}`. */
function unused(among: readonly Key[], sources: string): Key[] {
  const patterns = [...sources.matchAll(/`([a-z][\w.]*\.)\$\{/g)].map(([, start = '']) => start)
  return among.filter(
    key =>
      !sources.includes(`'${key}'`) && !sources.includes(`"${key}"`) && !patterns.some(start => key.startsWith(start)),
  )
}

describe('the catalogues', () => {
  test.each(keys)('%s has the same placeholders in every language', key => {
    for (const locale of LOCALES)
      expect(placeholders(catalogues[locale][key])).toEqual(placeholders(catalogues.en[key]))
  })

  test('no language has a sentence that the others lack, and none is empty', () => {
    for (const locale of LOCALES) {
      expect(Object.keys(catalogues[locale]).sort()).toEqual([...keys].sort())
      for (const sentence of Object.values(catalogues[locale]))
        for (const form of forms(sentence)) expect(form.trim()).toBe(form)
      expect(Object.values(catalogues[locale]).flatMap(forms)).not.toContain('')
    }
  })

  test('Chinese sentences are written in Chinese', () => {
    const latin = keys.filter(key => !forms(catalogues['zh-CN'][key]).every(form => /\p{Script=Han}/u.test(form)))
    // Names of languages, and sentences that are nothing but their values.
    expect(
      latin.filter(key =>
        /[A-Za-z]{2,}/.test(
          forms(catalogues['zh-CN'][key])
            .join(' ')
            .replace(/\{\w+\}/g, ''),
        ),
      ),
    ).toEqual(['settings.choice.language.en', 'platform.discord', 'platform.telegram'])
  })

  test('every sentence is used', async () => {
    let sources = ''
    for await (const path of glob(['src/**/*.{ts,js,mjs,html}', 'commands/**/*.ts'], { cwd: root }))
      if (!path.startsWith('src/messages/')) sources += readFileSync(join(root, path), 'utf8')
    expect(unused(keys, sources)).toEqual([])
    expect(unused(['late'], `t('later')`)).toEqual(['late'])
  })
})

describe('what Discord shows of a command', () => {
  test('every description, argument and choice fits in every language', async () => {
    const shown = new Set<Key>()
    const visit = ({ node, children }: Entry): void => {
      shown.add(node.description)
      if (node.kind === 'leaf')
        for (const arg of Object.values(node.args)) {
          shown.add(arg.label)
          if (arg.kind === 'choice') for (const label of Object.values(arg.options)) shown.add(label)
        }
      children.forEach(visit)
    }
    for (const entry of (await loadCommands()).entries) visit(entry)
    expect(shown.size).toBeGreaterThan(15)
    for (const key of shown) {
      for (const locale of LOCALES) {
        const sentence = catalogues[locale][key]
        expect(typeof sentence, key).toBe('string')
        expect(placeholders(sentence), key).toEqual([])
        expect(forms(sentence)[0]?.length, key).toBeLessThanOrEqual(DISCORD_LABEL)
      }
    }
  })
})
