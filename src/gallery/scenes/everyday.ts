/** What learners do every day: checking in, streaks, points, boards, their settings. */

import { type App, transaction } from '../../app.ts'
import { book } from '../../features/points/index.ts'
import { DAY_LENGTH } from '../../lib/time.ts'
import { join } from '../crowd.ts'
import type { Behind, Scene } from '../scene.ts'

const TWELVE = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
/** So that a board has somebody on it. */
const CROWD = { priya: [0, 1, 2, 3, 4, 5, 6], lin: [0, 1, 2] }

const NAMES = ['Amara', 'Jonas', 'Kenji', 'Li Jia', 'Siyuan', 'Sofía', 'Theo', 'Wanjiru', 'Yusuf', 'Zoë']

/** People with more points than anybody could earn today. */
async function leaders(app: App, behind: Behind): Promise<void> {
  const { communityId } = await behind.member('mo')
  const at = app.clock.now()
  for (const [n, memberId] of (await join(app, behind, NAMES, 'member')).entries()) {
    const entry = { memberId, communityId, accountId: null, unit: 'points', source: 'award:start' } as const
    await transaction(app, inner => book(inner, { ...entry, amount: 500 - n * 20, day: '2026-03-04', at }))
  }
}

export const everyday: readonly Scene[] = [
  { id: 'checkin.first', command: 'checkin', steps: [{ say: '/checkin' }] },
  {
    id: 'checkin.streak',
    command: 'checkin',
    days: { ada: TWELVE, ...CROWD },
    steps: [{ say: '/checkin Chapter 4, and the quiz' }, { say: '/checkin' }, { press: 'leaderboard.open' }],
  },
  {
    id: 'checkin.quiet',
    command: 'checkin',
    days: { ada: [1, 2] },
    steps: [
      { say: '/setup parts part:points turn:off', as: 'mo', unseen: true },
      { say: '/checkin' },
      { say: '/checkin', as: 'lin' },
    ],
  },
  {
    id: 'checkin.off',
    command: 'checkin',
    steps: [{ say: '/setup parts part:checkin turn:off', as: 'mo', unseen: true }, { say: '/checkin' }],
  },
  {
    id: 'streak.none',
    command: 'streak',
    steps: [{ say: '/streak' }, { say: '/streak @lin' }],
  },
  {
    id: 'streak.open',
    command: 'streak',
    days: { ada: TWELVE },
    steps: [{ say: '/streak' }, { press: 'checkin.button' }, { say: '/streak' }],
  },
  {
    id: 'streak.lost',
    command: 'streak',
    days: { ada: [4, 5, 6, 9, 10], lin: [0, 1] },
    steps: [{ say: '/streak' }, { say: '/streak @lin' }],
  },
  {
    id: 'points.show',
    command: 'points show',
    days: { ada: TWELVE, ...CROWD },
    steps: [{ say: '/points' }, { say: '/points show' }, { press: 'points.history.button' }],
  },
  { id: 'points.none', command: 'points show', steps: [{ say: '/points show' }] },
  { id: 'points.history.empty', command: 'points history', steps: [{ say: '/points history' }] },
  {
    id: 'points.history.pages',
    command: 'points history',
    days: { ada: [...TWELVE, 12, 13, 14] },
    steps: [{ say: '/points history' }, { press: 'points.history.older' }, { press: 'points.history.newest' }],
  },
  { id: 'leaderboard.empty', command: 'leaderboard', steps: [{ say: '/leaderboard' }] },
  {
    id: 'leaderboard.windows',
    command: 'leaderboard',
    days: { ada: [0, 1, 20, 21], priya: [0, 1, 2], lin: [0, 25] },
    steps: [{ say: '/leaderboard' }, { press: 'leaderboard.window.month' }, { press: 'leaderboard.window.all' }],
  },
  {
    id: 'leaderboard.below',
    command: 'leaderboard',
    days: { ada: [0] },
    steps: [{ behind: leaders }, { say: '/leaderboard' }],
  },
  {
    id: 'leaderboard.none',
    command: 'leaderboard',
    at: 'direct',
    days: { lin: [0] },
    steps: [{ say: '/leaderboard' }],
  },
  {
    id: 'leaderboard.hidden',
    command: 'leaderboard',
    at: 'direct',
    days: { lin: [0] },
    steps: [
      { say: '/settings board:hidden', unseen: true },
      { say: '/leaderboard' },
      { say: '/checkin', unseen: true },
      { say: '/leaderboard' },
    ],
  },
  {
    id: 'leaderboard.staff',
    command: 'leaderboard',
    at: 'direct',
    as: 'mo',
    days: { lin: [0] },
    steps: [{ say: '/leaderboard' }, { say: '/checkin', unseen: true }, { say: '/leaderboard' }],
  },
  {
    id: 'settings.show',
    command: 'settings',
    steps: [
      { say: '/settings' },
      { press: 'settings.choice.board.hidden' },
      { press: 'settings.title' },
      { press: 'settings.choice.board.shown' },
    ],
  },
  {
    id: 'settings.language',
    command: 'settings',
    steps: [
      { say: '/settings', unseen: true },
      { press: 'settings.choice.language.zh' },
      { press: 'settings.title' },
      { say: '/settings language:en' },
      { say: '/settings language:auto' },
    ],
  },
  {
    id: 'settings.zone',
    command: 'settings',
    days: { ada: [0, 1] },
    steps: [
      { say: '/settings zone:Europe/London' },
      { say: '/settings day_start:4' },
      { press: 'settings.title' },
      { say: '/settings zone:Asia/Shanghai' },
      { say: '/settings zone:Atlantis' },
    ],
  },
  {
    id: 'settings.zone.now',
    command: 'settings',
    steps: [
      { say: '/settings zone:Asia/Shanghai' },
      { say: '/settings zone:Asia/Tokyo' },
      { say: '/settings day_start:3' },
    ],
  },
  {
    id: 'help',
    command: 'help',
    steps: [
      { say: '/help' },
      { say: '/help settings' },
      { say: '/help setup' },
      { say: '/help', as: 'olga', at: 'direct' },
      { say: '/help setup', as: 'mo' },
    ],
  },
  {
    id: 'start',
    command: 'start',
    at: 'direct',
    steps: [{ say: '/start' }, { say: '/start', as: 'noor' }, { say: '/start p_nothing-under-this-name' }],
  },
  {
    id: 'start.private',
    command: 'start',
    only: ['telegram'],
    steps: [
      { say: '/points show' },
      { say: '/start {payload}', at: 'direct' },
      { wait: 2 * DAY_LENGTH },
      { say: '/start {payload}', at: 'direct' },
    ],
  },
  {
    id: 'community.only',
    command: 'community',
    at: 'direct',
    steps: [{ say: '/community' }, { say: '/community name:Atlantis' }, { say: '/community', as: 'noor' }],
  },
  {
    id: 'community.several',
    command: 'community',
    at: 'direct',
    days: { ada: [0] },
    steps: [
      { say: '/checkin', at: 'second group', unseen: true },
      { say: '/streak' },
      { press: 'community.switch' },
      { say: '/community name:Night Owls' },
      { wait: DAY_LENGTH },
      { say: '/streak' },
    ],
  },
]
