/** What people say about themselves, what they may be sent, and what they can take or have deleted. */

import { forgetDue } from '../../contributions.ts'
import { DAY_LENGTH, MINUTE } from '../../lib/time.ts'
import type { Scene } from '../scene.ts'

const ABOUT = 'Learning Rust at night, after the children sleep.'
const LINK = 'https://ada.example/notes'

export const person: readonly Scene[] = [
  {
    id: 'me',
    command: 'me',
    days: { ada: [0, 1, 2] },
    steps: [{ say: '/me' }, { say: '/me @lin' }],
  },
  {
    id: 'me.full',
    command: 'me',
    days: { ada: [0, 1, 2] },
    steps: [
      { say: '/profile', unseen: true },
      { fill: { about: ABOUT, link: LINK }, files: { photo: 'photo' }, unseen: true },
      { say: '/checkin', at: 'second group', unseen: true },
      { say: '/settings board:hidden', unseen: true },
      { say: '/me' },
      { say: '/me @ada', as: 'lin' },
    ],
  },
  {
    id: 'me.parts',
    command: 'me',
    days: { ada: [0] },
    steps: [
      { say: '/setup parts part:points turn:off', as: 'mo', unseen: true },
      { say: '/me' },
      { say: '/setup parts part:points turn:on', as: 'mo', unseen: true },
      { say: '/setup parts part:checkin turn:off', as: 'mo', unseen: true },
      { say: '/me' },
    ],
  },
  { id: 'me.stranger', command: 'me', at: 'direct', as: 'noor', steps: [{ say: '/me' }, { say: '/me @ada' }] },
  {
    id: 'profile',
    command: 'profile',
    steps: [
      { say: '/profile' },
      { fill: { about: ABOUT, link: LINK }, files: { photo: 'photo' } },
      { say: '/profile' },
      { press: 'profile.remove.about' },
      { press: 'profile.remove.link' },
      { press: 'profile.remove.photo' },
    ],
  },
  {
    id: 'notify',
    command: 'notify',
    steps: [
      { say: '/notify' },
      { press: 'notify.button.on' },
      { press: 'notify.button.off' },
      { say: '/notify topic:news set:off account:Nobody' },
      { happens: 'direct-closed', who: 'ada' },
      { say: '/notify' },
    ],
  },
  {
    id: 'notify.elsewhere',
    command: 'notify',
    at: 'other group',
    steps: [{ say: '/notify' }],
  },
  {
    id: 'export',
    command: 'export',
    at: 'direct',
    days: { ada: [0, 1] },
    steps: [{ say: '/export' }, { say: '/export', unseen: true }, { say: '/export', unseen: true }, { say: '/export' }],
  },
  {
    id: 'forget',
    command: 'forget',
    at: 'direct',
    days: { ada: [0, 1] },
    steps: [
      { say: '/forget' },
      { press: 'forget.confirm' },
      // Pressed once more.
      { press: 'forget.confirm' },
      { say: '/forget' },
      { press: 'forget.again' },
      { wait: 7 * DAY_LENGTH },
      { behind: app => forgetDue(app) },
    ],
  },
  { id: 'forget.stranger', command: 'forget', at: 'direct', as: 'noor', steps: [{ say: '/forget' }] },
  {
    id: 'forget.outdated',
    command: 'forget',
    at: 'direct',
    steps: [
      { say: '/forget', unseen: true },
      { press: 'forget.confirm', unseen: true },
      { wait: MINUTE },
      { say: '/forget', unseen: true },
      { say: '/forget confirm:0' },
    ],
  },
]
