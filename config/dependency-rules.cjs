// Imports run one way (docs/architecture.md). Each comment says what to do instead.
const implementations = ['sources', 'functions', 'state', 'destinations']
const layer = (name, mayImport, comment) => ({
  name: `${name}-imports`,
  severity: 'error',
  comment,
  from: { path: `^lib/${name}/` },
  to: { path: '^lib/', pathNot: `^lib/(${[name, ...mayImport].join('|')})/` },
})
const noOutside = (name, comment) => ({
  name: `${name}-has-no-outside`,
  severity: 'error',
  comment,
  from: { path: `^lib/${name}/` },
  to: {
    dependencyTypes: [
      'core',
      'npm',
      'npm-dev',
      'npm-optional',
      'npm-peer',
      'npm-no-pkg',
      'npm-unknown',
    ],
  },
})
module.exports = {
  forbidden: [
    layer('core', [], 'core decides and never acts. Return an effect; let an actor run it.'),
    layer('ports', ['core'], 'a port is an interface in the words of core.'),
    layer('codec', ['core'], 'codec turns domain values into bytes and back, nothing else.'),
    layer(
      'lmdb',
      ['core'],
      'lmdb is what both users of LMDB need to know of it, and nothing of theirs.',
    ),
    layer('actors', ['core', 'ports'], 'an actor reaches the world through a port.'),
    ...implementations.map((name) =>
      layer(
        name,
        ['core', 'ports', 'codec', 'lmdb'],
        'an implementation implements a port; engine wires it in.',
      ),
    ),
    layer(
      'engine',
      ['core', 'ports', 'codec', 'actors', ...implementations],
      'engine knows no surface and no file format.',
    ),
    layer('settings', ['core', 'engine'], 'settings produce engine options; they start nothing.'),
    layer('api', ['core', 'engine', 'settings'], 'a surface talks to the engine only.'),
    layer('cli', ['core', 'engine', 'settings', 'api'], 'a surface talks to the engine only.'),
    noOutside('core', 'that is what makes core testable by seed.'),
    noOutside('ports', 'ports are types.'),
    noOutside('actors', 'actors get timers, files and sockets through ports.'),
    {
      name: 'implementations-are-strangers',
      severity: 'error',
      comment: 'share through codec, lmdb or core.',
      from: { path: '^lib/(sources|functions|state|destinations)/([^/]+)/' },
      to: { path: '^lib/(sources|functions|state|destinations)/', pathNot: '^lib/$1/$2/' },
    },
    {
      name: 'no-cycle',
      severity: 'error',
      comment: 'type-only cycles count: move the type down one layer.',
      from: {},
      to: { circular: true },
    },
    {
      name: 'lib-never-imports-tests',
      severity: 'error',
      comment: 'move the helper to test/support. Only cli/bench*.ts may import bench/.',
      from: { path: '^lib/', pathNot: '^lib/cli/bench[a-z-]*\\.ts$' },
      to: { path: '^(test|bench)/' },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.mjs'] },
    doNotFollow: { path: 'node_modules' },
  },
}
