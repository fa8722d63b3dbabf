import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { cachedFolder } from '../suite/cache-folder.ts'

const execute = promisify(execFile)

/** Where the project or the installed package begins: Java sources are not compiled with the others. */
const PROJECT = fileURLToPath(new URL('../../../', import.meta.url))

/**
 * The jars of artifacts and of all that they depend on, from Maven Central the first time, which needs `mvn`.
 * @param name of the folder in the cache; holds the version.
 * @param artifacts `group:artifact:version`.
 */
export function fetchJars(name: string, artifacts: readonly string[]): Promise<string> {
  return cachedFolder(name, async (folder) => {
    const pom = join(folder, 'pom.xml')
    await writeFile(pom, pomOf(artifacts))
    await execute('mvn', [
      ...['--quiet', '--batch-mode', '--file', pom],
      'dependency:copy-dependencies',
      '-DincludeScope=runtime',
      `-DoutputDirectory=${folder}`,
    ])
  })
}

/**
 * Compiles sources of ours once, and again when they change; needs a JDK.
 * @param sources below the project's folder.
 * @returns the class path to run them with.
 */
export async function compileJava(
  name: string,
  sources: readonly string[],
  jars: string,
): Promise<string> {
  const paths = sources.map((source) => join(PROJECT, source))
  const digest = createHash('sha256')
  for (const path of paths) digest.update(await readFile(path))
  const classes = await cachedFolder(
    `${name}-${digest.digest('hex').slice(0, 12)}`,
    async (folder) => {
      await execute('javac', ['-cp', join(jars, '*'), '-d', folder, ...paths])
    },
  )
  return [classes, join(jars, '*')].join(delimiter)
}

function pomOf(artifacts: readonly string[]): string {
  const dependencies = artifacts.map((artifact) => {
    const [group, name, version] = artifact.split(':')
    return `    <dependency>
      <groupId>${group}</groupId>
      <artifactId>${name}</artifactId>
      <version>${version}</version>
    </dependency>`
  })
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>local</groupId>
  <artifactId>fetched</artifactId>
  <version>1</version>
  <dependencies>
${dependencies.join('\n')}
  </dependencies>
</project>
`
}
