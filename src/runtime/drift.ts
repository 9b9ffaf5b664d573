/**
 * Whether a runtime is still what was installed, seen without starting Python: one folder listing.
 * `fsa doctor` asks the interpreter itself.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FsaError } from '../errors.js';
import { readRuntime, sitePackagesOf, type Runtime } from './locate.js';
import { isThere } from '../storage/is-there.js';

/**
 * The runtime for this lock, seen to be as it was made.
 * @throws FsaError RUNTIME when it is missing, damaged, or its packages were changed afterwards
 */
export async function requireRuntime(): Promise<Runtime> {
  const runtime = await readRuntime();
  const problems = await findDrift(runtime);
  if (problems.length === 0) return runtime;
  throw new FsaError('RUNTIME', 'The Python runtime is no longer what `fsa setup` made.', {
    where: runtime.folder,
    problems: problems.slice(0, 10),
    advice: 'Run `fsa setup --force` to make it again.',
  });
}

/** One sentence for each package that is gone or changed; packages that were added do not count. */
export async function findDrift(runtime: Runtime): Promise<string[]> {
  const venv = join(runtime.folder, runtime.venv);
  for (const path of [runtime.python, join(venv, 'pyvenv.cfg')]) {
    if (!(await isThere(path))) {
      const hint = path === runtime.python ? `; it was made from ${runtime.basePython}` : '';
      return [`${path} cannot be reached${hint}`];
    }
  }
  const installed = await listInstalled(sitePackagesOf(runtime));
  return Object.entries(runtime.packages).flatMap(([name, version]) => {
    const found = installed.get(name) ?? [];
    if (found.length === 1 && found[0] === version) return [];
    return [`${name} was ${version} and is now ${found.length === 0 ? 'gone' : found.join(' and ')}`];
  });
}

async function listInstalled(sitePackages: string): Promise<Map<string, string[]>> {
  const installed = new Map<string, string[]>();
  for (const entry of await readdir(sitePackages).catch(() => [])) {
    const match = /^(.+)-([^-]+)\.(dist|egg)-info$/.exec(entry);
    if (match === null) continue;
    const name = canonicalName(match[1] ?? '');
    installed.set(name, [...(installed.get(name) ?? []), match[2] ?? '']);
  }
  return installed;
}

/** PEP 503: runs of `-`, `_` and `.` are the same. */
function canonicalName(name: string): string {
  return name.toLowerCase().replaceAll(/[-_.]+/g, '-');
}
