/** Nothing in a cache is run that another user owns or could have changed. */
import { chmod, chown, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readRuntimeAt } from '../../../src/runtime/locate.js';
import { findForeignHand } from '../../../src/storage/foreign-hands.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

const isRoot = process.getuid?.() === 0;
const STRANGER = 41_234;

/** A folder of ours with `a/b/file` in it. */
async function makeTree(): Promise<{ root: string; folder: string; file: string }> {
  const root = await temporaryFolder();
  const folder = join(root, 'a', 'b');
  await mkdir(folder, { recursive: true, mode: 0o755 });
  const file = join(folder, 'file');
  await writeFile(file, '', { mode: 0o644 });
  return { root, folder, file };
}

describe.skipIf(process.platform === 'win32')('what a path leads through', () => {
  it('is ours where every component is ours or the system’s', async () => {
    expect(await findForeignHand((await makeTree()).file)).toBe(null);
  });

  it('is nobody’s where it is not there yet', async () => {
    expect(await findForeignHand(join((await makeTree()).folder, 'new', 'newer'))).toBe(null);
  });

  it.each([0o777, 0o757])('is not ours where every user can write to a folder of it (%o)', async (mode) => {
    const { root, file } = await makeTree();
    await chmod(join(root, 'a'), mode);
    expect(await findForeignHand(file)).toEqual({
      path: join(root, 'a'),
      reason: expect.stringContaining('every user can write to it') as string,
    });
  });

  it('is not ours where the file itself can be written by all', async () => {
    const { file } = await makeTree();
    await chmod(file, 0o666);
    expect((await findForeignHand(file))?.path).toBe(file);
  });

  it('may lie in a sticky folder, in which nobody can replace what is another’s', async () => {
    const { root, file } = await makeTree();
    await chmod(join(root, 'a'), 0o1777);
    expect(await findForeignHand(file)).toBe(null);
  });

  it('is judged where its links lead, too', async () => {
    const { root, folder } = await makeTree();
    const elsewhere = join(root, 'elsewhere');
    await mkdir(elsewhere);
    await chmod(elsewhere, 0o777);
    await writeFile(join(elsewhere, 'python'), '');
    await symlink(join(elsewhere, 'python'), join(folder, 'python'));
    expect((await findForeignHand(join(folder, 'python')))?.path).toBe(elsewhere);
  });

  it.skipIf(!isRoot).each(['folder', 'file'] as const)(
    'is not ours where another user owns the %s',
    async (what) => {
      const tree = await makeTree();
      await chown(tree[what], STRANGER, STRANGER);
      expect(await findForeignHand(tree.file)).toEqual({
        path: tree[what],
        reason: `it belongs to another user (uid ${STRANGER})`,
      });
    },
  );

  it.skipIf(!isRoot)('is not ours where a group of others can write to it', async () => {
    const { folder, file } = await makeTree();
    await chown(folder, 0, STRANGER);
    await chmod(folder, 0o775);
    expect((await findForeignHand(file))?.reason).toContain('a group can write to it');
  });
});

describe.skipIf(process.platform === 'win32')('a runtime in a shared folder', () => {
  it('is refused before its Python is run, with what to do', async () => {
    const { folder } = await makeTree();
    const python = join(folder, 'venv-00', 'bin', 'python');
    await mkdir(join(folder, 'venv-00', 'bin'), { recursive: true });
    await writeFile(python, '#!/bin/sh\n', { mode: 0o777 });
    await chmod(python, 0o777);
    const record = {
      schema: 1,
      lockHash: 'x',
      packages: {},
      pythonVersion: '3.11.7',
      basePython: '/usr/bin/python3',
      torchIndexUrl: null,
      venv: 'venv-00',
      createdAt: 'x',
    };
    await writeFile(join(folder, 'runtime.json'), JSON.stringify(record));
    await expect(readRuntimeAt(folder, 'x')).rejects.toMatchObject({
      code: 'RUNTIME',
      where: python,
      advice: expect.stringContaining('FSA_CACHE') as string,
    });
    await chmod(python, 0o755);
    expect((await readRuntimeAt(folder, 'x')).python).toBe(python);
  });
});
