/** What the fake saw, and waiting for it without sleeping. */
import type { Json } from './schema.ts'
import type { FileState } from './state.ts'

export type Call = {
  method: string
  /** Without the version: /channels/1/messages */
  path: string
  /** As in the OpenAPI document: /channels/{channel_id}/messages; null for a route the fake does not know. */
  route: string | null
  query: Record<string, string>
  body: Json
  files: FileState[]
  /** Of the fake's clock. */
  at: number
  /** null while it hangs, and when the connection was cut before an answer. */
  status: number | null
  answer: Json
  /** An ordered fault broke the connection instead of answering. */
  cut: boolean
  auditReason: string | null
}

/** A mistake of the client that the real server punishes, ignores silently, or lets through to embarrass us. */
export type Violation = { rule: string; detail: string; call: Call | null }

export type Log = {
  calls: Call[]
  violations: Violation[]
  violate: (rule: string, detail: string, call?: Call | null) => void
  changed: () => void
  until: <T>(probe: () => T | undefined | null | false, what: string, timeoutMs?: number) => Promise<T>
}

const DEADLINE_MS = 5000

export function createLog(): Log {
  const waiting = new Set<() => void>()
  const violations: Violation[] = []
  const changed = () => {
    for (const look of [...waiting]) look()
  }
  return {
    calls: [],
    violations,
    changed,
    violate(rule, detail, call = null) {
      violations.push({ rule, detail, call })
      changed()
    },
    until(probe, what, timeoutMs = DEADLINE_MS) {
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(look)
          reject(new Error(`waited ${timeoutMs} ms for ${what}`))
        }, timeoutMs)
        const settle = (act: () => void) => {
          clearTimeout(timer)
          waiting.delete(look)
          act()
        }
        function look() {
          try {
            const found = probe()
            if (found !== undefined && found !== null && found !== false) settle(() => resolve(found))
          } catch (error) {
            settle(() => reject(error))
          }
        }
        waiting.add(look)
        look()
      })
    },
  }
}

/** Whether a path or route fits a pattern: a RegExp, or segments where `*` and `{name}` stand for anything. */
export function fits(pattern: string | RegExp, call: Pick<Call, 'path' | 'route'>): boolean {
  if (pattern instanceof RegExp) return pattern.test(call.path)
  if (pattern === call.route || pattern === call.path) return true
  const wanted = pattern.split('/')
  const given = call.path.split('/')
  return (
    wanted.length === given.length &&
    wanted.every((part, index) => part === '*' || part.startsWith('{') || part === given[index])
  )
}
