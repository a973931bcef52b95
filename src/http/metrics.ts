/** What can be measured from outside: /metrics in Prometheus' text format. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { App } from '../app.ts'
import { countUnsettled } from '../features/outbox/index.ts'

export interface Metrics {
  readonly registry: Registry
  /** One request of a person, answered; the command is empty for what named none. */
  observe(seen: { platform: string; command: string; outcome: string; ms: number }): void
}

/** `bots` tells, at each reading, which bots there are and whether they are connected. */
export function createMetrics(app: App, bots: () => ReadonlyArray<{ bot: string; connected: boolean }>): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const requests = new Counter({
    name: 'muster_requests_total',
    help: 'Requests of people, by what became of them',
    labelNames: ['platform', 'command', 'outcome'],
    registers: [registry],
  })
  const seconds = new Histogram({
    name: 'muster_request_seconds',
    help: 'From a stored request to its stored answer',
    labelNames: ['platform'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 1.5, 3],
    registers: [registry],
  })
  new Gauge({
    name: 'muster_outbox_messages',
    help: 'Messages that are not settled, by state',
    labelNames: ['state'],
    registers: [registry],
    async collect() {
      this.reset()
      for (const { state, count } of await countUnsettled(app)) this.set({ state }, count)
    },
  })
  new Gauge({
    name: 'muster_bot_connected',
    help: '1 while a bot of this process receives events',
    labelNames: ['bot'],
    registers: [registry],
    collect() {
      this.reset()
      for (const { bot, connected } of bots()) this.set({ bot }, connected ? 1 : 0)
    },
  })
  return {
    registry,
    observe: ({ platform, command, outcome, ms }) => {
      requests.inc({ platform, command, outcome })
      seconds.observe({ platform }, ms / 1000)
    },
  }
}
