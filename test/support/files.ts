// For processes that never see a file: asking for one is a mistake of the test.
import type { Folder } from '#src/db/folder.ts'

const refuse = () => Promise.reject(new Error('no file was expected here'))

/** Stands in for a responder's own. */
export const cannotFetch = refuse

export const noFiles: Folder = {
  root: '',
  put: refuse,
  get: refuse,
  drop: refuse,
  claim: async () => true,
  olderThan: async () => [],
}
