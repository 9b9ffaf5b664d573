// Pins py_runtime/requirements.in and what is installed on top of it (requirements-dev.in for the tests,
// requirements-export.in for `fsa export`), with everything below them, in one lock file each, for every
// Python and system that fsa supports at once (environment markers tell them apart).
//
//   node scripts/make-lock.mjs             keeps the versions of the present locks where they still fit
//   node scripts/make-lock.mjs --upgrade   moves every package to its newest release
//   node scripts/make-lock.mjs --verify    only asks whether each supported system finds a wheel of every pin
//
// Needs Python 3 and the network: the resolver (uv) is installed into a folder that is thrown away.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const UV = 'uv==0.13.9';
const OLDEST_PYTHON = '3.10';
/** What lies on top of the runtime, each in an environment of its own. */
const EXTRAS = ['dev', 'export'];
const PYTHONS = ['3.10', '3.11', '3.12', '3.13', '3.14'];
const SYSTEMS = [
  'x86_64-manylinux_2_28',
  'aarch64-manylinux_2_28',
  'aarch64-apple-darwin',
  'x86_64-pc-windows-msvc',
];
/** What torch's build for one machine brings along and its build for another does not. */
const BROUGHT_BY_TORCH = /^(nvidia-|cuda-|triton$|pytorch-triton)/;

const folder = join(import.meta.dirname, '../py_runtime');
const scratch = mkdtempSync(join(tmpdir(), 'fsa-lock-'));
try {
  const uv = installUv();
  if (process.argv.includes('--verify')) verifyLocks(uv);
  else makeLocks(uv);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

function installUv() {
  const bin = join(scratch, 'venv', process.platform === 'win32' ? 'Scripts' : 'bin');
  execFileSync(process.platform === 'win32' ? 'python' : 'python3', ['-m', 'venv', join(scratch, 'venv')]);
  execFileSync(join(bin, 'python'), ['-m', 'pip', 'install', '--quiet', UV], { stdio: 'inherit' });
  return join(bin, 'uv');
}

function makeLocks(uv) {
  const main = resolvePins(uv, ['requirements.in'], 'requirements.lock');
  writeLock('requirements.lock', main, 'requirements.in');
  for (const extra of EXTRAS) {
    const pins = resolveOnTop(uv, main, extra);
    writeLock(`requirements-${extra}.lock`, pins, `requirements-${extra}.in, on top of requirements.lock`);
  }
}

/** The pins of one extra that the runtime does not have already. */
function resolveOnTop(uv, main, extra) {
  const everything = resolvePins(
    uv,
    ['requirements.in', `requirements-${extra}.in`, '--constraints', join(scratch, 'requirements.lock.raw')],
    `requirements-${extra}.lock`,
  );
  const runtimePins = new Set(main.map(({ requirement }) => requirement));
  const names = new Set(main.map(({ name }) => name));
  const pins = everything.filter(({ requirement }) => !runtimePins.has(requirement));
  const drifted = pins.filter(({ name }) => names.has(name));
  if (drifted.length > 0) throw new Error(`Two locks disagree about ${drifted.map((pin) => pin.name)}`);
  return pins;
}

/** Resolves requirement files for all Pythons and systems; entries sorted by name. */
function resolvePins(uv, inputs, lockName) {
  const output = join(scratch, `${lockName}.raw`);
  const upgrade = process.argv.includes('--upgrade');
  if (!upgrade && existsSync(join(folder, lockName))) {
    writeFileSync(output, readFileSync(join(folder, lockName)));
  }
  const flags = ['--universal', '--python-version', OLDEST_PYTHON, '--generate-hashes'];
  const quiet = ['--no-header', '--no-annotate', '--no-config', '--quiet'];
  execFileSync(
    uv,
    ['pip', 'compile', ...inputs, ...flags, ...quiet, ...(upgrade ? ['--upgrade'] : []), '-o', output],
    { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] },
  );
  return parsePins(readFileSync(output, 'utf8')).filter(({ name }) => !BROUGHT_BY_TORCH.test(name));
}

function parsePins(text) {
  const lines = text.replaceAll('\\\n', ' ').split('\n');
  return lines
    .filter((line) => /^[a-z0-9]/i.test(line))
    .map((line) => {
      const requirement = line.split(/\s+--hash=/, 1)[0].trim();
      const hashes = line.match(/--hash=\S+/g) ?? [];
      return { name: requirement.split('==')[0], requirement, hashes };
    })
    .filter(({ requirement }) => !/'pypy'|sys_platform == 'emscripten'/.test(requirement))
    .map((pin) => ({ ...pin, requirement: withoutEmscripten(pin.requirement) }));
}

/** fsa runs on CPython on Linux, macOS and Windows: what excludes other places says nothing. */
function withoutEmscripten(requirement) {
  return requirement
    .replace(" and sys_platform != 'emscripten'", '')
    .replace(/ ; sys_platform != 'emscripten'$/, '');
}

function writeLock(name, pins, source) {
  const entries = pins.map(({ name: pkg, requirement, hashes }) =>
    // torch's wheel depends on the machine (CPU, CUDA, ROCm), so its hash cannot be fixed here.
    pkg === 'torch' ? requirement : [requirement, ...hashes].join(' \\\n    '),
  );
  const header = `# Made by scripts/make-lock.mjs from ${source}: do not edit.`;
  writeFileSync(join(folder, name), `${[header, ...entries].join('\n')}\n`);
}

function verifyLocks(uv) {
  const pinned = ['requirements.lock', ...EXTRAS.map((extra) => `requirements-${extra}.lock`)]
    .flatMap((name) => parsePins(readFileSync(join(folder, name), 'utf8')))
    .filter(({ name }) => name !== 'torch');
  const input = join(scratch, 'pins.txt');
  writeFileSync(input, pinned.map(({ requirement }) => requirement).join('\n'));
  for (const system of SYSTEMS) {
    for (const python of PYTHONS) {
      const target = ['--python-version', python, '--python-platform', system];
      const flags = [
        '--no-deps',
        '--only-binary',
        ':all:',
        '--no-config',
        '--quiet',
        '-o',
        join(scratch, 'out'),
      ];
      execFileSync(uv, ['pip', 'compile', input, ...target, ...flags], {
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      process.stderr.write(`ok  Python ${python} on ${system}\n`);
    }
  }
}
