import { afterAll, describe, expect, test } from 'vitest'
import type { Picture } from '#src/chat/reply.ts'
import { t } from '#src/chat/text.ts'
import { createAside } from '#src/db/worker.ts'
import { addDays, type Day } from '#src/lib/time.ts'
import { createPictures } from '#src/pictures.ts'

const streak = (who: string, count = 3): Picture => ({
  kind: 'streak',
  alt: t('streak.picture', { who, window: 28, rate: 20 }),
  title: t('streak.title', { who, count }),
  caption: t('streak.numbers', { longest: 12, rate: 20, window: 28, total: 140 }),
  days: Array.from({ length: 28 }, (_, i) => ({ day: addDays('2026-02-05' as Day, i), state: 'done' })),
})

const aside = createAside(null)
afterAll(() => aside.close())

const noPhoto = async () => null

function logged() {
  const lines: string[] = []
  return { lines, log: { warn: (_: object, message: string) => void lines.push(message) } }
}

describe('pictures of replies', () => {
  test('speak the language of the reply', async () => {
    const draw = createPictures(aside, logged().log, noPhoto)
    const [en, zh] = [await draw(streak('Ada'), 'en'), await draw(streak('Ada'), 'zh-CN')]
    expect(en?.length).toBeGreaterThan(10_000)
    expect(zh?.length).toBeGreaterThan(10_000)
    expect(en).not.toEqual(zh)
  })

  test('are drawn once, however many ask at once or soon after, and again once forgotten', async () => {
    const draw = createPictures(aside, logged().log, noPhoto)
    const [one, other] = await Promise.all([draw(streak('Lin'), 'en'), draw(streak('Lin'), 'en')])
    expect(one).not.toBeNull()
    expect(other).toBe(one)
    expect(await draw(streak('Lin'), 'en')).toBe(one)
    for (let count = 100; count < 170; count++) await draw(streak('Mo', count), 'en')
    const again = await draw(streak('Lin'), 'en')
    expect(again).not.toBe(one)
    expect(again).toEqual(one)
  })

  test('that cannot be drawn are left out of the reply: the words must do', async () => {
    const { lines, log } = logged()
    expect(await createPictures(aside, log, noPhoto)(streak('\u{10fffe}'), 'en')).toBeNull()
    expect(lines).toEqual([])
  })

  test('a broken thread is logged when it begins, not for every picture', async () => {
    const { lines, log } = logged()
    const closed = createAside(null)
    await closed.close()
    const draw = createPictures(closed, log, noPhoto)
    expect(await draw(streak('Ada'), 'en')).toBeNull()
    expect(await draw(streak('Mo'), 'en')).toBeNull()
    expect(lines).toEqual(['pictures cannot be drawn; the words are sent without'])
  })
})
