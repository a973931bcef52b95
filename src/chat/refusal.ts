/** A failure that is the person's to mend: they are told what to do, privately, in their language. */
import type { Text } from './text.ts'

export class Refusal extends Error {
  readonly text: Text

  /** `text` says what was wrong and what to do; its key is the code. Whatever the transaction did is undone. */
  constructor(text: Text) {
    super(text.key)
    this.name = 'Refusal'
    this.text = text
  }
}
