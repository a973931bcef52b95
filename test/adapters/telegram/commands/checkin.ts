export { checkin } from '#commands/checkin.ts'
