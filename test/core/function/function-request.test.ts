import t from 'tap'
import {
  parseCreateFunction,
  parseRequest,
  parseUpdateCode,
  parseUpdateConfiguration,
} from '../../../lib/core/function/function-request.ts'
import {
  CONCURRENCY_RULE,
  CREATE_ALIAS_RULE,
  UPDATE_ALIAS_RULE,
} from '../../../lib/core/function/version-request-table.ts'

const ROLE = 'arn:aws:iam::000000000000:role/any'
const REQUEST = {
  FunctionName: 'fn',
  Runtime: 'nodejs20.x',
  Handler: 'index.handler',
  Role: ROLE,
  Code: { ZipFile: 'AAAA' },
}

t.test('CreateFunction: AWS’s defaults, and what tools send that holds anyway', (t) => {
  const wanted = {
    functionName: 'fn',
    configuration: {
      description: '',
      timeoutSeconds: 3,
      memorySizeMegabytes: 128,
      runtime: 'nodejs20.x',
      handler: 'index.handler',
      role: ROLE,
      architecture: 'x86_64',
    },
    zip: 'AAAA',
    publish: false,
    tags: {},
  }
  t.strictSame(parseCreateFunction(REQUEST), wanted)
  const everything = {
    ...REQUEST,
    PackageType: 'Zip',
    Architectures: ['x86_64'],
    TracingConfig: { Mode: 'PassThrough' },
    EphemeralStorage: { Size: 512 },
    SnapStart: { ApplyOn: 'None' },
    LoggingConfig: { LogFormat: 'Text' },
    VpcConfig: { SubnetIds: [], SecurityGroupIds: [], Ipv6AllowedForDualStack: false },
    DeadLetterConfig: {},
    Layers: [],
    FileSystemConfigs: [],
    KMSKeyArn: '',
    Publish: false,
  }
  t.strictSame(parseCreateFunction(everything), wanted)
  const bytes = Buffer.from('PK')
  t.equal(parseCreateFunction({ ...REQUEST, Code: { ZipFile: bytes } }).zip, bytes, 'or bytes')
  t.end()
})

t.test('what would be without effect is refused, as is what breaks its rule (D18)', (t) => {
  const V = 'ValidationException'
  const P = 'InvalidParameterValueException'
  const enumOf =
    /^Value .* at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: \[nodejs24\.x, .*\] or be a valid ARN$/
  const rows: [object, string, RegExp][] = [
    [{ Runtime: 'nodejs99.x' }, P, enumOf],
    [{ Runtime: 'python3.12' }, P, enumOf],
    [{ Runtime: null }, P, /^Runtime and Handler are mandatory parameters/],
    [{ Handler: undefined }, P, /^Runtime and Handler are mandatory parameters/],
    [{ Handler: '../x.handler' }, V, /at 'handler'/],
    [
      { Role: 'r1' },
      V,
      /Value 'r1' at 'role' .* pattern: arn:\(aws\[a-zA-Z-\]\*\)\?:iam::\\d\{12\}:role\/\?/,
    ],
    [{ Role: undefined }, P, /Value null at 'role'/],
    [{ Timeout: 901 }, V, /Value '901' at 'timeout' .* less than or equal to 900/],
    [{ Timeout: 0 }, V, /greater than or equal to 1/],
    [{ MemorySize: 127 }, V, /at 'memorySize' .* greater than or equal to 128/],
    [
      { Architectures: ['x86_64', 'arm64'] },
      V,
      /Value '\[x86_64, arm64\]' at 'architectures' .* length less than or equal to 1/,
    ],
    [
      { Architectures: ['X86_64'] },
      V,
      /Value '\[X86_64\]' at 'architectures' .*\[Member must satisfy enum value set: \[x86_64, arm64\], Member must not be null\]/,
    ],
    [{ PackageType: 'Image' }, P, /images are not supported/],
    [{ Code: { S3Bucket: 'b', S3Key: 'k' } }, P, /^Code in S3 is not supported/],
    [{ Code: { ImageUri: 'i' } }, P, /^Container images are not supported/],
    [{ Code: undefined }, P, /Value null at 'code'/],
    [{ Layers: ['arn:aws:lambda:us-east-1:0:layer:l:1'] }, P, /^Layers are not supported/],
    [{ VpcConfig: { SubnetIds: ['subnet-1'] } }, P, /^Subnets are not supported/],
    [{ TracingConfig: { Mode: 'Active' } }, P, /^Tracing is not supported/],
    [{ EphemeralStorage: { Size: 1024 } }, P, /^EphemeralStorage is not supported/],
    [{ DeadLetterConfig: { TargetArn: 'arn:aws:sqs:us-east-1:0:q' } }, P, /^DeadLetterConfig/],
    [{ CodeSigningConfigArn: 'x' }, P, /^CodeSigningConfigArn is not supported/],
    [{ LoggingConfig: { LogFormat: 'JSON' } }, P, /^LogFormat JSON is not supported/],
    [{ Nonsense: 1 }, V, /^Unknown member 'nonsense'/],
    [{ __proto__x: 1 }, V, /^Unknown member/],
    [
      { Environment: { Variables: { AWS_REGION: 'x' } } },
      P,
      /reserved keys .* in this request: AWS_REGION$/,
    ],
    [{ Environment: { Variables: { LONG: 'x'.repeat(4096) } } }, P, /exceeded the 4KB limit/],
    [{ Environment: { Variables: { '1A': 'x' } } }, V, /Map key must be/],
    [{ Environment: { Variables: { AB: 1 } } }, V, /at 'environment\.variables\.aB'/],
  ]
  for (const [more, exception, message] of rows)
    t.throws(
      () => parseCreateFunction({ ...REQUEST, ...more }),
      { exception, message },
      JSON.stringify(more).slice(0, 60),
    )
  for (const input of [null, 1, 'x', []]) t.throws(() => parseCreateFunction(input), /./)
  t.end()
})

