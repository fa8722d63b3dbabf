import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import {
  CreateFunctionCommand,
  InvokeCommand,
  type LambdaClient,
  ListFunctionsCommand,
} from '@aws-sdk/client-lambda'
import t from 'tap'
import { codeFoldersOf } from '../support/code-folders.ts'
import { RunningDaemon } from '../support/daemon.ts'
import { functionOf, lambdaClient } from '../support/lambda-client.ts'
import { type ZipPart, zipOf } from '../support/zip-file.ts'

const COULD_NOT = 'Could not unzip uploaded file. Please check your file, then try to upload again.'
const INDEX: ZipPart = { name: 'index.mjs', text: 'export const handler = async () => 1' }

const create = (client: LambdaClient, zip: Uint8Array, name = 'fn') =>
  client.send(new CreateFunctionCommand(functionOf(name, '', { Code: { ZipFile: zip } })))

t.test(
  'reliability §4 (8): a zip that is not plain is refused, and nothing is written',
  async (t) => {
    const directory = t.testdir({ outside: 'as it was' })
    const daemon = await RunningDaemon.start(directory)
    t.teardown(() => daemon.kill())
    const client = lambdaClient(daemon)
    const outside = join(directory, 'outside')
    const bomb = Buffer.alloc(64 * 1024 * 1024)
    const rows: [string, Uint8Array, RegExp][] = [
      ['slip', zipOf([INDEX, { name: '../../outside', text: 'x' }]), /is no plain path/],
      ['absolute', zipOf([INDEX, { name: outside, text: 'x' }]), /is an absolute path/],
      ['drive', zipOf([INDEX, { name: 'C:\\x', text: 'x' }]), /names a drive/],
      ['backslash', zipOf([INDEX, { name: '..\\outside', text: 'x' }]), /character of no name/],
      ['link', zipOf([INDEX, { name: 'l', text: outside, mode: 0o120777 }]), /symbolic link/],
      [
        'hard link',
        zipOf([INDEX, { name: 'l', extra: Buffer.from('0d000000', 'hex') }]),
        /may be a link/,
      ],
      ['setuid', zipOf([INDEX, { name: 'x', mode: 0o104755 }]), /setuid/],
      ['case', zipOf([INDEX, { name: 'Index.mjs', text: 'x' }]), /there twice/],
      [
        'overlap',
        zipOf([INDEX, { name: 'index.mjs', sharesWith: 0 }]),
        /there twice|two names|share/,
      ],
      [
        'shared bytes',
        zipOf([INDEX, { name: 'x', localName: 'x', sharesWith: 0 }]),
        /two names|share/,
      ],
      ['another name', zipOf([{ ...INDEX, localName: '../x' }]), /two names/],
      [
        'less than it says',
        zipOf([INDEX, { name: 'x', text: 'abc', saysBytes: 9 }]),
        /not enough|fewer|bytes/,
      ],
      [
        'more than it says',
        zipOf([INDEX, { name: 'x', text: 'abc'.repeat(999), saysBytes: 9 }]),
        /too many|bytes/,
      ],
      ['checksum', zipOf([INDEX, { name: 'x', text: 'abc', saysCrc: 1 }]), /checksum/],
      ['encrypted', zipOf([INDEX, { name: 'x', text: 'abc', flags: 1 }]), /encrypted/],
      ['method', zipOf([INDEX, { name: 'x', text: 'abc', method: 12 }]), /method 12/],
      ['bomb', zipOf([INDEX, { name: 'x', text: bomb }]), /more than 200 times/],
      [
        'sizes without end',
        zipOf([INDEX, { name: 'x', text: 'a', saysBytes: 0xfffffff0 }]),
        /Unzipped size must/,
      ],
      ['not UTF-8', zipOf([INDEX, { name: Buffer.from([0xff, 0xfe]), text: 'x' }]), /UTF-8/],
      ['no zip', Buffer.from('this is no zip'), /Could not unzip/],
      ['half a zip', zipOf([INDEX]).subarray(0, 60), /Could not unzip/],
      ['no entry', zipOf([]), /holds no file/],
      ['empty', Buffer.alloc(0), /non-empty zip|source for function code/],
      [
        'no handler',
        zipOf([{ name: 'other.mjs', text: 'x' }]),
        /no file for the handler index\.handler/,
      ],
    ]
    for (const [what, zip, message] of rows)
      await t.rejects(
        create(client, zip),
        { name: 'InvalidParameterValueException', message, $metadata: { httpStatusCode: 400 } },
        what,
      )
    await t.rejects(create(client, zipOf([INDEX, { name: '../x' }])), {
      message: `${COULD_NOT} ("../x" is no plain path)`,
    })
    t.same((await client.send(new ListFunctionsCommand({}))).Functions, [])
    t.same(codeFoldersOf(join(directory, '.millrace')), [], 'no file is left')
    t.equal(readFileSync(outside, 'utf8'), 'as it was')
    t.notOk(existsSync(join(directory, 'x')))
    await create(client, zipOf([INDEX]))
    const answer = await client.send(new InvokeCommand({ FunctionName: 'fn' }))
    t.equal(answer.Payload?.transformToString(), '1', 'and the daemon goes on')
    t.equal((await daemon.stop()).status, 0)
  },
)

