import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const VERSION = '2.6.1'

const PROJECT = fileURLToPath(new URL('../../../', import.meta.url))
const CACHE = join(PROJECT, '.cache', 'dynamodb-local')
const LIBRARY = join(CACHE, `${VERSION}-loopback`)
const LAUNCHER = 'LoopbackRunner'

/** Long enough for a cold JVM on a busy machine. @unit ms */
const START_MS_MAX = 60_000

export type DynamoDbLocal = {
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string
  stop(): Promise<void>
}

/**
 * Starts DynamoDB Local, in memory, on a free loopback port. Fetched from Maven Central into `.cache/` the first time,
 * which needs `mvn` and a JDK of 17 or newer; later starts need its `java` only.
 */
export async function startDynamoDbLocal(): Promise<DynamoDbLocal> {
  await fetchLibrary()
  await compileLauncher()
  const port = await freePort()
  const server = spawn(
    'java',
    [
      `-Djava.library.path=${LIBRARY}`,
      '-cp',
      [LIBRARY, join(LIBRARY, '*')].join(delimiter),
      LAUNCHER,
      ...['-inMemory', '-sharedDb', '-disableTelemetry', '-port', String(port)],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  const output: string[] = []
  for (const stream of [server.stdout, server.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => output.push(text))
  const endpoint = `http://127.0.0.1:${port}`
  try {
    await untilAnswers(endpoint, server)
  } catch (cause) {
    server.kill('SIGKILL')
    throw new Error(`DynamoDB Local did not start:\n${output.join('')}`, { cause })
  }
  return { endpoint, stop: () => stop(server) }
}

async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const exited = once(server, 'exit')
  server.kill('SIGKILL')
  await exited
}

/** A port that nobody has on any address: a second DynamoDB Local on a taken port would fail in silence. */
async function freePort(): Promise<number> {
  const probe = createServer().listen(0)
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

async function untilAnswers(endpoint: string, server: ChildProcess): Promise<void> {
  const deadline = AbortSignal.timeout(START_MS_MAX)
  while (!deadline.aborted) {
    if (server.exitCode !== null) throw new Error(`exit code ${server.exitCode}`)
    // Without a signature it answers 400: that is an answer.
    const answer = await fetch(endpoint, { method: 'POST' }).catch(() => undefined)
    if (answer !== undefined && server.exitCode === null) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`no answer within ${START_MS_MAX} ms`)
}

/** Several processes may fetch at once: the folder appears whole, by a rename, and the first one's stays. */
async function fetchLibrary(): Promise<void> {
  if (existsSync(LIBRARY)) return
  const partial = join(CACHE, `partial-${process.pid}`)
  await mkdir(partial, { recursive: true })
  const pom = join(partial, 'pom.xml')
  await writeFile(pom, POM)
  await promisify(execFile)('mvn', [
    ...['--quiet', '--batch-mode', '--file', pom],
    'dependency:copy-dependencies',
    '-DincludeScope=runtime',
    `-DoutputDirectory=${join(partial, 'library')}`,
  ])
  await rename(join(partial, 'library'), LIBRARY).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
  })
  await rm(partial, { recursive: true })
}

/** Compiled once: a launch from its source takes as long again as the start of the server. */
async function compileLauncher(): Promise<void> {
  const compiled = join(LIBRARY, `${LAUNCHER}.class`)
  if (existsSync(compiled)) return
  const partial = join(CACHE, `partial-${process.pid}`)
  await mkdir(partial, { recursive: true })
  const source = join(partial, `${LAUNCHER}.java`)
  await writeFile(source, LAUNCHER_SOURCE)
  await promisify(execFile)('javac', ['-cp', join(LIBRARY, '*'), '-d', partial, source])
  await rename(join(partial, `${LAUNCHER}.class`), compiled)
  await rm(partial, { recursive: true })
}

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>local</groupId>
  <artifactId>dynamodb-local</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>com.amazonaws</groupId>
      <artifactId>DynamoDBLocal</artifactId>
      <version>${VERSION}</version>
    </dependency>
  </dependencies>
</project>
`

/** DynamoDB Local listens on all addresses and has no option for it: its Jetty is told before it starts. */
const LAUNCHER_SOURCE = `
import com.amazonaws.services.dynamodbv2.local.main.ServerRunner;
import com.amazonaws.services.dynamodbv2.local.server.DynamoDBProxyServer;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

public class LoopbackRunner {
  public static void main(String[] arguments) throws Exception {
    DynamoDBProxyServer proxy = ServerRunner.createServerFromCommandLineArgs(arguments);
    for (var field : DynamoDBProxyServer.class.getDeclaredFields()) {
      if (field.getType() != Server.class) continue;
      field.setAccessible(true);
      for (Connector connector : ((Server) field.get(proxy)).getConnectors())
        ((ServerConnector) connector).setHost("127.0.0.1");
    }
    proxy.start();
    proxy.join();
  }
}
`
