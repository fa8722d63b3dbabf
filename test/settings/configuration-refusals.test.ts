import t from 'tap'
import { failure, GOOD } from '../support/configuration-file.ts'

const BAD: readonly [string, string, string, string, string | RegExp][] = [
  [
    'an unknown key',
    'BatchSize: 7',
    'BatchSzie: 7',
    'MILLRACE_SETTING_UNKNOWN',
    /unknown key Mappings\[0\].BatchSzie \(millrace.yaml:13:5\); allowed here: Stream, .*; did you mean BatchSize\?$/,
  ],
  [
    'an unknown section',
    'Mappings:',
    'Mapings:',
    'MILLRACE_SETTING_UNKNOWN',
    /unknown key Mapings \(millrace.yaml:9:1\).* did you mean Mappings\?$/,
  ],
  [
    'an unknown key of a function',
    'Handler:',
    'Handlr:',
    'MILLRACE_SETTING_UNKNOWN',
    /Functions.on-order.Handlr \(millrace.yaml:7:5\).*did you mean Handler/,
  ],
  [
    'out of range',
    'BatchSize: 7',
    'BatchSize: 10001',
    'MILLRACE_SETTING_INVALID',
    'Mappings[0].BatchSize must be an integer from 1 to 10000, got 10001 (millrace.yaml:13:16)',
  ],
  [
    'a wrong type',
    'BatchSize: 7',
    'BatchSize: "7"',
    'MILLRACE_SETTING_INVALID',
    'Mappings[0].BatchSize must be an integer from 1 to 10000, got "7" (millrace.yaml:13:16)',
  ],
  [
    'nothing where a value must be',
    'BatchSize: 7',
    'BatchSize:',
    'MILLRACE_SETTING_INVALID',
    'got null (millrace.yaml:13:15)',
  ],
  [
    'a missing member',
    '    Handler: on-order.handler\n',
    '',
    'MILLRACE_SETTING_INVALID',
    /Functions.on-order.Handler must be file.export .*, got nothing \(millrace.yaml:5:5\)/,
  ],
  [
    'a stream that is not declared',
    'Stream: orders',
    'Stream: oders',
    'MILLRACE_MAPPING_REFUSED',
    'Mappings[0].Stream (millrace.yaml:10:13): Stream not found: oders; there are: orders; did you mean orders?',
  ],
  [
    'a function that is not declared',
    'FunctionName: on-order',
    'FunctionName: on-ordr',
    'MILLRACE_MAPPING_REFUSED',
    'Mappings[0].FunctionName (millrace.yaml:11:19): Function does not exist: on-ordr; there are: on-order; did you mean on-order?',
  ],
  [
    'a combination',
    'BatchSize: 7',
    'ScalingConfig: {}',
    'MILLRACE_MAPPING_REFUSED',
    'Mappings[0].ScalingConfig (millrace.yaml:13:20): Unsupported ScalingConfig parameter',
  ],
  [
    'a secret of a wrong type',
    's3cret',
    '4711',
    'MILLRACE_SETTING_INVALID',
    /TOKEN must be a string \(put it in quotes\), got a number/,
  ],
  [
    'a name of a stream',
    '  orders:',
    '  "or ders":',
    'MILLRACE_SETTING_INVALID',
    /the name Streams.or ders must be .*got "or ders" \(millrace.yaml:2:3\)/,
  ],
  [
    'another runtime',
    'nodejs20.x',
    'java21',
    'MILLRACE_SETTING_INVALID',
    /Runtime must be a Node runtime/,
  ],
  [
    'a section that is no map',
    'Streams:\n  orders: { ShardCount: 4 }',
    'Streams: 4',
    'MILLRACE_SETTING_INVALID',
    'Streams must be a map of names to values, got 4',
  ],
  [
    'a list of mappings that is none',
    '  - Stream',
    '    Stream',
    'MILLRACE_SETTING_INVALID',
    /Mappings must be a list/,
  ],
]

for (const [what, from, to, code, message] of BAD) {
  t.test(`refused: ${what}`, async (t) => {
    t.ok(GOOD.includes(from))
    t.match(await failure(GOOD.replace(from, to), t), { code, message })
  })
}

t.test('refused: two mappings of one stream and one function', async (t) => {
  const twice = `${GOOD}  - { Stream: orders, FunctionName: 'function:on-order', StartingPosition: LATEST }\n`
  t.match(await failure(twice, t), {
    code: 'MILLRACE_MAPPING_REFUSED',
    message:
      /^Mappings\[1\] \(millrace.yaml:15:5\): The event source arn \(" orders "\) and function \(" on-order "\) provided mapping already exists\. .* UUID [0-9a-f-]{36}$/,
  })
})

t.test('refused: a file that is a list', async (t) => {
  t.match(await failure('- a', t), {
    message: /the configuration must be a map with the keys Streams/,
  })
})
