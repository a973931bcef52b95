export { cancel } from '#commands/cancel.ts'
