import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createEngine } from '../../../lib/index.ts'
import { temporaryDirectory } from '../../support/embedded-fixture.ts'
import { ROLE } from '../../support/lambda-client.ts'
import { zipOfFiles } from '../../support/zip-file.ts'

t.test('a zip is read as on Lambda, whatever kind of package the data lies in', async (t) => {
  const project = temporaryDirectory(t)
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }')
  const engine = await createEngine({ data: join(project, '.millrace') })
  t.teardown(() => engine.stop())
  await engine.start()
  const make = (FunctionName: string, files: Readonly<Record<string, string>>) =>
    engine.functions.create({
      ...{ FunctionName, Role: ROLE, Runtime: 'nodejs20.x', Handler: 'index.handler' },
      Code: { ZipFile: zipOfFiles(files) },
    })
  await make('common', { 'index.js': "exports.handler = async () => 'common'" })
  await make('module', {
    'index.js': "export const handler = async () => 'module'",
    'package.json': '{ "type": "module" }',
  })
  for (const functionName of ['common', 'module']) {
    const answer = await engine.functions.invoke({ functionName })
    t.match(answer, { Payload: JSON.stringify(functionName) }, functionName)
  }
})
