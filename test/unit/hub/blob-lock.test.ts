import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockPartial, clearLeftovers } from '../../../src/hub/transfer/blob-lock.js';

let folder: string;
let target: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fsa-lockBlob-'));
  target = join(folder, 'e'.repeat(40));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const never = async (): Promise<boolean> => await Promise.resolve(false);
const signal = new AbortController().signal;
const lockBlob = async (): Promise<string | null> =>
  await lockPartial(target, never, signal, () => undefined);

/** The partial of a process, in the form that this process uses for its own. */
async function leave(change: (own: string) => string, ageMs = 0): Promise<string> {
  const own = await lockBlob();
  const path = change(own!);
  await writeFile(path, 'bytes');
  const time = new Date(Date.now() - ageMs);
  await utimes(path, time, time);
  return path;
}

const deadPid = spawnSync(process.execPath, ['-e', '']).pid;

describe('a partial file', () => {
  it('of this process is its own', async () => {
    const path = await leave((own) => own);
    expect(await lockBlob()).toBe(path);
  });

  it('of a dead process is taken over', async () => {
    await leave((own) => own.replace(/-\d+-\d+-/, `-${deadPid}-1-`));
    const path = await lockBlob();
    expect(await readdir(folder)).toEqual([basename(path!)]);
  });

  it('of a process whose number another has now is taken over', async () => {
    await leave((own) => own.replace(/-\d+-\d+-[0-9a-f]+/, `-${process.ppid}-1-00000000`));
    expect(await readdir(folder)).toEqual([expect.stringContaining('00000000')]);
    const path = await lockBlob();
    expect(await readdir(folder)).toEqual([basename(path!)]);
  });

  it('of another host is left alone until it is old', async () => {
    const foreign = await leave((own) => own.replace(/\.[0-9a-f]{8}-/, '.ffffffff-'), 60_000);
    expect(await lockBlob()).not.toBe(foreign);
    expect(await readdir(folder)).toEqual([basename(foreign)]);
    await utimes(foreign, new Date(0), new Date(0));
    await lockBlob();
    expect(await readdir(folder)).not.toContain(basename(foreign));
  });

  it('of a living process is waited for, until the blob is there', async () => {
    // A second copy of this module in this process: same number, another instance.
    const other = await leave((own) => own.replace(/-[0-9a-f]{8}\.fsa/, '-00000000.fsa'));
    let there = false;
    const told: number[] = [];
    const waiting = lockPartial(
      target,
      async () => await Promise.resolve(there),
      signal,
      (pid) => told.push(pid),
    );
    setTimeout(() => (there = true), 400);
    expect(await waiting).toBe(null);
    expect(told).toEqual([process.pid]);
    // One that does not move any more is not waited for.
    await utimes(other, new Date(0), new Date(0));
    expect(await lockBlob()).not.toBe(other);
  });

  it('of a dead process is swept up when the blob is there', async () => {
    await leave((own) => own.replace(/-\d+-\d+-/, `-${deadPid}-1-`));
    await writeFile(target, 'whole');
    await clearLeftovers(target);
    expect(await readdir(folder)).toEqual([basename(target)]);
  });
});
