import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { cachedFolder } from '../../bench/suite/cache-folder.ts'

t.test('a folder is filled once', async (t) => {
  const root = t.testdir()
  let fills = 0
  const fill = async (folder: string) => {
    fills++
    writeFileSync(join(folder, 'file'), String(fills))
  }
  const folder = await cachedFolder('thing-1', fill, root)
  t.equal(await cachedFolder('thing-1', fill, root), folder)
  t.equal(readFileSync(join(folder, 'file'), 'utf8'), '1')
  t.strictSame(readdirSync(root), ['thing-1'])
})

t.test('of two that fill it at once the first one’s stays', async (t) => {
  const root = t.testdir()
  const first = cachedFolder(
    'thing-1',
    async () => {
      await cachedFolder('thing-1', async (folder) => writeFileSync(join(folder, 'one'), ''), root)
    },
    root,
  )
  t.strictSame(readdirSync(await first), ['one'])
})

t.test('nothing stays of one that could not be filled', async (t) => {
  const root = t.testdir()
  const fill = async (folder: string) => {
    writeFileSync(join(folder, 'half'), '')
    throw new Error('no network')
  }
  await t.rejects(cachedFolder('thing-1', fill, root), { message: 'no network' })
  t.notOk(existsSync(join(root, 'thing-1')))
  t.strictSame(readdirSync(root), [])
})