t.test('an update says what changes, and nothing else', (t) => {
  t.strictSame(parseUpdateConfiguration({}), { change: {}, revisionId: undefined })
  t.strictSame(parseUpdateConfiguration({ Environment: {}, Description: '', RevisionId: 'r' }), {
    change: { environment: {}, description: '' },
    revisionId: 'r',
  })
  t.throws(() => parseUpdateConfiguration({ Layers: ['l'] }), /Layers are not supported/)
  t.end()
})

t.test('new code, with or without its surroundings', (t) => {
  t.strictSame(parseUpdateCode({ ZipFile: 'AA==' }), { zip: 'AA==', publish: false, dryRun: false })
  const all = {
    ZipFile: 'AA==',
    Publish: true,
    DryRun: true,
    RevisionId: 'r',
    Architectures: ['arm64'],
  }
  t.strictSame(parseUpdateCode(all), {
    zip: 'AA==',
    publish: true,
    dryRun: true,
    architecture: 'arm64',
    revisionId: 'r',
  })
  t.throws(() => parseUpdateCode({ S3Bucket: 'b' }), /^Error|Code in S3 is not supported/)
  t.end()
})

t.test('aliases point to one version; no number names one', (t) => {
  const alias = { Name: 'prod', FunctionVersion: '1' }
  t.equal(
    parseRequest({ ...alias, RoutingConfig: { AdditionalVersionWeights: {} } }, CREATE_ALIAS_RULE)
      .Name,
    'prod',
  )
  t.throws(() => parseRequest({ ...alias, Name: '2024' }, CREATE_ALIAS_RULE), {
    exception: 'ValidationException',
    message:
      "1 validation error detected: Value '2024' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)",
  })
  const weights = { RoutingConfig: { AdditionalVersionWeights: { '2': 0.5 } } }
  for (const rule of [CREATE_ALIAS_RULE, UPDATE_ALIAS_RULE])
    t.throws(
      () => parseRequest(rule === CREATE_ALIAS_RULE ? { ...alias, ...weights } : weights, rule),
      {
        exception: 'InvalidParameterValueException',
        message: /^RoutingConfig is not supported/,
      },
    )
  t.throws(() => parseRequest({ ...alias, FunctionVersion: 'x' }, CREATE_ALIAS_RULE), /pattern/)
  t.end()
})

t.test('limits are whole numbers', (t) => {
  for (const given of [-1, 1.5, '1', null])
    t.throws(
      () => parseRequest({ ReservedConcurrentExecutions: given }, CONCURRENCY_RULE),
      /reservedConcurrentExecutions/,
    )
  t.end()
})
