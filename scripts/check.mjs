/**
 * `npm run check`: every gate of the project, and the tests of both languages.
 * `--install` (what `npm test` adds) first installs what is missing. `--only NAME,...` runs some of them.
 * The last line counts gates and tests together: `N passed, N failed`.
 */
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { installAndBuild, mustRun, requireNode, ROOT, run } from './lib/steps.mjs';

const only = process.argv.includes('--only')
  ? process.argv[process.argv.indexOf('--only') + 1].split(',')
  : null;

requireNode();
if (process.argv.includes('--install')) await installAndBuild();
else await mustRun('npm', ['run', '--silent', 'build']);
await mustRun(process.execPath, ['bin/fsa.js', 'setup', '--quiet']);
const dev = await run(process.execPath, ['bin/fsa.js', 'setup', '--dev', '--quiet'], {
  capture: true,
  quiet: true,
});
if (dev.code !== 0) {
  console.log(dev.output);
  process.exit(dev.code);
}
const python = dev.output.split('\n')[0].trim();

/** Gates pass or fail as a whole; tests are counted one by one. */
const GATES = [
  ['types', 'npx', ['tsc', '-p', 'tsconfig.json', '--noEmit']],
  ['lint', 'npx', ['eslint', '.']],
  ['format', 'npx', ['biome', 'format', '.']],
  ['walls', 'npx', ['depcruise', '--config', '.dependency-cruiser.cjs', 'src', 'bin']],
  ['dead exports', 'npx', ['knip']],
  ['generated files', process.execPath, ['scripts/generate-schema.mjs', '--check']],
  ['settings page', process.execPath, ['scripts/generate-settings.mjs', '--check']],
  ['package', 'npx', ['publint', '--strict']],
  [
    'ruff',
    python,
    [
      '-m',
      'ruff',
      'check',
      'py_runtime',
      'test/python',
      'scripts',
      'bench',
      '--config',
      'py_runtime/pyproject.toml',
    ],
  ],
  [
    'ruff format',
    python,
    [
      '-m',
      'ruff',
      'format',
      '--check',
      'py_runtime',
      'test/python',
      'scripts',
      'bench',
      '--config',
      'py_runtime/pyproject.toml',
    ],
  ],
  [
    'python walls',
    join(dirname(python), 'lint-imports'),
    ['--config', 'py_runtime/pyproject.toml', '--no-cache'],
    { PYTHONPATH: join(ROOT, 'py_runtime') },
  ],
  ['mypy', python, ['-m', 'mypy', '--config-file', 'py_runtime/pyproject.toml', 'py_runtime/fsa_runtime']],
];

const counts = { passed: 0, failed: 0, skipped: 0 };
const broken = [];

for (const [name, command, args, env] of GATES) {
  if (only !== null && !only.includes(name)) continue;
  const { code, output } = await run(command, args, { capture: true, quiet: true, env });
  console.log(`${code === 0 ? 'ok  ' : 'FAIL'} ${name}`);
  if (code !== 0) console.log(output);
  note(name, code === 0);
}
if (only === null || only.includes('audit')) await auditPackages();
// Both at once: each of them leaves a core idle much of the time.
await Promise.all([
  only === null || only.includes('pytest') ? runPytest() : null,
  only === null || only.includes('vitest') ? runVitest() : null,
]);

if (broken.length > 0) console.log(`\nBroken: ${broken.join(', ')}`);
console.log(
  `${counts.passed} passed, ${counts.failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''}`,
);
process.exit(counts.failed > 0 ? 1 : 0);

/** Where the advisories cannot be asked for, nothing is known: neither passed nor failed. */
async function auditPackages() {
  const { code, output } = await run(process.execPath, ['scripts/audit.mjs'], { capture: true, quiet: true });
  const word = { 0: 'ok  ', 75: 'skip' }[code] ?? 'FAIL';
  console.log(`${word} audit\n${output.replace(/^/gm, '  ').trimEnd()}`);
  if (code === 75) counts.skipped += 1;
  else note('audit', code === 0);
}

function note(name, passed) {
  counts[passed ? 'passed' : 'failed'] += 1;
  if (!passed) broken.push(name);
}

async function runPytest() {
  const xml = join(tmpdir(), `fsa-pytest-${process.pid}.xml`);
  const args = [
    '-m',
    'pytest',
    '-c',
    'py_runtime/pyproject.toml',
    '--rootdir',
    ROOT,
    '--junitxml',
    xml,
    'test/python',
  ];
  const { code, output } = await run(python, args, {
    capture: true,
    quiet: true,
    // Small models gain nothing from a second thread, and lose much where the other core is busy.
    env: { PYTHONPATH: join(ROOT, 'py_runtime'), OMP_NUM_THREADS: '1' },
  });
  const suite = readResult(xml) ?? '';
  const number = (name) => Number(new RegExp(`<testsuite [^>]*\\b${name}="(\\d+)"`).exec(suite)?.[1] ?? 0);
  const bad = number('failures') + number('errors');
  addTests('pytest', code, {
    passed: number('tests') - bad - number('skipped'),
    failed: bad,
    skipped: number('skipped'),
  });
  console.log(output);
}

async function runVitest() {
  const json = join(tmpdir(), `fsa-vitest-${process.pid}.json`);
  const { code } = await run('npx', [
    'vitest',
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${json}`,
  ]);
  const result = JSON.parse(readResult(json) ?? '{}');
  const { numPassedTests = 0, numFailedTests = 0, numPendingTests = 0, numTodoTests = 0 } = result;
  addTests('vitest', code, {
    passed: numPassedTests,
    failed: numFailedTests,
    skipped: numPendingTests + numTodoTests,
  });
}

/** A runner that failed without a failed test (it could not start, a file did not load) counts as one. */
function addTests(name, code, { passed, failed, skipped }) {
  counts.passed += passed;
  counts.failed += failed;
  counts.skipped += skipped;
  if (code !== 0 && failed === 0) note(name, false);
  else if (failed > 0) broken.push(name);
}

function readResult(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  } finally {
    rmSync(path, { force: true });
  }
}
