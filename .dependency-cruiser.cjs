/** The walls of the house: imports point down, and sideways only where the map allows it. */
const rooms = {
  cli: ['index', 'errors', 'events', 'config'],
  pipelines: [
    'scheduler',
    'hub',
    'data',
    'scoring',
    'report',
    'runs',
    'workers',
    'rpc',
    'runtime',
    'config',
    'events',
    'errors',
    'storage',
  ],
  scheduler: ['storage', 'config', 'events', 'errors'],
  hub: ['storage', 'config', 'events', 'errors'],
  data: ['storage', 'config', 'events', 'errors'],
  scoring: ['storage', 'config', 'events', 'errors'],
  runs: ['scoring', 'storage', 'config', 'events', 'errors'],
  report: ['runs', 'scoring', 'storage', 'config', 'events', 'errors'],
  workers: ['rpc', 'runtime', 'storage', 'config', 'events', 'errors'],
  rpc: ['storage', 'config', 'events', 'errors'],
  runtime: ['storage', 'config', 'events', 'errors'],
  storage: ['errors'],
  config: ['errors'],
};
const file = (name) => `^src/${name}(/|\\.ts$)`;
const walls = Object.entries(rooms).map(([room, allowed]) => ({
  name: `${room}-looks-only-down`,
  severity: 'error',
  from: { path: `^src/${room}/` },
  to: { path: '^src/', pathNot: [room, ...allowed].map(file) },
}));
const only = (name, pkg, path) => ({
  name,
  severity: 'error',
  from: { path: '^src', pathNot: path },
  to: { path: `node_modules/${pkg}/` },
});
module.exports = {
  forbidden: [
    ...walls,
    {
      name: 'events-and-errors-stand-at-the-bottom',
      severity: 'error',
      from: { path: '^src/(events|errors)\\.ts$' },
      to: { path: '^src/', pathNot: '^src/(events|errors)\\.ts$' },
    },
    {
      name: 'index-is-for-outsiders',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/cli/' },
      to: { path: '^src/index\\.ts$' },
    },
    only('zeromq-behind-rpc', 'zeromq', '^src/rpc/'),
    only('pythonia-behind-bridge', 'pythonia', '^src/runtime/bridge\\.ts$'),
    only('hub-behind-hub', '@huggingface/hub', '^src/hub/'),
    only('listr2-behind-render', 'listr2', '^src/cli/render/'),
    only('commander-behind-cli', 'commander', '^src/cli/'),
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-missing', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'default', 'types'] },
  },
};
