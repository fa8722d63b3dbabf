import t from 'tap'
import { createState, createStateHolder } from '../../bench/handlers/window-state.ts'

t.test('a state has its size as JSON', (t) => {
  for (const bytes of [20, 1024, 100_001])
    t.equal(Buffer.byteLength(JSON.stringify(createState(bytes))), bytes)
  t.end()
})

t.test('a handler begins with no state, and takes back only its own', (t) => {
  const hold = createStateHolder(100)
  const state = hold({})
  t.strictSame(hold(JSON.parse(JSON.stringify(state))), state)
  t.throws(() => hold(createState(101)), /not the one that was given back/)
  t.end()
})
