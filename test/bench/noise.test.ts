import t from 'tap'
import {
  loadWarnings,
  noiseWarnings,
  spreadOf,
  stolenBetween,
  ticksOf,
  watchNoise,
} from '../../bench/suite/noise.ts'

const STAT = `cpu  100 1 20 800 5 0 3 40 7 0
cpu0 50 1 10 400 2 0 1 20 3 0
intr 12345
`

t.test('steal is the eighth count; guests are counted once', (t) => {
  t.strictSame(ticksOf(STAT), { stolen: 40, total: 969 })
  t.equal(ticksOf('intr 5\n'), undefined)
  t.equal(ticksOf('cpu  1 2 3 4\n')!.stolen, 0)
  t.end()
})

t.test('the share that was stolen between two looks', (t) => {
  const before = { stolen: 40, total: 1000 }
  t.equal(stolenBetween(before, { stolen: 50, total: 1200 }), 5)
  t.equal(stolenBetween(before, before), 0)
  t.equal(stolenBetween(undefined, before), null)
  t.end()
})

t.test('the spread leaves out the slowest tenth', (t) => {
  t.equal(spreadOf([10, 10, 10]), 0)
  t.equal(Math.round(spreadOf([12, 11, 10, 10, 10, 10, 10, 10, 10, 10, 99])), 20)
  t.end()
})

t.test('warnings: none of a quiet machine, one for each thing that is not', (t) => {
  t.strictSame(loadWarnings(0.4), [])
  t.match(loadWarnings(1.25), [/load of this machine was 1\.[23] /])
  t.strictSame(noiseWarnings('lanes', { spinSpread: 3, stolen: null }), [])
  t.match(noiseWarnings('lanes', { spinSpread: 40, stolen: 2 }), [
    /^lanes: .* 40 % longer/,
    /^lanes: the host took 2\.0 %/,
  ])
  t.end()
})

t.test('a look at this machine', (t) => {
  const { spinSpread, stolen } = watchNoise()()
  t.ok(spinSpread >= 0 && Number.isFinite(spinSpread))
  t.ok(process.platform === 'linux' ? stolen !== null && stolen >= 0 && stolen <= 100 : true)
  t.end()
})
