/** Log lines: JSON on standard error, with every secret blanked wherever it turns up. */
import { destination, pino, stdSerializers } from 'pino'
import type { Log } from './app.ts'

// Failures that are somebody else's: where in our code they surfaced helps nobody.
const FOREIGN = new Set(['DeliveryError', 'Problem', 'Refusal'])

function err(error: Error): object {
  const { stack, ...rest } = stdSerializers.err(error)
  return FOREIGN.has(error.name) ? rest : { stack, ...rest }
}

/** `secrets` are replaced in the finished line, so that not even a library's error message can carry one out. */
export function createLog(level: string, secrets: readonly string[]): Log {
  const blank = (line: string): string =>
    secrets.reduce((text, secret) => text.replaceAll(JSON.stringify(secret).slice(1, -1), '[secret]'), line)
  return pino(
    {
      level,
      base: null,
      serializers: { err },
      timestamp: pino.stdTimeFunctions.isoTime,
      hooks: { streamWrite: blank },
    },
    destination({ dest: 2, sync: true }),
  )
}
