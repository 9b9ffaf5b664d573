/** A run that was killed between its new files does not keep the next one from working. */
import { spawnSync } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { noteUnfinished, sweepUnfinished } from '../../../src/pipelines/data/unfinished.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

/** The number of a process that has ended. */
const deadPid = (): number => spawnSync(process.execPath, ['-e', '']).pid;

async function leaveUnfinished(pid: number, files: readonly string[]): Promise<string> {
  const folder = join(await temporaryFolder(), 'out');
  await mkdir(folder);
  for (const name of ['a.jsonl', '.b.jsonl.1-2.tmp', 'mine.jsonl']) await writeFile(join(folder, name), '');
  const note = { host: hostname(), pid, files };
  await writeFile(join(folder, '.fsa-unfinished.json'), JSON.stringify(note));
  return folder;
}

describe('new files that belong together', () => {
  it('are cleared away by the next run where a kill left some of them, and nothing else is', async () => {
    const folder = await leaveUnfinished(deadPid(), ['a.jsonl', 'b.jsonl']);
    await sweepUnfinished(folder);
    expect(await readdir(folder)).toEqual(['mine.jsonl']);
  });

  it('never lead out of their folder, whatever the note says', async () => {
    const folder = await leaveUnfinished(deadPid(), ['../outside.jsonl', '/etc/hostname']);
    await writeFile(join(folder, '..', 'outside.jsonl'), 'kept');
    await sweepUnfinished(folder);
    expect(await readdir(join(folder, '..'))).toContain('outside.jsonl');
  });

  it('are left alone while another process writes them', async () => {
    const folder = await leaveUnfinished(process.ppid, ['a.jsonl']);
    await expect(sweepUnfinished(folder)).rejects.toMatchObject({ code: 'DATA', where: folder });
    expect(await readdir(folder)).toContain('a.jsonl');
  });

  it('have no note left when all have their names', async () => {
    const folder = join(await temporaryFolder(), 'new');
    const finished = await noteUnfinished(folder, [join(folder, 'a.jsonl')]);
    expect(await readdir(folder)).toEqual(['.fsa-unfinished.json']);
    await finished();
    expect(await readdir(folder)).toEqual([]);
  });
});
