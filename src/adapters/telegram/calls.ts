/** Every call of one bot: silent while the platform wants silence, failures in our words. */
import { Api, type RawApi } from 'grammy'
import type { Limiter } from '../../lib/limiter.ts'
import { deliveryError, isDone, isRevoked, silent } from './errors.ts'
import { CALL_SECONDS } from './limits.ts'

export interface Calls {
  readonly limiter: Limiter
  /** Makes a call; throws DeliveryError only. */
  call<T>(run: (api: RawApi) => Promise<T>): Promise<T>
  /** The same where the platform may answer that it is so already. */
  settle(run: (api: RawApi) => Promise<unknown>): Promise<void>
}

export interface CallsParts {
  readonly token: string
  readonly apiRoot: string
  readonly limiter: Limiter
  /** The platform no longer knows the token. */
  readonly onRevoked: () => void
}

export function createCalls({ token, apiRoot, limiter, onRevoked }: CallsParts): Calls {
  const { raw } = new Api(token, { apiRoot, timeoutSeconds: CALL_SECONDS })

  async function call<T>(run: (api: RawApi) => Promise<T>): Promise<T> {
    const silence = limiter.pausedFor()
    if (silence > 0) throw silent(silence)
    try {
      return await run(raw)
    } catch (error) {
      if (isRevoked(error)) onRevoked()
      const failure = deliveryError(error)
      if (failure.problem === 'rate-limited') limiter.pause(failure.retryAfterMs)
      throw failure
    }
  }

  return {
    limiter,
    call,
    settle: run =>
      call(async api => {
        await run(api).catch(error => {
          if (!isDone(error)) throw error
        })
      }),
  }
}