t.test('an honest zip: folders, stored files, rights, names of all languages', async (t) => {
  const directory = t.testdir()
  const daemon = await RunningDaemon.start(directory)
  t.teardown(() => daemon.kill())
  const client = lambdaClient(daemon)
  await create(
    client,
    zipOf([
      { name: 'lib/', mode: 0o040755 },
      { name: 'lib/größe.cjs', text: 'module.exports = 7', method: 0 },
      { name: 'bin/run', text: '#!/bin/sh', mode: 0o100755 },
      {
        name: 'index.mjs',
        text: 'import n from "./lib/größe.cjs"\nexport const handler = async () => n',
      },
    ]),
  )
  const answer = await client.send(new InvokeCommand({ FunctionName: 'fn' }))
  t.equal(answer.Payload?.transformToString(), '7')
  const code = join(directory, '.millrace', 'code')
  const [folder, ...others] = codeFoldersOf(join(directory, '.millrace'))
  t.same(others, [])
  t.equal(statSync(join(code, folder!, 'bin/run')).mode & 0o777, 0o755)
  t.equal(statSync(join(code, folder!)).mode & 0o777, 0o700)
  t.equal((await daemon.stop()).status, 0)
})

t.test('a body that is too large, or no JSON, or has no base64', async (t) => {
  const daemon = await RunningDaemon.start(t.testdir())
  t.teardown(() => daemon.kill())
  const post = (body: string | Uint8Array) =>
    daemon.request('/2015-03-31/functions', { method: 'POST', body })
  const request = JSON.parse(JSON.stringify(functionOf('fn', '', { Code: {} })))
  const withZip = (zip: unknown) => JSON.stringify({ ...request, Code: { ZipFile: zip } })
  const large = await post(Buffer.alloc(71 * 1024 * 1024, 0x20))
  t.equal(large.status, 413)
  t.equal(large.headers.get('x-amzn-errortype'), 'RequestTooLargeException')
  const tooLarge = await post(withZip('A'.repeat(69_905_072)))
  t.equal(tooLarge.status, 413)
  t.match(await tooLarge.json(), { message: 'Zipped size must be smaller than 52428800 bytes' })
  for (const zip of [withZip('*'), withZip(7), withZip({}), withZip('AAA')]) {
    const refused = await post(zip)
    t.equal(refused.status, 400)
    t.match(await refused.json(), { message: /base64|Could not unzip/ })
  }
  t.equal((await post('{')).status, 400)
  t.equal((await daemon.stop()).status, 0)
})
