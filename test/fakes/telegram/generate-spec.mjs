// Turns the machine-readable Bot API description (PaulSonOfLars/telegram-bot-api-spec, MIT) into the compact file the
// fake reads: one line per method and type, "name!" = required, "=x" = the only allowed value.
//   node test/fakes/telegram/generate-spec.mjs path/to/api.json > test/fakes/telegram/vendor/bot-api.json
import { readFileSync } from 'node:fs'

const source = JSON.parse(readFileSync(process.argv[2], 'utf8'))

function fieldsOf(described) {
  const fields = {}
  for (const field of described.fields ?? []) {
    const literal = /(?:must be |always )["“]?([a-z0-9_]+)["”]?\.?$/.exec(field.description)?.[1]
    const discriminates = literal && described.subtype_of && ['type', 'status', 'source'].includes(field.name)
    fields[field.required ? `${field.name}!` : field.name] = discriminates ? `=${literal}` : field.types.join('|')
  }
  return fields
}

const line = ([name, content]) => `${JSON.stringify(name)}:${JSON.stringify(content)}`
const methods = Object.entries(source.methods).map(([name, method]) =>
  line([name, { returns: method.returns.join('|'), fields: fieldsOf(method) }]),
)
const types = Object.entries(source.types).map(([name, type]) =>
  line([name, type.subtypes ? { oneOf: type.subtypes } : { fields: fieldsOf(type) }]),
)
process.stdout.write(
  `{"version":${JSON.stringify(source.version)},\n"methods":{\n${methods.join(',\n')}\n},\n"types":{\n${types.join(',\n')}\n}}\n`,
)
