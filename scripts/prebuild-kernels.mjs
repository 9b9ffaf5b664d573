/**
 * What `npm pack` runs last: compiles the C++ passes into the folder that goes into the package, for Linux on x86-64
 * and every level of processor, so that users need no compiler. Without a compiler, or elsewhere, the package goes
 * without them and says so. Needs a `python3`, with nothing in it.
 */
import { readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ROOT, run } from './lib/steps.mjs';

const ROOM = join(ROOT, 'py_runtime/fsa_runtime/kernels');
const PREBUILT = join(ROOM, 'prebuilt');

const build = await run('python3', ['-I', '-B', join(ROOM, 'build.py'), PREBUILT], {
  capture: true,
  quiet: true,
}).catch((error) => ({ code: 1, output: String(error) }));
const { path, reason } = build.code === 0 ? JSON.parse(build.output) : { path: null, reason: build.output };
// Of other sources: the package has room for one.
for (const name of readdirNames(PREBUILT)) {
  if (path === null || name !== basename(path)) rmSync(join(PREBUILT, name), { recursive: true });
}
console.error(path === null ? `The package has no C++ passes: ${reason}` : `C++ passes: ${path}`);

/** Empty where the folder is not there. */
function readdirNames(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
