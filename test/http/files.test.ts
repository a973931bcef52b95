// Files over HTTP: the signature in a link is the only key, and what is served is kept by a browser, never shown.
import { describe, expect, test } from 'vitest'
import { type App, transaction } from '#src/app.ts'
import { apply } from '#src/features/communities/index.ts'
import { deleteFiles, ensureFileSecret, fileSigner, keepFile } from '#src/features/files/index.ts'
import { namedByKind } from '#src/http/files.ts'
import { createMetrics } from '#src/http/metrics.ts'
import { createHttp, listen } from '#src/http/server.ts'
import { asAttachment, safeFileName } from '#src/lib/content-disposition.ts'
import { MINUTE } from '#src/lib/time.ts'
import { START, seededRandom, type TestApp, testApp } from '#test/support/app.ts'
import { forEachEngine } from '#test/support/engines.ts'

interface Serving extends AsyncDisposable {
  readonly test: TestApp
  readonly app: App
  readonly url: string
}

async function serving(engine: Parameters<typeof testApp>[0]): Promise<Serving> {
  const opened = await testApp(engine)
  const { app } = opened
  const http = createHttp({
    app,
    metrics: createMetrics(app, () => []),
    metricsToken: undefined,
    parts: () => [],
    routes: () => [],
  })
  await transaction(app, ensureFileSecret)
  const listening = await listen(http, '127.0.0.1', 0)
  return {
    test: opened,
    app,
    url: `http://127.0.0.1:${listening.port}`,
    [Symbol.asyncDispose]: async () => {
      await listening[Symbol.asyncDispose]()
      await opened[Symbol.asyncDispose]()
    },
  }
}

/** Stores a file as Ada's; its id. */
async function stored(app: App, name: string, bytes: Uint8Array, kind: 'pdf' | 'text' | 'jpeg' = 'pdf') {
  const path = await app.files.put(bytes)
  return transaction(app, async inner => {
    await apply(inner, {
      kind: 'happening',
      what: 'direct-opened',
      platform: 'telegram',
      bot: 'telegram:1',
      eventId: '1',
      at: START,
      who: { platformId: '7', name: 'Ada' },
    })
    const account = await inner.db.selectFrom('accounts').select('id').executeTakeFirstOrThrow()
    const file = { path, name, kind, bytes: bytes.length, sha256: 'x'.repeat(64) }
    return (await keepFile(inner, file, { accountId: account.id, communityId: null })).id
  })
}

const PDF = Buffer.from('%PDF-1.7 hello')

