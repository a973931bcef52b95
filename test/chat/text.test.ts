import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { drawReply } from '#src/chat/render.ts'
import { button, notice, plain, privately, refusal, success } from '#src/chat/reply.ts'
import {
  day,
  instant,
  list,
  opening,
  plainWriter,
  renderText,
  span,
  t,
  time,
  type Writer,
  zone,
} from '#src/chat/text.ts'
import { LOCALES } from '#src/lib/locale.ts'
import { HOUR } from '#src/lib/time.ts'

/** Marks what it was given as plain, so that nothing can slip past it. */
const marking: Writer = {
  plain: text => text.replace(/[<>&@*_]/g, c => `\\${c}`),
  mention: m => `<@${m.ids.discord ?? m.name}>`,
}

describe('text', () => {
  test('what people wrote is shown to the letter and never becomes markup, a mention or a placeholder', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 50 }), note => {
        expect(renderText(t('checkin.note', { note }), 'en', plainWriter)).toBe(`“${note}”`)
        const written = renderText(t('checkin.note', { note }), 'en', marking)
        expect(written.replace(/\\[<>&@*_]/g, '')).not.toMatch(/[<>&@*_]/)
      }),
    )
    const tricky = t('checkin.note', { note: '{note} $& $1 <@1> @everyone' })
    expect(renderText(tricky, 'en', plainWriter)).toBe('“{note} $& $1 <@1> @everyone”')
  })

  test('a mention is written by the platform’s writer, and only there', () => {
    const who = { kind: 'mention', name: 'Ada <b>', ids: { discord: '7' } } as const
    const text = t('private.answered', { who })
    expect(renderText(text, 'en', marking)).toBe('<@7>, I answered you privately.')
    expect(renderText(text, 'en', plainWriter)).toBe('Ada <b>, I answered you privately.')
  })

  test('values are written in the reader’s language when the text is drawn', () => {
    const at = Date.UTC(2026, 2, 4, 16)
    const text = t('settings.zone.pending', { zone: zone('UTC'), next: zone('Asia/Shanghai'), at: instant(at, 'UTC') })
    expect(renderText(text, 'en', plainWriter)).toBe('Time zone: UTC, and Asia/Shanghai from 4 March, 16:00 on')
    expect(renderText(text, 'zh-CN', plainWriter)).toBe('时区：UTC（3 月 4 日 16:00 起：上海时间）')
    const open = t('streak.today.open', { day: day('2026-03-04'), left: span(5 * HOUR), zone: zone('UTC') })
    expect(renderText(open, 'zh-CN', plainWriter)).toBe('今天（3 月 4 日，UTC）还没打卡，还剩 5 小时。')
    const again = t('checkin.again', {
      day: day('2026-03-04'),
      at: time(at, 'Asia/Shanghai'),
      zone: zone('Asia/Shanghai'),
    })
    expect(renderText(again, 'en', plainWriter)).toContain('opens at 00:00 (Asia/Shanghai)')
    expect(renderText(again, 'zh-CN', plainWriter)).toBe('3 月 4 日已经打过卡了。下次从 00:00（上海时间）开始。')
  })

  test('an opening that is not the coming midnight says its day', () => {
    const asked = Date.UTC(2026, 2, 4, 10)
    const said = (at: number) =>
      renderText(
        t('checkin.again', { day: day('2026-03-04'), at: opening(at, 'UTC', asked), zone: zone('UTC') }),
        'en',
        plainWriter,
      )
    expect(said(Date.UTC(2026, 2, 5))).toContain('opens at 00:00 (UTC)')
    expect(said(Date.UTC(2026, 2, 5, 15))).toContain('opens at 5 March, 15:00 (UTC)')
    expect(said(Date.UTC(2026, 2, 5, 3))).toContain('opens at 5 March, 03:00 (UTC)')
    expect(said(Date.UTC(2026, 2, 6))).toContain('opens at 6 March, 00:00 (UTC)')
  })

  test('a list is separated as the reader’s language does', () => {
    const parts = t('refusal.group', { command: 'points', parts: list(['/points show', '/points history']) })
    expect(renderText(parts, 'en', plainWriter)).toBe('/points has parts: /points show, /points history.')
    expect(renderText(parts, 'zh-CN', plainWriter)).toBe('/points 有这些：/points show、/points history。')
  })

  test('a number chooses the form of its sentence, and is written with separators', () => {
    expect(renderText(t('points.balance', { points: 1 }), 'en', plainWriter)).toBe('You have 1 point.')
    expect(renderText(t('points.balance', { points: 1234567 }), 'en', plainWriter)).toBe('You have 1,234,567 points.')
    expect(renderText(t('points.balance', { points: 1 }), 'zh-CN', plainWriter)).toBe('你有 1 积分。')
  })

  test('a missing value fails by name instead of showing a hole', () => {
    expect(() => renderText({ kind: 'text', key: 'checkin.note', values: {} }, 'en', plainWriter)).toThrow(
      'no value for {note}',
    )
  })

  test('a text that was stored draws as the same words', () => {
    const text = t('late', { command: 'streak' })
    for (const locale of LOCALES)
      expect(renderText(JSON.parse(JSON.stringify(text)), locale, plainWriter)).toBe(
        renderText(text, locale, plainWriter),
      )
  })
})

describe('a reply', () => {
  test('takes its parts in any order', () => {
    const reply = success({ title: t('help.title') }, button(t('checkin.button'), 'checkin'), t('start.next'), {
      footer: t('settings.help'),
    })
    expect(reply).toMatchObject({
      tone: 'success',
      title: t('help.title'),
      lines: [t('start.next')],
      footer: t('settings.help'),
    })
    expect(reply.buttons).toHaveLength(1)
    expect(reply.visibility).toBeUndefined()
  })

  test('notices and refusals are private, and anything can be made so', () => {
    expect(notice(t('help.title')).visibility).toBe('private')
    expect(refusal(t('help.title')).visibility).toBe('private')
    expect(privately(plain(t('help.title'))).visibility).toBe('private')
  })

  test('a button for anyone answers anew, one for the asker in place', () => {
    expect(button(t('checkin.button'), 'checkin', {}, { by: 'anyone' }).answer).toBe('new')
    expect(button(t('checkin.button'), 'checkin').answer).toBe('update')
  })

  test('is drawn with every word written by the platform, and labels plain', () => {
    const reply = plain(
      { title: t('leaderboard.since.all', { community: '<Owls>' }) },
      {
        rows: [
          {
            rank: 1234,
            label: t('leaderboard.row', { name: '*Ada*' }),
            value: t('leaderboard.points', { points: 1 }),
            own: true,
          },
        ],
      },
      button(t('leaderboard.row', { name: '_x_' }), 'streak'),
    )
    const drawn = drawReply(reply, 'en', marking, plainWriter)
    expect(drawn.title).toBe('\\<Owls\\>')
    expect(drawn.rows).toEqual([{ rank: '1,234', label: '\\*Ada\\*', value: '1 point', own: true }])
    expect(drawn.buttons[0]?.label).toBe('_x_')
    expect(drawn.footer).toBeNull()
  })
})
