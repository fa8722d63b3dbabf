import t from 'tap'
import { checkZip, hasHandlerFile, type ZipEntry } from '../../../lib/core/function/zip-check.ts'
import * as limits from '../../../lib/core/limits.ts'

const FILE = 0o100644
let nextByte = 0

function entry(name: string | undefined, more: Partial<ZipEntry> = {}): ZipEntry {
  const from = nextByte
  nextByte += 100
  return {
    name,
    localName: name,
    compressedBytes: 10,
    uncompressedBytes: name?.endsWith('/') ? 0 : 20,
    method: 8,
    isEncrypted: false,
    unixMode: name?.endsWith('/') ? 0o040755 : FILE,
    extraFieldIds: [],
    range: { from, to: from + 100 },
    ...more,
  }
}

const reasonOf = (entries: readonly ZipEntry[], bytes = 1_000_000): string | undefined => {
  const check = checkZip(entries, bytes)
  return check.type === 'refused' ? check.reason : undefined
}

t.test('plain files and folders, parents before children', (t) => {
  const check = checkZip(
    [
      entry('lib/deep/a.js'),
      entry('index.mjs', { unixMode: 0o100755 }),
      entry('lib/'),
      entry('ärger/ö.js', { unixMode: undefined, extraFieldIds: [0x5455] }),
    ],
    1000,
  )
  t.strictSame(check, {
    type: 'accepted',
    files: [
      { index: 0, path: 'lib/deep/a.js', isExecutable: false },
      { index: 1, path: 'index.mjs', isExecutable: true },
      { index: 3, path: 'ärger/ö.js', isExecutable: false },
    ],
    folders: ['lib', 'lib/deep', 'ärger'],
  })
  t.end()
})

t.test('names that lead elsewhere, or mean two things (reliability §4)', (t) => {
  const rows = [
    ['/etc/passwd', 'is an absolute path'],
    ['../x', 'is no plain path'],
    ['a/../../x', 'is no plain path'],
    ['a/..', 'is no plain path'],
    ['./x', 'is no plain path'],
    ['a//x', 'is no plain path'],
    ['', 'is no plain path'],
    ['C:/x', 'names a drive'],
    ['c:x', 'names a drive'],
    ['..\\x', 'has a character of no name'],
    ['a\0b', 'has a character of no name'],
    ['a\nb', 'has a character of no name'],
    ['\u001b[2J', 'has a character of no name'],
    ['a'.repeat(256), 'a name is too long'],
    [`${'a/'.repeat(600)}x`, 'a path is too long'],
    [`${'a/'.repeat(50)}x`, 'a path is too deep'],
    [undefined, 'a name is not UTF-8'],
  ] as const
  for (const [name, reason] of rows)
    t.match(reasonOf([entry('index.js'), entry(name)]), reason, JSON.stringify(name)?.slice(0, 30))
  t.match(reasonOf([entry('a.js', { localName: 'b.js' })]), 'two names are given')
  t.end()
})

t.test('only files and folders, without rights of others', (t) => {
  const rows = [
    [{ unixMode: 0o120777 }, 'is a symbolic link'],
    [{ unixMode: 0o010644 }, 'is a pipe'],
    [{ unixMode: 0o020644 }, 'is a device'],
    [{ unixMode: 0o060644 }, 'is a device'],
    [{ unixMode: 0o140644 }, 'is a socket'],
    [{ unixMode: 0o040755 }, 'is a folder and a file'],
    [{ unixMode: 0o104755 }, 'setuid'],
    [{ unixMode: 0o102755 }, 'setuid'],
    [{ unixMode: 0o101755 }, 'setuid'],
    [{ extraFieldIds: [0x000d] }, 'may be a link'],
    [{ extraFieldIds: [0x756e] }, 'may be a link'],
    [{ isEncrypted: true }, 'is encrypted'],
    [{ method: 9 }, 'is packed by method 9'],
    [{ method: 0, compressedBytes: 1 }, 'has two sizes'],
  ] as const
  for (const [more, reason] of rows) t.match(reasonOf([entry('x', more)]), reason)
  t.match(reasonOf([entry('x/', { uncompressedBytes: 1 })]), 'is a folder with bytes')
  t.end()
})

t.test('each path once, also where letters have no case', (t) => {
  const rows = [
    [['a.js', 'a.js'], 'is there twice'],
    [['a.js', 'A.js'], 'is there twice'],
    [['caf\u00e9', 'cafe\u0301'], 'is there twice'],
    [['lib/a', 'Lib/b'], 'is there in another case'],
    [['lib/', 'LIB/'], 'is there in another case'],
    [['lib', 'lib/a'], 'is a folder and a file'],
    [['lib/a', 'lib'], 'is there twice'],
    [['lib', 'lib/'], 'is a folder and a file'],
  ] as const
  for (const [names, reason] of rows)
    t.match(reasonOf(names.map((name) => entry(name))), reason, names.join(' '))
  t.equal(reasonOf([entry('lib/'), entry('lib/a'), entry('lib/')]), undefined)
  t.end()
})

t.test('so much and no more', (t) => {
  const half = limits.UNZIPPED_BYTES_MAX / 2
  const large = () => entry(`f${nextByte}`, { uncompressedBytes: half })
  t.equal(reasonOf([large(), large()], 10_000_000), undefined)
  t.equal(
    reasonOf([large(), large(), entry('x')], 10_000_000),
    `Unzipped size must be smaller than ${limits.UNZIPPED_BYTES_MAX} bytes`,
  )
  t.match(reasonOf([large()], half / limits.ZIP_RATIO_MAX - 1), 'more than 200 times its size')
  t.equal(reasonOf([entry('x', { uncompressedBytes: 10_000_000 })], 100), undefined, 'small')
  const many = Array.from({ length: limits.ZIP_ENTRIES_MAX + 1 }, (_, i) => entry(`f${i}`))
  t.match(reasonOf(many), 'more than 65535 entries')
  t.equal(reasonOf([]), 'it holds no file')
  t.equal(reasonOf([entry('lib/')]), 'it holds no file')
  t.end()
})

t.test('each entry has bytes of its own', (t) => {
  const [a, b] = [entry('a'), entry('b')]
  t.equal(reasonOf([b, a]), undefined, 'in any order')
  t.equal(reasonOf([a, { ...b, range: a.range }]), 'two entries share bytes')
  const inside = { from: a.range.from + 50, to: a.range.to + 50 }
  t.equal(reasonOf([a, { ...b, range: inside }]), 'two entries share bytes')
  t.end()
})

t.test('a handler’s file is looked for as its module will be (aws-semantics §9.4)', (t) => {
  const files = ['index.mjs', 'src/app.js', 'lib/index.js', 'node_modules/kit/main.js', 'bare'].map(
    (path, index) => ({ path, index, isExecutable: false }),
  )
  for (const handler of [
    'index.handler',
    'index.a.b',
    'src/app.run',
    './src/app.run',
    'lib.run',
    'kit.run',
    'bare.run',
  ])
    t.ok(hasHandlerFile(files, handler), handler)
  for (const handler of ['app.run', 'src/index.run', 'inde.x', 'main.run', 'node.run'])
    t.notOk(hasHandlerFile(files, handler), handler)
  t.end()
})
