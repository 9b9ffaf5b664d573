/** Running commands one after the other, for the scripts of this folder. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '../..');

/**
 * Runs a command in the project's folder.
 * @param {string} command
 * @param {string[]} args
 * @param {{ env?: Record<string, string>, capture?: boolean, quiet?: boolean }} [options] `capture`: give the output back as well as showing it
 * @returns {Promise<{ code: number, output: string }>}
 */
export function run(command, args, options = {}) {
  const { env = {}, capture = false, quiet = false } = options;
  return new Promise((done, fail) => {
    const stdio = capture ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'];
    const child = spawn(command, args, { cwd: ROOT, stdio, env: { ...process.env, ...env } });
    let output = '';
    for (const [stream, sink] of [
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ]) {
      stream?.on('data', (chunk) => {
        output += chunk;
        if (!quiet) sink.write(chunk);
      });
    }
    child.on('error', fail);
    child.on('close', (code) => done({ code: code ?? 1, output }));
  });
}

/** Runs a command and ends the script with its exit code when it fails. */
export async function mustRun(command, args, options) {
  const { code } = await run(command, args, options);
  if (code !== 0) process.exit(code);
}

export function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  console.error(
    `fsa needs Node 20.19 or newer; this is ${process.versions.node}. Install a newer Node and run the command again.`,
  );
  process.exit(2);
}

/** Installs the npm packages where they are missing or older than the lock file, and compiles. */
export async function installAndBuild() {
  if (!packagesAreThere()) await mustRun('npm', ['ci', '--no-audit', '--no-fund']);
  await mustRun('npm', ['run', '--silent', 'build']);
}

/** npm writes node_modules/.package-lock.json last: it names what is installed. */
function packagesAreThere() {
  const installed = join(ROOT, 'node_modules/.package-lock.json');
  if (!existsSync(installed)) return false;
  const wanted = join(ROOT, 'package-lock.json');
  if (statSync(installed).mtimeMs >= statSync(wanted).mtimeMs) return true;
  const versions = (path) => {
    const { packages } = JSON.parse(readFileSync(path, 'utf8'));
    return Object.entries(packages)
      .filter(([name]) => name !== '')
      .map(([name, { version }]) => `${name}@${version}`);
  };
  const there = new Set(versions(installed));
  // Packages for other systems stand in the lock and are rightly not there.
  const { packages } = JSON.parse(readFileSync(wanted, 'utf8'));
  return Object.entries(packages).every(
    ([name, { version, optional }]) => name === '' || optional || there.has(`${name}@${version}`),
  );
}
