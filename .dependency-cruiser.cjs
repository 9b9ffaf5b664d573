/**
 * The import rule: rooms stand in rows; an import goes to a lower row or stays in its own room, never to a
 * neighbour and never up. CONTRIBUTING.md draws it.
 */
const ROWS = [
  ['cli'],
  ['server'],
  ['index'],
  ['pipelines'],
  ['report', 'trackers', 'teacher', 'workers', 'scheduler', 'inference'],
  ['runs', 'data', 'hub'],
  ['scoring', 'rpc', 'runtime', 'net'],
  ['storage', 'config'],
  ['tasks', 'events', 'errors'],
  ['printable'],
];

const RULE =
  'An import goes to a lower row of the map or stays in its room, never to a neighbour, never up (CONTRIBUTING.md).';

const ROOM_RULE =
  'A file in src lies in a room that is on the map; a new room is added to the map first (CONTRIBUTING.md).';

const place = (name) => `^src/${name}(/|\\.ts$)`;
const rows = ROWS.flatMap((row, level) =>
  row.map((room) => ({
    name: `${room}-looks-only-down`,
    comment: RULE,
    severity: 'error',
    from: { path: place(room) },
    to: { path: '^src/', pathNot: [room, ...ROWS.slice(level + 1).flat()].map(place) },
  })),
);
const only = (name, pkg, path) => ({
  name,
  comment: 'A package that a room hides is imported there and nowhere else.',
  severity: 'error',
  from: { path: '^src', pathNot: path },
  to: { path: `node_modules/${pkg}/` },
});
module.exports = {
  forbidden: [
    ...rows,
    {
      name: 'every-file-has-a-room',
      comment: ROOM_RULE,
      severity: 'error',
      from: { path: '^src/', pathNot: ROWS.flat().map(place) },
      to: {},
    },
    {
      name: 'every-imported-file-has-a-room',
      comment: ROOM_RULE,
      severity: 'error',
      from: {},
      to: { path: '^src/', pathNot: ROWS.flat().map(place) },
    },
    {
      name: 'every-lone-file-has-a-room',
      comment: ROOM_RULE,
      severity: 'error',
      from: { orphan: true, path: '^src/', pathNot: ROWS.flat().map(place) },
      to: {},
    },
    {
      name: 'index-is-for-outsiders',
      comment: 'Only the command line and the server use the library from outside.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(cli|server)/' },
      to: { path: '^src/index\\.ts$' },
    },
    only('zeromq-behind-rpc', 'zeromq', '^src/rpc/'),
    only('pythonia-behind-bridge', 'pythonia', '^src/runtime/bridge\\.ts$'),
    only('hub-behind-hub', '@huggingface/hub', '^src/hub/'),
    only('listr2-behind-render', 'listr2', '^src/cli/render/'),
    only('commander-behind-cli', 'commander', '^src/cli/'),
    only('undici-behind-net', 'undici', '^src/net/'),
    {
      name: 'no-circles',
      comment: 'Two files that need each other are one file, or a third.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    { name: 'no-missing', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'default', 'types'] },
  },
};
