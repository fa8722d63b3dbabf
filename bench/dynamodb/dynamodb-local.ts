import { setTimeout as delay } from 'node:timers/promises'
import { compileJava, fetchJars } from '../java/java-code.ts'
import { freePort } from '../suite/free-port.ts'
import { Program } from '../suite/program.ts'

const VERSION = '2.6.1'
const LAUNCHER = 'LoopbackRunner'

/** Long enough for a cold JVM on a busy machine. @unit ms */
const START_MS_MAX = 60_000
const POLL_MS = 50

export type DynamoDbLocal = {
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string
  stop(): Promise<void>
}

/**
 * Starts DynamoDB Local, in memory, on a free loopback port. Fetched from Maven Central into the user's cache the first
 * time, which needs `mvn` and a JDK of 17 or newer; later starts need its `java` only.
 */
export async function startDynamoDbLocal(): Promise<DynamoDbLocal> {
  const jars = await fetchJars(`dynamodb-local-${VERSION}`, [
    `com.amazonaws:DynamoDBLocal:${VERSION}`,
  ])
  const classPath = await compileJava(LAUNCHER, [`bench/dynamodb/${LAUNCHER}.java`], jars)
  const port = await freePort()
  const server = Program.start('DynamoDB Local', [
    'java',
    `-Djava.library.path=${jars}`,
    ...['-cp', classPath, LAUNCHER],
    ...['-inMemory', '-sharedDb', '-disableTelemetry', '-port', String(port)],
  ])
  const endpoint = `http://127.0.0.1:${port}`
  try {
    await untilAnswers(endpoint, server)
  } catch (cause) {
    await server.stop()
    throw new Error(`DynamoDB Local did not start:\n${server.output}`, { cause })
  }
  return { endpoint, stop: () => server.stop() }
}

async function untilAnswers(endpoint: string, server: Program): Promise<void> {
  const deadline = AbortSignal.timeout(START_MS_MAX)
  const signal = AbortSignal.any([deadline, server.ended])
  while (true) {
    // Without a signature it answers 400: that is an answer.
    const answer = await fetch(endpoint, { method: 'POST', signal }).catch(() => undefined)
    signal.throwIfAborted()
    if (answer !== undefined) return
    await delay(POLL_MS, undefined, { signal })
  }
}
