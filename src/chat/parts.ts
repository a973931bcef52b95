/** What is left of a reply where a community has turned parts of Muster off. */
import type { Part, Registry } from './command.ts'
import type { Button, Reply } from './reply.ts'

/** The reply without the buttons and menu entries that would lead to what is off. */
export function withoutParts(reply: Reply, off: readonly Part[], registry: Registry): Reply {
  if (off.length === 0) return reply
  const works = ({ command }: Button): boolean => {
    const node = registry.find(command.split(' '))?.node
    return !(node?.kind === 'leaf' && node.part && off.includes(node.part))
  }
  const { select } = reply
  const options = select?.options.filter(option => works(option.button))
  return {
    ...reply,
    buttons: reply.buttons.filter(works),
    ...(select && options && { select: { ...select, options } }),
  }
}
