import type { Member, Members, Rule } from '../mapping/setting-rule.ts'

const HERE = 'not supported by this version of Millrace'

/** A setting that is known, and refused. */
export const refused = (message: string): Member => ({
  description: `Refused: ${message}`,
  rule: { kind: 'refused', message },
})

/** The same for want of what it needs. */
export const notSupported = (name: string): Member => refused(`${name} is ${HERE}`)

const only = (rule: Rule, value: unknown, message: string): Member => ({
  description: `Only ${JSON.stringify(value)}: ${message}`,
  rule,
  only: { value, message },
})

const object = (members: Members): Member => ({
  description: 'Only what holds anyway.',
  rule: { kind: 'object', members },
})

const TEXT: Rule = { kind: 'text' }
const TEXTS: Rule = { kind: 'list', of: TEXT }
const FILE_SYSTEM: Rule = {
  kind: 'object',
  members: {
    Arn: { description: 'An access point.', rule: TEXT },
    LocalMountPath: { description: 'A path.', rule: TEXT },
  },
}

/**
 * Settings of functions that have no effect here: they may say what holds anyway, as tools do that send all of them, and
 * nothing else. @source D18
 */
export const FIXED_FUNCTION_MEMBERS: Members = {
  VpcConfig: object({
    SubnetIds: only(TEXTS, [], `Subnets are ${HERE}`),
    SecurityGroupIds: only(TEXTS, [], `Security groups are ${HERE}`),
    Ipv6AllowedForDualStack: only({ kind: 'boolean' }, false, `Networks are ${HERE}`),
  }),
  DeadLetterConfig: object({ TargetArn: only(TEXT, '', `DeadLetterConfig is ${HERE}`) }),
  KMSKeyArn: only(TEXT, '', 'KMSKeyArn is not supported: Millrace has no key service'),
  TracingConfig: object({
    Mode: only(
      { kind: 'choice', values: ['Active', 'PassThrough'] },
      'PassThrough',
      `Tracing is ${HERE}`,
    ),
  }),
  Layers: only(TEXTS, [], `Layers are ${HERE}`),
  FileSystemConfigs: only({ kind: 'list', of: FILE_SYSTEM }, [], `File systems are ${HERE}`),
  EphemeralStorage: object({
    Size: only(
      { kind: 'integer', min: 512, max: 10_240 },
      512,
      'EphemeralStorage is not supported: /tmp is that of the machine',
    ),
  }),
  SnapStart: object({
    ApplyOn: only(
      { kind: 'choice', values: ['PublishedVersions', 'None'] },
      'None',
      `SnapStart is ${HERE}`,
    ),
  }),
  LoggingConfig: object({
    LogFormat: only(
      { kind: 'choice', values: ['JSON', 'Text'] },
      'Text',
      `LogFormat JSON is ${HERE}`,
    ),
    ApplicationLogLevel: notSupported('ApplicationLogLevel'),
    SystemLogLevel: notSupported('SystemLogLevel'),
    LogGroup: notSupported('LogGroup'),
  }),
  ImageConfig: notSupported('ImageConfig'),
  CodeSigningConfigArn: notSupported('CodeSigningConfigArn'),
  TenancyConfig: notSupported('TenancyConfig'),
  CapacityProviderConfig: notSupported('CapacityProviderConfig'),
  DurableConfig: notSupported('DurableConfig'),
}
