/** A Telegram that only hands out updates and takes messages, in a process of its own: as little as possible between the bots and their figures. */
import { createServer } from 'node:http'

const BATCH = 100
let queue: object[] = []
let sent = 0
let expected = 0
let updateId = 1

const bot = {
  id: 900000001,
  is_bot: true,
  first_name: 'Bench',
  username: 'bench_bot',
  can_join_groups: true,
  can_read_all_group_messages: false,
  supports_inline_queries: false,
}

/** `count` commands of people who each check in once. */
function fill(count: number, firstPerson: number): void {
  queue = Array.from({ length: count }, (_, i) => ({
    update_id: updateId++,
    message: {
      message_id: i + 1,
      date: Math.floor(Date.now() / 1000),
      // Private chats: a group takes 20 messages a minute, and the adapter keeps to that.
      chat: { id: firstPerson + i, type: 'private', first_name: `Member ${firstPerson - 1000 + i}` },
      from: { id: firstPerson + i, is_bot: false, first_name: `Member ${firstPerson - 1000 + i}`, language_code: 'en' },
      text: '/checkin',
      entities: [{ type: 'bot_command', offset: 0, length: 8 }],
    },
  }))
  sent = 0
  expected = count
}

function answer(method: string): unknown {
  switch (method) {
    case 'getMe':
      return bot
    case 'getUpdates':
      return queue.splice(0, BATCH)
    case 'sendMessage':
      sent++
      if (sent === expected) process.send?.('done')
      return {
        message_id: 1_000_000 + sent,
        date: 1,
        chat: { id: -100, type: 'supergroup', title: 'Bench' },
        text: 'ok',
      }
    case 'getMyCommands':
    case 'getChatAdministrators':
      return []
    default:
      return true
  }
}

const server = createServer((request, response) => {
  request.resume()
  request.on('end', () => {
    const method = request.url?.split('/').at(-1)?.split('?')[0] ?? ''
    const result = answer(method)
    const reply = () => response.end(JSON.stringify({ ok: true, result }))
    response.setHeader('content-type', 'application/json')
    // An empty long poll waits a moment, as the real one would.
    if (method === 'getUpdates' && Array.isArray(result) && result.length === 0) setTimeout(reply, 5)
    else reply()
  })
})
server.keepAliveTimeout = 30_000
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as { port: number }).port }))
process.on('message', (message: { fill: number; firstPerson: number }) => fill(message.fill, message.firstPerson))
process.on('disconnect', () => process.exit(0))
