export { survey } from '../../commands/survey.ts'
