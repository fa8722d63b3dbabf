import t from 'tap'
import { PoolSignals } from '../../../lib/actors/lane-memory/pool-signals.ts'
import { PoolHosts, type PoolHostsParts } from '../../../lib/actors/pool/pool-hosts.ts'
import type { HostEnd } from '../../../lib/core/function/host-end.ts'
import { createSystemClock } from '../../../lib/engine/system-clock.ts'

t.test(
  'the channel of a thread that has ended is closed, when all that it said was heard',
  async (t) => {
    const told: string[] = []
    let end = (_: HostEnd): void => {}
    const ended = new Promise<HostEnd>((resolve) => {
      end = resolve
    })
    const channel = {
      post: () => {},
      receive: () => {},
      drain: () => void told.push('drain'),
      close: () => void told.push('close'),
    }
    const signals = PoolSignals.allocate(1)
    const hosts = new PoolHosts({
      threads: {
        threadsMax: 1,
        start: () => ({ channel, ended, kill: () => end({ type: 'killed' }) }),
        cpuUse: () => 0,
        close: async () => {},
      },
      memory: {} as PoolHostsParts['memory'],
      signals,
      clock: createSystemClock(true),
      introductions: () => [],
      received: () => {},
      started: () => {},
      lost: () => 0,
      hasWork: () => false,
      failed: () => {},
    })
    hosts.start()
    hosts.kill()
    await hosts.stop()
    t.strictSame(told, ['drain', 'close'])
    t.equal(hosts.size, 0)
  },
)
