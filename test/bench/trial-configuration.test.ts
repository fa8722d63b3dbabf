import { existsSync } from 'node:fs'
import type { Test } from 'tap'
import t from 'tap'
import { type Trial, trialOf } from '../../bench/trial/trial-configuration.ts'
import type { EngineConfiguration } from '../../lib/core/mapping/settings.ts'
import { GOOD, load } from '../support/configuration-file.ts'

const TABLE_MAPPING = `  - Table: songs
    FunctionName: on-song
    StartingPosition: LATEST
    Enabled: false
`
const TWO =
  `${GOOD.replace('  orders: { ShardCount: 4 }', '  orders: { ShardCount: 4, KeySchema: [{ AttributeName: id, KeyType: HASH }] }')}${TABLE_MAPPING}`.replace(
    'Mappings:',
    '  on-song: { Runtime: nodejs22.x, CodeUri: ./songs, Handler: song.on }\nMappings:',
  )

async function configurationOf(t: Test, text: string): Promise<EngineConfiguration> {
  const directory = t.testdir({ 'millrace.yaml': text })
  return (await load(directory)).configuration
}

function trial(given: EngineConfiguration, mapping?: string): Trial {
  const found = trialOf(given, { directory: '/elsewhere', ...(mapping ? { mapping } : {}) })
  if ('refused' in found) throw new Error(found.refused)
  return found
}

t.test('the first mapping, on a stream of its own, sends nothing anywhere', async (t) => {
  const given = await configurationOf(t, TWO)
  const { configuration, streamName, stream, function: own, notes } = trial(given)
  t.equal(configuration.dataDirectory, '/elsewhere')
  t.equal(streamName, 'orders')
  t.equal(stream.shardCount, 4)
  t.strictSame([...configuration.streams.keys()], ['orders'])
  t.match(configuration.mappings, [{ batchSize: 7, source: { type: 'embedded', name: 'orders' } }])
  t.equal(configuration.mappings.length, 1)
  t.notOk('onFailureDestination' in configuration.mappings[0]!)
  t.match(notes.join('\n'), /nothing is sent to file:.*failed\.ndjson/)
  t.match(own, { handler: 'on-order.handler', codeDirectory: /handlers$/ })
})

t.test('its function finds its place and settings, but a wrapper is loaded', async (t) => {
  const { configuration, function: own } = trial(await configurationOf(t, TWO))
  const wrapped = configuration.functions.get('on-order')
  t.match(wrapped, { ...own, handler: /wrapped\.handler$/ })
  const { handler = '' } = wrapped?.type === 'module' ? wrapped : {}
  t.ok(existsSync(handler.replace(/\.handler$/, '.js')))
})

t.test(
  'a mapping is named by its function or its stream; of a table it gets a stream',
  async (t) => {
    const given = await configurationOf(t, TWO)
    for (const name of ['on-song', 'songs']) {
      const { configuration, stream, streamName, notes } = trial(given, name)
      t.match(configuration.mappings, [
        {
          functionName: 'on-song',
          enabled: true,
          startingPosition: 'TRIM_HORIZON',
          source: { type: 'embedded', name: streamName },
        },
      ])
      t.match(stream, { shardCount: 1, keySchema: [] })
      t.match(notes.join('\n'), /songs is not read/)
    }
  },
)

t.test('what there is no trial of', async (t) => {
  const given = await configurationOf(t, TWO)
  t.strictSame(trialOf(given, { directory: '', mapping: 'on-odrer' }), {
    refused: 'no mapping is called on-odrer; there are mappings of: on-order, on-song',
  })
  t.strictSame(trialOf({ ...given, mappings: [] }, { directory: '' }), {
    refused: 'the configuration has no mapping',
  })
  const functions = new Map([
    ['on-order', { type: 'inline', handler: () => {}, timeoutSeconds: 1 }],
  ])
  const inline = trialOf({ ...given, functions } as EngineConfiguration, { directory: '' })
  t.match(inline, { refused: /on-order is not a function of a module/ })
})
