import { execa } from 'execa';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { lockError, lockFolder } from '../../../src/storage/folder-lock.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

const withoutFiles = resolve(import.meta.dirname, '../../fixtures/lock-without-files.ts');
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
  it.skipIf(process.platform !== 'linux')('says that files ran out where no lock can be loaded', async () => {
    const words = `ulimit -n 256; exec node --import tsx "$0" "$1"`;
    const { stdout } = await execa('bash', ['-c', words, withoutFiles, await temporaryFolder()]);
    expect(stdout).toMatch(/^Too many files are open\. \(.*ulimit -n/s);
  });

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

  it('counts up while it is held, in a note that stays one', async () => {
    const folder = await temporaryFolder();
    const lock = await lockFolder(folder, { locks: true, beatSeconds: 0.02 });
    const beats = new Set<unknown>();
    while (beats.size < 4) {
      const note = JSON.parse(await readFile(join(folder, 'lock.json'), 'utf8')) as { beat: number };
      beats.add(note.beat);
      await delay(5);
    }
    await lock.release();
    expect(await readdir(folder)).toEqual([]);
  });

  it('refuses a folder whose holder counts up on another kernel, whose lock is not seen, until it stops', async () => {
    const folder = await temporaryFolder();
    const note = { pid: 12, host: hostname(), command: 'fsa eval', since: 'today', boot: 'another', beat: 1 };
    const write = (): Promise<void> =>
      writeFile(join(folder, 'lock.json'), JSON.stringify({ ...note, beat: (note.beat += 1) }));
    await write();
    const living = setInterval(() => void write(), 10);
    const settings = { locks: true, beatSeconds: 0.1 };
    await expect(lockFolder(folder, settings)).rejects.toMatchObject({
      code: 'RUN_FOLDER',
      message: expect.stringContaining(`process 12 on ${hostname()}`) as string,
    });
    clearInterval(living);
    await delay(50);
    await (await lockFolder(folder, settings)).release();
  });

  it('refuses a second run in the same process, until the first lets go', async () => {
    const folder = await temporaryFolder();
    const lock = await lockFolder(folder);
    await expect(lockFolder(folder)).rejects.toMatchObject({ code: 'RUN_FOLDER' });
    await lock.release();
    await (await lockFolder(folder)).release();
  });

  it.each([
    [
      'of a process on another host',
      JSON.stringify({ pid: 1, host: 'elsewhere', command: 'fsa', since: 'then' }),
    ],
    ['that is cut', '{"pid":'],
    ['that is empty', ''],
    ['that is no note', 'x'.repeat(1_000_000)],
  ])('decides nothing by a note %s', async (_what, note) => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'lock.json'), note);
    const lock = await lockFolder(folder);
    expect(JSON.parse(await readFile(join(folder, 'lock.json'), 'utf8'))).toMatchObject({ pid: process.pid });
    await lock.release();
    expect(await readdir(folder)).toEqual([]);
  });

  it('names a holder whose note is unreadable as another process', async () => {
    const folder = await temporaryFolder();
    const lock = await lockFolder(folder);
    await writeFile(join(folder, 'lock.json'), '\u001b[2J');
    await expect(lockFolder(folder)).rejects.toThrow('The folder is in use by another process.');
    await lock.release();
  });

  it('is held once, however many ask again and again', async () => {
    const folder = await temporaryFolder();
    let held = 0;
    let granted = 0;
    const ask = async (): Promise<void> => {
      for (let round = 0; round < 40; round += 1) {
        const lock = await lockFolder(folder).catch(() => null);
        if (lock === null) continue;
        held += 1;
        granted += 1;
        expect(held).toBe(1);
        await new Promise((resolve) => setImmediate(resolve));
        held -= 1;
        await lock.release();
      }
    };
    await Promise.all(Array.from({ length: 8 }, ask));
    expect(granted).toBeGreaterThan(8);
  });

  it.skipIf(process.platform !== 'linux' || process.getuid?.() !== 0)(
    'is seen from another network and under another host name',
    async () => {
      const folder = await temporaryFolder();
      const elsewhere = ['-u', '-n', 'sh', '-c', 'hostname elsewhere && exec "$@"', 'sh'];
      const program = [process.execPath, '--import', 'tsx', holder, folder];
      const child = execa('unshare', [...elsewhere, ...program], { stdin: 'pipe', reject: false });
      await new Promise<void>((locked) => child.stdout.once('data', () => locked()));
      await expect(lockFolder(folder)).rejects.toThrow(/process \d+ on elsewhere/);
      child.kill('SIGKILL');
      await child;
      await (await lockFolder(folder)).release();
    },
  );

  it('says what to do where the file system has no locks', () => {
    const error = lockError(Object.assign(new Error('no locks'), { code: 'ENOLCK' }), '/net/run/lock.json');
    expect(error).toMatchObject({
      code: 'STORAGE',
      advice: expect.stringContaining('FSA_LOCK=off') as string,
    });
  });
});
