/** Who was active when, and what the group talked about: the script of the demo community. */
import { addDays, type Day, HOUR, MINUTE } from '../../lib/time.ts'

/** Three weeks. */
const DAYS = 21

/** How somebody takes part: days ago, both included; `chance` out of 100 for each day; whether today is done already. */
interface Habit {
  readonly from: number
  readonly to: number
  readonly chance: number
  readonly today?: true
}

/** Ada's streak is nice and still open today; Lin is on her second day; Jonas has lapsed. */
const HABITS: Readonly<Record<string, readonly Habit[]>> = {
  ada: [
    { from: 21, to: 14, chance: 80 },
    { from: 11, to: 1, chance: 100 },
  ],
  lin: [{ from: 1, to: 1, chance: 100 }],
  mo: [{ from: 21, to: 1, chance: 40 }],
  priya: [{ from: 21, to: 1, chance: 100, today: true }],
  xiaoyu: [{ from: 18, to: 1, chance: 90, today: true }],
  tomas: [{ from: 21, to: 1, chance: 60 }],
  siyuan: [{ from: 16, to: 1, chance: 75, today: true }],
  noor: [{ from: 21, to: 1, chance: 85 }],
  jonas: [{ from: 21, to: 9, chance: 95 }],
  jia: [{ from: 12, to: 1, chance: 70, today: true }],
  amara: [
    { from: 20, to: 15, chance: 100 },
    { from: 6, to: 1, chance: 80 },
  ],
  kenji: [{ from: 9, to: 1, chance: 90 }],
}

/** Mulberry32: the same numbers from 0 to 99 for the same seed. */
function dice(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % 100
  }
}

/** Everyone's active days up to `today`, oldest first: the same pattern whenever it starts. Those who speak below were there that day. */
export function habits(today: Day, people: readonly string[]): ReadonlyMap<string, readonly Day[]> {
  const days = new Map<string, Day[]>()
  for (const [number, person] of people.entries()) {
    const roll = dice(1000 + number)
    const script = HABITS[person] ?? []
    const done: Day[] = []
    for (let ago = DAYS; ago >= 0; ago--) {
      const habit = script.find(({ from, to }) => ago <= from && ago >= to)
      const wrote = conversation.some(
        line => line.who === person && line.ago === ago && line.text.startsWith('/checkin'),
      )
      const luck = roll()
      const first = ago === script[0]?.from
      if (wrote || first || (habit && luck < habit.chance) || (ago === 0 && script.some(({ today: in_ }) => in_)))
        done.push(addDays(today, -ago))
    }
    days.set(person, done)
  }
  return days
}

export interface Line {
  /** Days before today. */
  readonly ago: number
  /** After midnight. */
  readonly at: number
  readonly who: string
  readonly text: string
}

const line = (ago: number, hour: number, minute: number, who: string, text: string): Line => ({
  ago,
  at: hour * HOUR + minute * MINUTE,
  who,
  text,
})

export const conversation: readonly Line[] = [
  line(2, 19, 42, 'mo', 'Evening all. Chapter 4 is on the reading list, take it at your own pace.'),
  line(2, 20, 5, 'noor', 'Half an hour in. The part about spaced repetition alone was worth it.'),
  line(2, 20, 31, 'siyuan', '我刚看完第三章，明天开始第四章。'),
  line(2, 21, 17, 'priya', '/checkin Chapter 4, first half'),
  line(2, 21, 20, 'amara', 'Priya, you have not missed a single day since we started?!'),
  line(2, 21, 22, 'priya', 'Ten minutes before bed. That is the whole secret.'),
  line(1, 12, 8, 'xiaoyu', '/checkin 背了 30 个单词'),
  line(1, 12, 30, 'mo', 'Welcome Lin, who joined us today. 欢迎！'),
  line(1, 12, 41, 'lin', '大家好，我是新来的，请多关照。'),
  line(1, 12, 43, 'lin', '/checkin 第一天'),
  line(1, 12, 50, 'xiaoyu', '欢迎欢迎！有问题直接在群里问就好。'),
  line(1, 21, 34, 'ada', '/checkin Finished the exercises for week 3'),
  line(1, 21, 36, 'kenji', 'Nice, Ada. I am one exercise behind you.'),
]
