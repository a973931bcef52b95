/** The playground's failures, as deliveries know them. Only this file makes DeliveryError here. */
import { DeliveryError } from '../../chat/port.ts'

/** The message or person is no more. */
export function gone(what: string): DeliveryError {
  return new DeliveryError('gone', what)
}

/** What came is not what was announced. */
export function rejected(what: string): DeliveryError {
  return new DeliveryError('rejected', what)
}

/** Whatever went wrong while writing a message: the row may or may not be there, and its nonce keeps it from being there twice. */
export function asDeliveryError(error: unknown): DeliveryError {
  if (error instanceof DeliveryError) return error
  return new DeliveryError('unreachable', 'the playground could not store a message', { maybeSent: true, cause: error })
}