forEachEngine('a signed link', engine => {
  test('gives the file to whoever has it: as an attachment of its own type, kept nowhere, run nowhere', async () => {
    await using server = await serving(engine)
    const id = await stored(server.app, 'Report 1.pdf', PDF)
    const path = (await fileSigner(server.app))(id, START + MINUTE)
    const response = await fetch(server.url + path)
    expect(response.status).toBe(200)
    expect(Buffer.from(await response.arrayBuffer())).toEqual(PDF)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/pdf',
      'content-length': String(PDF.length),
      'content-disposition': "attachment; filename*=UTF-8''Report%201.pdf",
      'content-security-policy': "default-src 'none'; sandbox",
      'x-content-type-options': 'nosniff',
      'cache-control': 'private, no-store',
      'referrer-policy': 'no-referrer',
    })
    const head = await fetch(server.url + path, { method: 'HEAD' })
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '14', ''])
  })

  test('that is changed anywhere, has run out or leads to nothing is answered with the same words', async () => {
    await using server = await serving(engine)
    const { app, test: opened } = server
    const id = await stored(app, 'a.pdf', PDF)
    const other = await stored(app, 'b.pdf', PDF)
    const until = START + MINUTE
    const link = new URL((await fileSigner(app))(id, until), server.url)
    const gone = new URL((await fileSigner(app))(other, until), server.url)
    await transaction(app, inner => deleteFiles(inner, [other], START))
    const missing = new URL((await fileSigner(app))(app.ids('fil'), until), server.url)
    const altered = (change: (url: URL) => void): URL => {
      const url = new URL(link)
      change(url)
      return url
    }
    const signature = link.searchParams.get('signature') ?? ''
    const wrong: ReadonlyArray<readonly [why: string, url: URL]> = [
      ['another id', altered(url => (url.pathname = `/files/${other}`))],
      ['a later end', altered(url => url.searchParams.set('until', String(until + 1)))],
      ['no end', altered(url => url.searchParams.delete('until'))],
      ['an end that is no number', altered(url => url.searchParams.set('until', 'Infinity'))],
      ['an end with a sign', altered(url => url.searchParams.set('until', `+${until}`))],
      ['an end past every number', altered(url => url.searchParams.set('until', '9'.repeat(16)))],
      ['an end past every length', altered(url => url.searchParams.set('until', '9'.repeat(400)))],
      ['another signature', altered(url => url.searchParams.set('signature', `${signature.slice(0, -1)}_`))],
      ['a shorter signature', altered(url => url.searchParams.set('signature', signature.slice(0, -1)))],
      ['a longer signature', altered(url => url.searchParams.set('signature', `${signature}A`))],
      ['no signature', altered(url => url.searchParams.delete('signature'))],
      ['an empty signature', altered(url => url.searchParams.set('signature', ''))],
      ['the signature in other letters', altered(url => url.searchParams.set('signature', signature.toUpperCase()))],
      ['a deleted file', gone],
      ['a file that never was', missing],
      ['a path upwards', altered(url => (url.pathname = '/files/..%2F..%2Fetc%2Fpasswd'))],
      ['a path upwards, twice encoded', altered(url => (url.pathname = '/files/..%252f..%252fetc%252fpasswd'))],
      ['a broken escape', altered(url => (url.pathname = '/files/%E0%A4%A'))],
      ['an id with a NUL', altered(url => (url.pathname = `/files/${id}%00`))],
    ]
    const told = new Set<string>()
    for (const [why, url] of wrong) {
      const response = await fetch(url)
      expect([why, response.status, response.headers.get('content-type')]).toEqual([
        why,
        404,
        'application/problem+json',
      ])
      told.add(await response.text())
    }
    expect([...told]).toHaveLength(1)
    opened.clock.advance(MINUTE - 1)
    expect((await fetch(link)).status).toBe(200)
    opened.clock.advance(1)
    expect((await fetch(link)).status).toBe(404)
  })

  test('of one installation means nothing to another, and nothing before the key is made', async () => {
    await using server = await serving(engine)
    const id = await stored(server.app, 'a.pdf', PDF)
    const path = (await fileSigner(server.app))(id, START + MINUTE)
    await transaction(server.app, inner => inner.db.deleteFrom('meta').where('key', '=', 'files.secret').execute())
    expect((await fetch(server.url + path)).status).toBe(404)
    await expect(fileSigner(server.app)).rejects.toThrow('has not been made')
    await transaction(server.app, ensureFileSecret)
    expect((await fetch(server.url + path)).status).toBe(404)
    const made = (await fileSigner(server.app))(id, START + MINUTE)
    await transaction(server.app, ensureFileSecret)
    expect((await fileSigner(server.app))(id, START + MINUTE)).toBe(made)
    expect((await fetch(server.url + made)).status).toBe(200)
  })

  test('whose bytes are gone from the folder is answered like any other that leads to nothing', async () => {
    await using server = await serving(engine)
    const id = await stored(server.app, 'a.pdf', PDF)
    const path = (await fileSigner(server.app))(id, START + MINUTE)
    const { path: at } = await server.app.db.selectFrom('files').select('path').executeTakeFirstOrThrow()
    await server.app.files.drop(at)
    expect((await fetch(server.url + path)).status).toBe(404)
  })

  test('is served under the name it was sent with, whatever stands in it', async () => {
    await using server = await serving(engine)
    const text = Buffer.from('<script>alert(1)</script>')
    const id = await stored(server.app, 'x"\r\nSet-Cookie: a=b\r\n\r\n<b>页.html', text, 'text')
    const response = await fetch(server.url + (await fileSigner(server.app))(id, START + MINUTE))
    expect(response.headers.get('content-disposition')).toBe(
      "attachment; filename*=UTF-8''x_Set-Cookie_%20a%3Db_b_%E9%A1%B5.html.txt",
    )
    expect(response.headers.get('set-cookie')).toBeNull()
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8')
  })
})

describe('the name of a file', () => {
  test.each([
    ['../../etc/passwd', '_.._etc_passwd'],
    ['C:\\Windows\\x.exe', 'C__Windows_x.exe'],
    ['', 'file'],
    [' ... ', 'file'],
    ['photo\u202egpj.exe', 'photogpj.exe'],
    ['a\u0000b\r\nc\u2028d', 'abcd'],
    ['半角 ｶﾅ 🔥.pdf', '半角 ｶﾅ 🔥.pdf'],
    ['\ud800lone', '\ufffdlone'],
  ])('%j can be kept as %j', (name, safe) => {
    expect(safeFileName(name)).toBe(safe)
  })

  test('never ends the header it stands in, for any bytes', () => {
    const random = seededRandom(7)
    for (let i = 0; i < 500; i++) {
      const header = asAttachment(Buffer.from(random(40)).toString('utf16le'))
      expect(header).toMatch(/^attachment; filename\*=UTF-8''[A-Za-z0-9\-._~%]+$/)
    }
    expect(asAttachment("it's (1)!*.pdf")).toBe("attachment; filename*=UTF-8''it%27s%20%281%29%21_.pdf")
  })

  test.each([
    ['me.png', 'jpeg', 'me.jpg'],
    ['me.JPEG', 'jpeg', 'me.JPEG'],
    ['me', 'jpeg', 'me.jpg'],
    ['notes.md', 'text', 'notes.md'],
    ['page.html', 'text', 'page.html.txt'],
    ['run.bat', 'text', 'run.bat.txt'],
    ['essay.docx', 'zip', 'essay.docx'],
    ['app.jar', 'zip', 'app.jar.zip'],
    ['report.pdf', 'pdf', 'report.pdf'],
    ['report.pdf.exe', 'pdf', 'report.pdf.exe.pdf'],
    ['.', 'text', '..txt'],
  ] as const)('%s of kind %s ends as its kind does: %s', (name, kind, served) => {
    expect(namedByKind(name, kind)).toBe(served)
  })
})
