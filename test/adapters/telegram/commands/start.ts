export { start } from '#commands/start.ts'
