/** Pictures as PNG: pure drawing of words and numbers, for a worker thread. */
export { type DayState, drawStreak, type StreakPicture } from './streak.ts'
