import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'

/** Asks the default chain in a process of its own, as an engine without keys in its environment does. */
async function ask(environment: NodeJS.ProcessEnv): Promise<{ stdout: string; stderr: string }> {
  const module = (name: string) =>
    JSON.stringify(
      new URL(`../../../lib/sources/dynamodb-streams/${name}.js`, import.meta.url).href,
    )
  const program = `
    import { createCredentialSource } from ${module('credentials')}
    import { resolveEndpoint } from ${module('endpoint')}
    const ask = createCredentialSource(resolveEndpoint({}, {}), {})
    console.log(JSON.stringify(await ask().catch((error) => error.name)))
  `
  const env = { PATH: process.env['PATH'], AWS_EC2_METADATA_DISABLED: 'true', ...environment }
  return promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], { env })
}

const ROLE = 'arn:aws:iam::000000000000:role/reader'

t.test('the default chain finds what the SDK finds, and says nothing on stderr', async (t) => {
  const folder = t.testdir({
    credentials: '[work]\naws_access_key_id = FILE\naws_secret_access_key = secret\n',
    config: `[profile work]\nregion = eu-west-1\n[profile role]\nrole_arn = ${ROLE}\nsource_profile = work\n`,
  })
  const files = {
    AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'),
    AWS_CONFIG_FILE: join(folder, 'config'),
  }
  const found = await ask({ ...files, AWS_PROFILE: 'work' })
  t.match(JSON.parse(found.stdout), { accessKeyId: 'FILE', secretAccessKey: 'secret' })
  t.equal(found.stderr, '')
  const missing = await ask(files)
  t.equal(JSON.parse(missing.stdout), 'CredentialsProviderError')
  t.equal(missing.stderr, '')
  // To assume a role the SDK builds a client, and that is where it warns about the Node version. Nobody listens there.
  const sts = { AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:1', AWS_MAX_ATTEMPTS: '1' }
  const role = await ask({ ...files, ...sts, AWS_PROFILE: 'role' })
  t.type(JSON.parse(role.stdout), 'string')
  t.equal(role.stderr, '')
})
