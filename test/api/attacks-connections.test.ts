import { once } from 'node:events'
import t from 'tap'
import { SERVER_LIMITS } from '../../lib/api/guard/server-limits.ts'
import { RunningDaemon } from '../support/daemon.ts'
import { connected, exchange, requestText, statusesOf } from '../support/raw-http.ts'

t.test('reliability §4 (5): 10,000 sockets that say nothing', async (t) => {
  const daemon = await RunningDaemon.start(t.testdir())
  t.teardown(() => daemon.kill())
  const { port } = daemon
  const idle = await many(SERVER_LIMITS.connections, () => connected(port))
  for (let opened = idle.length; opened < 10_000; opened += 500)
    await many(500, () => connected(port).then((socket) => closed(socket)))
  for (const socket of idle) socket.destroy()
  const request = requestText('GET /livez', [`Host: 127.0.0.1:${port}`])
  // The daemon sees a little later that they are gone.
  let statuses: readonly number[] = []
  while (statuses.length === 0) statuses = statusesOf(await exchange(port, request))
  t.same(statuses, [200])
  t.equal((await daemon.stop()).status, 0)
})

const many = <Value>(count: number, make: () => Promise<Value>): Promise<Value[]> =>
  Promise.all(Array.from({ length: count }, make))

const closed = async (socket: Awaited<ReturnType<typeof connected>>): Promise<void> => {
  if (!socket.closed) await once(socket, 'close')
}
