/**
 * `npm run audit`: asks for known weaknesses of what users install: the npm packages, and the Python packages
 * that the runtime pins. Ends with 0 where there are none, 1 where there are some, 75 where a registry could
 * not be asked (no network, or it refuses): that is no all-clear, and `npm run check` counts it as skipped.
 *
 * pip-audit is used where it is on the PATH; otherwise it is installed into node_modules/.cache.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './lib/steps.mjs';

const PIP_AUDIT = 'pip-audit==2.10.1';
const PIP_AUDIT_FOLDER = join(ROOT, 'node_modules/.cache/fsa-pip-audit');
const NOT_ASKED = 75;
const LIMIT_MILLISECONDS = 180_000;

const answers = { npm: auditNpm(), pip: auditPython() };
for (const [name, { state, words }] of Object.entries(answers)) console.log(`${state} ${name}: ${words}`);
const states = Object.values(answers).map(({ state }) => state);
process.exit(states.includes('FAIL') ? 1 : states.includes('skip') ? NOT_ASKED : 0);

function auditNpm() {
  const { stdout } = ask('npm', ['audit', '--omit=dev', '--json']);
  const answer = parseJson(stdout);
  const counts = answer?.metadata?.vulnerabilities;
  if (counts === undefined) return skip(answer?.message ?? answer?.error?.summary ?? 'npm gave no answer');
  if (counts.total === 0) return { state: 'ok  ', words: 'no known weakness in the packages of a user' };
  const found = Object.values(answer.vulnerabilities ?? {}).map(
    ({ name, severity }) => `${name} (${severity})`,
  );
  return { state: 'FAIL', words: found.join(', ') };
}

function auditPython() {
  const command = findPipAudit();
  if (command === null) return skip(`${PIP_AUDIT} is not there and could not be installed`);
  const folder = mkdtempSync(join(tmpdir(), 'fsa-audit-'));
  try {
    const pins = join(folder, 'requirements.txt');
    writeFileSync(pins, pinnedPackages());
    const how = ['--no-deps', '--disable-pip', '--progress-spinner', 'off', '--format', 'json'];
    return judgePython(ask(command, ['--requirement', pins, ...how]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** pip-audit calls a package that its service knows nothing of "skipped" and ends with an all-clear. */
function judgePython({ stdout, stderr }) {
  const packages = parseJson(stdout)?.dependencies;
  if (packages === undefined) return skip(stderr.trim().split('\n').at(-1) || 'pip-audit gave no answer');
  const weak = packages.filter(({ vulns }) => vulns?.length > 0);
  if (weak.length > 0) {
    const named = weak.map(
      ({ name, version, vulns }) => `${name} ${version} (${vulns.map(({ id }) => id).join(', ')})`,
    );
    return { state: 'FAIL', words: named.join(', ') };
  }
  const unknown = packages.filter(({ skip_reason: reason }) => reason !== undefined);
  if (unknown.length > 0)
    return skip(
      `${unknown.length} of ${packages.length} packages were not looked up: ${unknown[0].skip_reason}`,
    );
  return { state: 'ok  ', words: `no known weakness in ${packages.length} pinned packages` };
}

/** The lock without its hashes: torch has none, and pip-audit wants them for all packages or for none. */
function pinnedPackages() {
  const lines = readFileSync(join(ROOT, 'py_runtime/requirements.lock'), 'utf8').split('\n');
  return lines
    .filter((line) => /^[A-Za-z0-9._-]+==/.test(line))
    .map((line) => `${line.replace(/\s*\\$/, '')}\n`)
    .join('');
}

function findPipAudit() {
  if (ask('pip-audit', ['--version']).status === 0) return 'pip-audit';
  const bin = join(PIP_AUDIT_FOLDER, process.platform === 'win32' ? 'Scripts' : 'bin');
  const installed = join(bin, 'pip-audit');
  if (existsSync(installed)) return installed;
  const python = process.platform === 'win32' ? 'python' : 'python3';
  if (ask(python, ['-m', 'venv', PIP_AUDIT_FOLDER]).status !== 0) return null;
  const install = ask(join(bin, 'python'), ['-m', 'pip', 'install', '--quiet', PIP_AUDIT]);
  return install.status === 0 && existsSync(installed) ? installed : null;
}

function ask(command, args) {
  const options = { cwd: ROOT, encoding: 'utf8', timeout: LIMIT_MILLISECONDS, maxBuffer: 1 << 28 };
  const { status, stdout, stderr } = spawnSync(command, args, options);
  return { status, stdout: stdout ?? '', stderr: stderr ?? '' };
}

function parseJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function skip(why) {
  return { state: 'skip', words: `the advisories could not be asked for: ${why}` };
}
