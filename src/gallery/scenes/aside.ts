/** What Muster says by itself. */
import type { Scene } from '../scene.ts'

export const aside: readonly Scene[] = [
  { id: 'hello', command: '', steps: [{ happens: 'bot-joined', at: 'second group' }] },
  {
    id: 'welcome',
    command: '',
    steps: [
      { say: '/setup channel welcome', as: 'mo', unseen: true },
      { happens: 'member-joined', who: 'noor' },
    ],
  },
  {
    id: 'welcome.own',
    command: '',
    steps: [
      { say: '/setup channel welcome', as: 'mo', unseen: true },
      { say: '/setup welcome Read the pinned message first, then say hello.', as: 'mo', unseen: true },
      { happens: 'member-joined', who: 'noor' },
    ],
  },
]
