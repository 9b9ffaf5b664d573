import { existsSync } from 'node:fs';
import { appendFile, readFile, readdir, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { metricRecord, type MetricRecord } from '../../../src/rpc/messages.js';
import { MetricsLog, readMetrics } from '../../../src/runs/metrics-log.js';
import { readJobState } from '../../../src/runs/job-states.js';
import { RunFolder, readRunFile } from '../../../src/runs/run-folder.js';
import type { JobState, RunFile } from '../../../src/runs/types.js';
import { mountDisk } from '../../faults/disk.js';
import { isLinuxRoot } from '../../faults/fault-place.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

const run: RunFile = {
  schema: 1,
  kind: 'eval',
  name: 'test',
  createdAt: '2026-01-01T00:00:00.000Z',
  fsaVersion: '0.1.0',
  config: {},
  identity: { eval: { epochs: 3 } },
  hashes: { 'model small': 'a'.repeat(64) },
  versions: {},
  device: 'cpu',
  notes: [],
};

const STATE: Omit<JobState, 'schema' | 'updatedAt'> = {
  jobId: 'j',
  label: 'l',
  status: 'running',
  attempts: 1,
  error: null,
  devF1: [0.5],
  cell: null,
  distilled: null,
  outputs: {},
};

async function open(folder: string, change: Partial<RunFile> = {}, replace = false): Promise<RunFolder> {
  return await RunFolder.open(folder, { ...run, ...change }, { replace });
}

describe('RunFolder', () => {
  it('is taken up again by the same run, keeping when it was made', async () => {
    const folder = join(await temporaryFolder(), 'eval');
    await (await open(folder)).close();
    await (await open(folder, { createdAt: '2027-01-01T00:00:00.000Z' })).close();
    const stored = JSON.parse(await readFile(join(folder, 'run.json'), 'utf8')) as RunFile;
    expect(stored.createdAt).toBe(run.createdAt);
  });

  it('refuses a run with other settings, another model or of another kind, and says what differs', async () => {
    const folder = join(await temporaryFolder(), 'eval');
    await (await open(folder)).close();
    await expect(open(folder, { identity: { eval: { epochs: 5 } } })).rejects.toMatchObject({
      code: 'RUN_FOLDER',
      problems: ['the setting eval.epochs was 3 and is now 5'],
    });
    await expect(open(folder, { hashes: { 'model small': 'b'.repeat(64) } })).rejects.toMatchObject({
      problems: ['the content of model small was aaaaaaaaaaaa… and is now bbbbbbbbbbbb…'],
    });
    await expect(open(folder, { kind: 'distill' })).rejects.toMatchObject({ code: 'RUN_FOLDER' });
    // The refusals let go of the lock.
    await (await open(folder)).close();
  });

  it('lets a run gain a model', async () => {
    const folder = join(await temporaryFolder(), 'eval');
    await (await open(folder)).close();
    await (await open(folder, { hashes: { ...run.hashes, 'model other': 'c'.repeat(64) } })).close();
  });

  it('keeps saying what earlier data say of themselves', async () => {
    const folder = join(await temporaryFolder(), 'eval');
    await (await open(folder, { notes: ['The data are synthetic.'] })).close();
    await (await open(folder, { notes: [] })).close();
    expect(await readRunFile(folder)).toMatchObject({ notes: ['The data are synthetic.'] });
  });

  it('names who adds to it, beside who made the rest, and nobody who only looks', async () => {
    const folder = join(await temporaryFolder(), 'eval');
    const machine = { commit: null, processor: 'old', processors: 2, gpus: [], memoryBytes: 2 ** 33 };
    const first = { fsaVersion: '0.1.0', made: { ...machine, commands: ['fsa eval --seeds 1'] } };
    const newer = { ...machine, processor: 'new', commands: ['fsa eval --seeds 2'] };
    const second = { fsaVersion: '0.2.0', made: newer };
    await (await open(folder, first)).close();
    await (await open(folder, second)).close();
    expect(await readRunFile(folder)).toMatchObject(first);
    for (const _again of [1, 2]) {
      const taken = await open(folder, second);
      await taken.writeState(STATE);
      await taken.close();
    }
    expect(await readRunFile(folder)).toMatchObject({
      fsaVersion: '0.2.0',
      made: {
        processor: 'new',
        commands: ['fsa eval --seeds 1', 'fsa eval --seeds 2'],
        earlier: [{ fsaVersion: '0.1.0', ...machine }],
      },
    });
  });

  it('sets the old run aside with replace', async () => {
    const folder = join(await temporaryFolder(), 'eval');
    await (await open(folder)).close();
    await (await open(folder, { identity: { eval: { epochs: 5 } } }, true)).close();
    const names = await readdir(dirname(folder));
    expect(names).toHaveLength(2);
    expect(names.every((name) => name.startsWith(basename(folder)))).toBe(true);
  });

  it('sets aside what a link leads to, and leaves nothing of the lock in it', async () => {
    const parent = await temporaryFolder();
    const [folder, link] = [join(parent, 'eval'), join(parent, 'link')];
    await (await open(folder)).close();
    await symlink('eval', link);
    await (await open(link, { identity: { eval: { epochs: 5 } } }, true)).close();
    const names = (await readdir(parent)).sort();
    expect(names).toEqual(['eval', expect.stringMatching(/^eval\./), 'link']);
    expect(await readRunFile(folder)).toMatchObject({ identity: { eval: { epochs: 5 } } });
    expect(await readdir(join(parent, names[1] as string))).not.toContain('lock.json');
  });

  it('is held while the old run is set aside: another command finds it in use or finds the new one', async () => {
    const folder = join(await temporaryFolder(), 'eval');
    await (await open(folder)).close();
    const replacing = open(folder, {}, true);
    const others = await Promise.allSettled(Array.from({ length: 20 }, () => open(folder)));
    const taken = others.filter((other) => other.status === 'fulfilled');
    for (const { value } of taken) expect((await stat(value.folder)).isDirectory()).toBe(true);
    const refused = others.filter((other) => other.status === 'rejected');
    for (const { reason } of refused) expect(reason).toMatchObject({ code: 'RUN_FOLDER' });
    for (const { value } of taken) await value.close();
    await replacing.then(
      (run) => run.close(),
      () => undefined,
    );
  });

  it.skipIf(!isLinuxRoot)(
    'says that a disk is mounted there, where the old run cannot be set aside',
    async () => {
      const folder = await temporaryFolder();
      mountDisk(folder, 2 ** 20);
      await (await open(folder)).close();
      await expect(open(folder, {}, true)).rejects.toMatchObject({
        code: 'RUN_FOLDER',
        message: expect.stringContaining('mounted') as string,
        where: folder,
      });
      // It is as it was, and free.
      await (await open(folder)).close();
    },
  );

  it('tells a file of a newer version from a damaged one', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'run.json');
    await writeFile(path, JSON.stringify({ ...run, schema: 2 }));
    await expect(readRunFile(folder)).rejects.toThrow(/newer version/);
    await writeFile(path, JSON.stringify({ ...run, kind: 'none' }));
    await expect(readRunFile(folder)).rejects.toThrow(/damaged/);
  });

  it.each([
    ['moved', async (folder: string) => await rename(folder, `${folder}-away`)],
    ['deleted', async (folder: string) => await rm(folder, { recursive: true })],
  ])('that is %s while the run goes on is not made anew', async (_, take) => {
    const folder = join(await temporaryFolder(), 'eval');
    const opened = await open(folder);
    await opened.jobFolder('j');
    await take(folder);
    const gone = { code: 'RUN_FOLDER', message: expect.stringContaining('moved or deleted') as string };
    await expect(opened.jobFolder('k')).rejects.toMatchObject(gone);
    await expect(opened.writeState(STATE)).rejects.toMatchObject(gone);
    await expect(opened.writeOutput('jobs/j/predictions.jsonl', '')).rejects.toMatchObject(gone);
    await expect(opened.writeResults({ cells: [], missing: [] })).rejects.toMatchObject(gone);
    expect(existsSync(folder)).toBe(false);
    await opened.close();
  });

  it('takes a damaged job state for none', async () => {
    const folder = join(await temporaryFolder(), 'eval');
    const opened = await open(folder);
    await opened.writeState(STATE);
    expect(await readJobState(folder, 'j')).toMatchObject({ devF1: [0.5] });
    await writeFile(join(folder, 'jobs', 'j', 'state.json'), '{"schema":1,"jo');
    expect(await readJobState(folder, 'j')).toBeNull();
    await opened.close();
  });

  it('cuts a torn last line off the journal and goes on', async () => {
    const folder = join(await temporaryFolder(), 'eval');
    const first = await open(folder);
    first.record({ type: 'warning', message: 'one', where: null, time: 't' });
    await first.close();
    await appendFile(join(folder, 'journal.ndjson'), '{"type":"warn');
    const second = await open(folder);
    second.record({ type: 'warning', message: 'two', where: null, time: 't' });
    await second.close();
    const lines = (await readFile(join(folder, 'journal.ndjson'), 'utf8')).trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { message: string }).message)).toEqual(['one', 'two']);
  });
});

