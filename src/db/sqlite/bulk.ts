/** Whole tables of a database file. */
import { existsSync, statSync } from 'node:fs'
import type SqliteDatabase from 'better-sqlite3'
import {
  BATCH_CHARACTERS,
  BATCH_ROWS,
  type Bulk,
  byName,
  type Column,
  columnList,
  explaining,
  type Filling,
  inPlainWords,
  MIGRATION_TABLES,
  quoted,
  type Row,
  type Rows,
  type Table,
  type Value,
} from '../bulk.ts'
import { begin, openRaw, type Raw } from './connection.ts'
import { copyFile, refuseLooseEnds } from './file.ts'
import { createOwners } from './lock.ts'

/** `shown` is what sentences call the file. */
export function createBulk(path: string, shown: string): Bulk {
  return {
    async identity() {
      const { dev, ino } = statSync(path, { bigint: true })
      return `file ${dev} ${ino}`
    },
    async inUse() {
      if (!existsSync(`${path}.owner`)) return false
      const ownership = await createOwners(path)('')
      await ownership?.release()
      return ownership === null
    },
    read: work => explaining(shown, () => reading(path, shown, work)),
    fill: work => explaining(shown, () => filling(path, shown, work)),
    copyFile: (to, step) => copyFile(path, to, step),
  }
}

/** A read-only connection in one transaction; changes nothing, not even beside the file unless others write to it. */
export async function reading<T>(path: string, shown: string, work: (rows: Rows) => Promise<T>): Promise<T> {
  const raw = openRaw(path, { readonly: true, synchronous: 'full' })
  try {
    raw.exec('begin')
    // The first look at the tables fixes the moment.
    return await work(rowsOf(raw, shown))
  } finally {
    raw.close()
  }
}

async function filling<T>(path: string, shown: string, work: (target: Filling) => Promise<T>): Promise<T> {
  const raw = openRaw(path, { readonly: false, synchronous: 'full' })
  try {
    // Outside a transaction only. References are checked at the end: one row at a time, a row that refers to a later one of its own table
    // would make SQLite search that table at every insert.
    raw.pragma('foreign_keys = off')
    raw.pragma('cache_size = -64000')
    await begin(raw)
    const triggers = raw.prepare("select name, sql from sqlite_master where type = 'trigger'").all() as Named[]
    for (const { name } of triggers) raw.exec(`drop trigger ${quoted(name)}`)
    const result = await work({ ...rowsOf(raw, shown), ...writerOf(raw) })
    refuseLooseEnds(raw, shown)
    for (const { sql } of triggers) raw.exec(sql)
    raw.exec('commit')
    return result
  } finally {
    // Closing undoes what was not committed.
    raw.close()
  }
}

interface Named {
  readonly name: string
  readonly sql: string
}

function tablesOf(raw: Raw): Table[] {
  const named = raw
    .prepare("select name, sql from sqlite_master where type = 'table' and name not like 'sqlite\\_%' escape '\\'")
    .all() as Named[]
  return named
    .filter(({ name }) => !MIGRATION_TABLES.includes(name))
    .map(({ name, sql }) => {
      const found = raw
        .prepare('select name, type, pk from pragma_table_xinfo(?) where hidden = 0')
        .all(name) as Array<{
        name: string
        type: string
        pk: number
      }>
      const columns = found.map(column => ({ name: column.name, kind: kindOf(column.type) })).sort(byName)
      const numbered = /\bautoincrement\b/i.test(sql) ? (found.find(({ pk }) => pk === 1)?.name ?? null) : null
      return { name, columns, numbered }
    })
    .sort(byName)
}

function kindOf(type: string): Column['kind'] {
  if (/^text$/i.test(type)) return 'text'
  return /^int(eger)?$/i.test(type) ? 'whole' : 'other'
}

function rowsOf(raw: Raw, shown: string): Rows {
  const one = (sql: string) => raw.prepare<[], Value>(sql).pluck().get() ?? null
  return {
    tables: tablesOf(raw),
    isEmpty: async ({ name }) => one(`select 1 from ${quoted(name)} limit 1`) === null,
    count: async ({ name }) => Number(one(`select count(*) from ${quoted(name)}`)),
    batches: table => batches(raw, shown, table),
    lastNumber: async ({ name, numbered }) => {
      if (numbered === null) return 0
      const highest = Number(one(`select max(${quoted(numbered)}) from ${quoted(name)}`))
      // Only there once a table has given a number out.
      if (one("select 1 from sqlite_master where name = 'sqlite_sequence'") === null) return highest
      const given = raw.prepare('select seq from sqlite_sequence where name = ?').pluck().get(name)
      return Math.max(highest, Number(given ?? 0))
    },
  }
}

async function* batches(raw: Raw, shown: string, table: Table): AsyncGenerator<Row[]> {
  try {
    let batch: Row[] = []
    let characters = 0
    const statement = raw.prepare<[], Row>(`select ${columnList(table)} from ${quoted(table.name)}`).raw()
    for (const row of statement.iterate()) {
      batch.push(row)
      for (const value of row) if (typeof value === 'string') characters += value.length
      if (batch.length < BATCH_ROWS && characters < BATCH_CHARACTERS) continue
      yield batch
      batch = []
      characters = 0
    }
    if (batch.length > 0) yield batch
  } catch (error) {
    throw inPlainWords(error, shown)
  }
}

function writerOf(raw: Raw): Pick<Filling, 'insert' | 'continueAfter'> {
  const inserts = new Map<string, SqliteDatabase.Statement<Value[]>>()
  return {
    insert: async (table, rows) => {
      let statement = inserts.get(table.name)
      if (!statement) {
        const places = table.columns.map(() => '?').join(', ')
        statement = raw.prepare(`insert into ${quoted(table.name)} (${columnList(table)}) values (${places})`)
        inserts.set(table.name, statement)
      }
      for (const row of rows) statement.run(...row)
    },
    continueAfter: async ({ name }, last) => {
      if (last === 0) return
      raw.prepare('delete from sqlite_sequence where name = ?').run(name)
      raw.prepare('insert into sqlite_sequence (name, seq) values (?, ?)').run(name, last)
    },
  }
}
