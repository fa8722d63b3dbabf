import fc from 'fast-check'
import t from 'tap'
import { Mailbox } from '../../lib/actors/mailbox.ts'
import { holds } from '../support/property.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

function open(receive: (message: string) => void = () => {}) {
  const got: string[] = []
  const failures: unknown[] = []
  let soon = 0
  const mailbox = new Mailbox<string>({
    receive: (message) => {
      got.push(message)
      receive(message)
    },
    failed: (error) => failures.push(error),
    soon: (due) => {
      soon++
      setImmediate(due)
    },
  })
  return { mailbox, got, failures, soon: () => soon }
}

t.test('one at a time, in order, never within the call that tells', async (t) => {
  const { mailbox, got } = open((message) => {
    if (message === 'a') mailbox.tell('d')
  })
  for (const message of ['a', 'b', 'c']) mailbox.tell(message)
  t.same(got, [])
  await turn()
  t.same(got, ['a', 'b', 'c', 'd'])
})

t.test('system messages overtake ordinary ones', async (t) => {
  const { mailbox, got } = open((message) => {
    if (message === 'a') mailbox.tellSystem('stop')
  })
  for (const message of ['a', 'b']) mailbox.tell(message)
  mailbox.tellSystem('suspend')
  await turn()
  t.same(got, ['suspend', 'a', 'stop', 'b'])
})

t.test(
  'what the receiver throws suspends it; nothing is lost, and a system message goes through',
  async (t) => {
    const { mailbox, got, failures } = open((message) => {
      if (message === 'bad') throw new Error('bad')
    })
    for (const message of ['bad', 'b', 'c']) mailbox.tell(message)
    await turn()
    t.same(got, ['bad'])
    t.match(failures, [{ message: 'bad' }])
    mailbox.tell('d')
    await turn()
    t.same(got, ['bad'], 'suspended')
    mailbox.tellSystem('resume')
    await turn()
    t.same(got, ['bad', 'resume', 'b', 'c', 'd'])
  },
)

t.test('a long mailbox lets the event loop have its turn', async (t) => {
  const { mailbox, got, soon } = open()
  for (let i = 0; i < 250; i++) mailbox.tell(String(i))
  await Promise.resolve()
  await Promise.resolve()
  t.ok(got.length <= 100)
  await turn()
  await turn()
  await turn()
  t.equal(got.length, 250)
  t.equal(soon(), 2)
})

t.test('a closed mailbox takes nothing', async (t) => {
  const { mailbox, got } = open()
  mailbox.tell('a')
  mailbox.close()
  mailbox.tell('b')
  mailbox.tellSystem('c')
  await turn()
  t.same(got, [])
})

t.test('every message comes exactly once, each kind in its order', async (t) => {
  const property = fc.asyncProperty(
    fc.array(fc.boolean(), { maxLength: 300, size: 'max' }),
    async (kinds) => {
      const { mailbox, got } = open()
      kinds.forEach((isSystem, i) => {
        if (isSystem) mailbox.tellSystem(`s${i}`)
        else mailbox.tell(`o${i}`)
      })
      for (let i = 0; i < 5; i++) await turn()
      const expected = ['s', 'o'].flatMap((kind) =>
        kinds.flatMap((isSystem, i) => (isSystem === (kind === 's') ? [`${kind}${i}`] : [])),
      )
      if (got.join() !== expected.join()) throw new Error(`${got}`)
    },
  )
  await holds(t, property, { runs: 50 })
})