describe.each([true, false])('MetricsLog, its disk being local: %s', (isLocal) => {
  const line = (step: number, loss: number): MetricRecord => ({
    step,
    epoch: null,
    loss,
    validationLoss: null,
    learningRate: null,
    gradientNorm: null,
    tokens: 1,
    tokensPerSecond: null,
  });

  it('replaces the steps that a resumed attempt does again', async () => {
    const path = join(await temporaryFolder(), 'metrics.jsonl');
    const first = await MetricsLog.open(path, isLocal);
    await first.append([1, 2, 3, 4].map((step) => line(step, 0)));
    await first.close();
    await appendFile(path, '{"step":5,"epo');
    const second = await MetricsLog.open(path, isLocal);
    await second.append([line(3, 1)]);
    await second.append([line(4, 1), line(5, 1)]);
    await second.close();
    const kept = (await readMetrics(path)).map(({ step, loss }) => [step, loss]);
    expect(kept).toEqual([
      [1, 0],
      [2, 0],
      [3, 1],
      [4, 1],
      [5, 1],
    ]);
  });

  it('writes every field of a record, as JSON does', async () => {
    const path = join(await temporaryFolder(), 'metrics.jsonl');
    const record = { step: 7, epoch: 1, loss: 1e-9, validationLoss: null, learningRate: 3e-4 };
    const whole = metricRecord.parse({ ...record, gradientNorm: 1.25, tokens: 3, tokensPerSecond: 1e21 });
    const log = await MetricsLog.open(path, isLocal);
    await log.append([whole, line(8, 0.5)]);
    await log.close();
    const lines = [whole, metricRecord.parse(line(8, 0.5))].map((one) => `${JSON.stringify(one)}\n`);
    expect(await readFile(path, 'utf8')).toBe(lines.join(''));
  });

  it('gives nothing for a file that is not there', async () => {
    expect(await readMetrics(join(await temporaryFolder(), 'none'))).toEqual([]);
  });
});
