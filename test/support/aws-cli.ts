import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The `aws` command as it is installed, pointed at servers of this machine by what it reads from its environment. */
export class AwsCli {
  readonly #environment: NodeJS.ProcessEnv
  readonly #folder: string

  /** @param endpoints by the service's name as it stands in `AWS_ENDPOINT_URL_*`. @param folder where `file://` begins. */
  constructor(endpoints: Readonly<Record<string, string>>, folder: string) {
    const urls = Object.entries(endpoints).map(([service, url]) => [
      `AWS_ENDPOINT_URL_${service}`,
      url,
    ])
    this.#folder = folder
    this.#environment = {
      PATH: process.env['PATH'],
      HOME: folder,
      AWS_ACCESS_KEY_ID: 'any',
      AWS_SECRET_ACCESS_KEY: 'any',
      AWS_DEFAULT_REGION: 'us-east-1',
      ...Object.fromEntries(urls),
    }
  }

  /**
   * One call, in the words of AWS's guide.
   * @param line the service, the operation and options, apart by single spaces. @param more options that hold spaces.
   * @returns what it printed; `undefined` for nothing.
   * @throws Error with what it wrote to stderr; where it is not there, how to install it.
   */
  async call<Answer>(line: string, ...more: readonly string[]): Promise<Answer> {
    try {
      const words = [...line.split(' '), ...more, '--output', 'json']
      const options = { env: this.#environment, cwd: this.#folder }
      const { stdout } = await run('aws', words, options)
      return (stdout.trim() === '' ? undefined : JSON.parse(stdout)) as Answer
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      throw new Error('aws does not start: pip install awscli', { cause: error })
    }
  }
}
