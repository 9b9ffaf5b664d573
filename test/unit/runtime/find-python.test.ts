import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { isFsaError } from '../../../src/errors.js';
import { findPython } from '../../../src/runtime/find-python.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

/** A program that answers as an interpreter of some version would. */
async function fakePython(folder: string, name: string, answer: object | string): Promise<string> {
  const path = join(folder, name);
  const text = typeof answer === 'string' ? answer : JSON.stringify({ executable: path, ...GOOD, ...answer });
  await writeFile(path, `#!/bin/sh\ncat <<'END'\n${text}\nEND\n`);
  await chmod(path, 0o755);
  return path;
}

const GOOD = { version: [3, 12, 4], implementation: 'CPython', bits: 64, venv: true };

async function refusal(work: Promise<unknown>) {
  const error: unknown = await work.catch((thrown: unknown) => thrown);
  if (isFsaError(error)) return error;
  throw new Error(`expected an FsaError, got ${String(error)}`);
}

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('findPython', () => {
  it('finds an interpreter here that says its own path and version', async () => {
    const found = await findPython(null);
    expect(found.version).toMatch(/^3\.1[0-4]\.\d+$/);
    expect(await findPython(found.executable)).toEqual(found);
  });

  it('takes a newer one over 3.10, which the newest transformers left, and 3.10 over none', async () => {
    const folder = await temporaryFolder();
    // cat comes from the system's folders; the interpreters there are hidden by ours of the same names.
    vi.stubEnv('PATH', [folder, '/usr/bin', '/bin'].join(delimiter));
    await fakePython(folder, 'python3', { version: [3, 10, 1] });
    for (const minor of [10, 11, 12, 13, 14]) await fakePython(folder, `python3.${minor}`, 'not one');
    await fakePython(folder, 'python', 'not one');
    expect(await findPython(null)).toEqual({ executable: join(folder, 'python3'), version: '3.10.1' });
    await fakePython(folder, 'python3.12', {});
    expect(await findPython(null)).toEqual({ executable: join(folder, 'python3.12'), version: '3.12.4' });
  });

  it('says of another program or a folder what it is, without the program that was asked', async () => {
    const folder = await temporaryFolder();
    await mkdir(folder, { recursive: true });
    const shouting = join(folder, 'shouting');
    await writeFile(shouting, `#!/bin/sh\nprintf '%01000d' 0 >&2\nexit 1\n`, { mode: 0o755 });
    for (const [wanted, why] of [
      ['/bin/ls', 'is not a Python interpreter'],
      ['/bin/false', 'is not a Python interpreter'],
      [folder, 'cannot be started (EACCES)'],
      [shouting, `${'0'.repeat(199)}…`],
    ] as const)
      expect((await refusal(findPython(wanted))).problems).toEqual([`${wanted}: ${why}`]);
  });

  it('lists everything it tried and why it does not do', async () => {
    const folder = await temporaryFolder();
    vi.stubEnv('PATH', [folder, '/usr/bin', '/bin'].join(delimiter));
    await fakePython(folder, 'python3', { version: [3, 9, 18] });
    await fakePython(folder, 'python3.13', { implementation: 'PyPy' });
    await fakePython(folder, 'python3.12', { bits: 32 });
    await fakePython(folder, 'python3.11', { venv: false });
    await fakePython(folder, 'python3.14', { version: [3, 15, 0] });
    await fakePython(folder, 'python3.10', 'Python was not found; run without arguments to install');
    await writeFile(join(folder, 'python'), '#!/bin/sh\necho "shim: no such version" >&2\nexit 127\n', {
      mode: 0o755,
    });
    const error = await refusal(findPython(null));
    expect(error.code).toBe('RUNTIME');
    expect(error.problems).toEqual([
      'python3: version 3.9.18 is too old',
      'python3.13: is PyPy, not CPython',
      'python3.12: is a 32 bit build',
      'python3.11: version 3.12.4 lacks venv (on Debian and Ubuntu: apt install python3-venv)',
      'python3.14: version 3.15.0 is newer than the pinned packages know',
      'python3.10: is not a Python interpreter',
      'python: shim: no such version',
    ]);
    expect(error.advice).toContain('--python PATH');
  });

  it('uses the one that was named, or says why not', async () => {
    const folder = await temporaryFolder();
    const named = await fakePython(folder, 'mine', { version: [3, 10, 2] });
    expect((await findPython(named)).version).toBe('3.10.2');
    const error = await refusal(findPython(join(folder, 'nothing')));
    expect(error.problems).toEqual([`${join(folder, 'nothing')}: not found`]);
  });
});
