import { execa } from 'execa';
import { readFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lockFolder } from '../../../src/storage/folder-lock.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

const holder = resolve(import.meta.dirname, '../../fixtures/hold-lock.ts');

/** A process of its own that holds the lock until it is ended. */
async function startHolder(
  folder: string,
): Promise<{ child: { pid?: number; kill: (signal: 'SIGKILL') => boolean } & PromiseLike<unknown> }> {
  const child = execa('node', ['--import', 'tsx', holder, folder], {
    reject: false,
    stdin: 'pipe',
  });
  await new Promise<void>((locked) => child.stdout.once('data', () => locked()));
  // In an object: an async function would await the child itself, which is a promise.
  return { child };
}

describe('lockFolder', () => {
  it('refuses a second process and names the first', async () => {
    const folder = await temporaryFolder();
    const { child } = await startHolder(folder);
    await expect(lockFolder(folder)).rejects.toMatchObject({
      code: 'RUN_FOLDER',
      message: expect.stringContaining(`process ${child.pid ?? 0} on ${hostname()}`) as string,
    });
    child.kill('SIGKILL');
    await child;
  });

  it('is free at once after the holder was killed', async () => {
    const folder = await temporaryFolder();
    const { child } = await startHolder(folder);
    child.kill('SIGKILL');
    await child;
    const lock = await lockFolder(folder);
    await lock.release();
  });

  it('refuses a second run in the same process, until the first lets go', async () => {
    const folder = await temporaryFolder();
    const lock = await lockFolder(folder);
    await expect(lockFolder(folder)).rejects.toMatchObject({ code: 'RUN_FOLDER' });
    await lock.release();
    await (await lockFolder(folder)).release();
  });

  it('respects a holder on another host', async () => {
    const folder = await temporaryFolder();
    const other = { pid: 1, host: 'elsewhere', bootId: 'x', command: 'fsa eval', since: 'then', token: 't' };
    await writeFile(join(folder, 'lock.json'), JSON.stringify(other));
    await expect(lockFolder(folder)).rejects.toThrow(/process 1 on elsewhere/);
    expect(JSON.parse(await readFile(join(folder, 'lock.json'), 'utf8'))).toEqual(other);
  });

  it.skipIf(process.platform !== 'linux')('takes over what a process of an earlier boot left', async () => {
    const folder = await temporaryFolder();
    const gone = {
      pid: 1,
      host: hostname(),
      bootId: 'earlier',
      command: 'fsa eval',
      since: 'then',
      token: 't',
    };
    await writeFile(join(folder, 'lock.json'), JSON.stringify(gone));
    await (await lockFolder(folder)).release();
  });
});
