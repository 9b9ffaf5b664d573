import { execFile } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PY_RUNTIME_FOLDER } from '../../../src/runtime/locate.js';
import { WORKER_PROGRAM } from '../../../src/workers/environment.js';
import { runtimePython } from '../../helpers/python.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

/** Names that the worker imports, of the standard library, of packages and of its own. */
const CANARIES = ['runpy.py', 'tokenize.py', 'psutil.py', 'zmq.py', 'fsa_runtime/__init__.py'];

describe('the working folder', () => {
  it.each([
    ['with PYTHONSAFEPATH', { PYTHONSAFEPATH: '1' }],
    ['without it, as in Python 3.10', {}],
  ])('is never where a worker takes code from, %s', async (_, safe) => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'fsa_runtime'));
    for (const name of CANARIES)
      await writeFile(join(folder, name), `open(${JSON.stringify(`${name.replace('/', '-')}.ran`)}, "w")\n`);
    const env = { PATH: '/usr/bin:/bin', PYTHONPATH: PY_RUNTIME_FOLDER, ...safe };
    const python = await runtimePython();
    const { code, stderr } = await new Promise<{ code: unknown; stderr: string }>((resolve) => {
      execFile(python, [...WORKER_PROGRAM], { cwd: folder, env }, (error, _stdout, text) =>
        resolve({ code: error?.code, stderr: text }),
      );
    });
    // Started by nobody it says so, once everything it is made of has been imported.
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: 'This is a worker of fsa; run `fsa` to start it.\n',
    });
    expect((await readdir(folder)).filter((name) => name.endsWith('.ran'))).toEqual([]);
  });
});
