import { EventEmitter } from 'node:events'
import t from 'tap'
import { listenForStop } from '../../lib/cli/stop-signal.ts'

for (const [name, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  t.test(`${name}: the first asks, the second ends the process with ${code}`, (t) => {
    const source = new EventEmitter()
    const ended: number[] = []
    const stop = listenForStop(source as unknown as NodeJS.Process, (exitCode) =>
      ended.push(exitCode),
    )
    t.strictSame([stop.signal.aborted, stop.exitCode], [false, undefined])
    source.emit(name, name)
    t.strictSame([stop.signal.aborted, stop.exitCode, ended], [true, code, []])
    source.emit(name, name)
    t.same(ended, [code])
    stop[Symbol.dispose]()
    t.equal(source.listenerCount('SIGINT') + source.listenerCount('SIGTERM'), 0)
    t.end()
  })
}
