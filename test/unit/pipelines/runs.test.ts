import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { describeCommand, readCommit } from '../../../src/pipelines/run/making.js';
import { diffRuns, listRuns, showRun } from '../../../src/index.js';
import type { RunFile } from '../../../src/runs/types.js';
import { readWallSeconds } from '../../../src/runs/journal.js';
import { seal } from '../../../src/storage/sealed-json.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';
import { makeEval } from '../report/example.js';

const MADE = {
  commands: ['fsa eval --seeds 42,52'],
  commit: 'c'.repeat(40),
  processor: 'A processor',
  processors: 2,
  gpus: ['A GPU'],
  memoryBytes: 8 * 2 ** 30,
};

const ELSEWHERE = {
  ...{ fsaVersion: '0.0.9', commit: null, processor: 'Another', processors: 8 },
  ...{ gpus: ['A GPU'], memoryBytes: 8 * 2 ** 30 },
};

async function writeRun(parent: string, name: string, file: Partial<RunFile> = {}, seeds = [42, 52]) {
  const run = makeEval({ name, seeds, sentences: 30, file: { made: MADE, ...file } });
  const folder = join(parent, name);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'run.json'), JSON.stringify(run.file));
  await writeFile(join(folder, 'results.json'), JSON.stringify(seal(run.results!)));
  return folder;
}

describe('runs as a collection', () => {
  it('are listed newest first wherever they lie below, and a damaged one is told of', async () => {
    const parent = await temporaryFolder();
    await writeRun(parent, 'old', { createdAt: '2026-01-01T00:00:00.000Z' });
    await writeRun(join(parent, 'deeper'), 'new', { createdAt: '2026-02-01T00:00:00.000Z' });
    await mkdir(join(parent, 'broken'));
    await writeFile(join(parent, 'broken', 'run.json'), '{');
    const { runs, unreadable } = await listRuns({ folders: [parent] });
    expect(runs.map(({ name, done, planned }) => [name, done, planned])).toEqual([
      ['new', 8, 8],
      ['old', 8, 8],
    ]);
    expect(runs[0]).toMatchObject({
      models: ['base', 'distilled'],
      datasets: ['atsa/rest14', 'acsa/laptop16'],
    });
    expect(unreadable).toEqual([
      {
        folder: join(parent, 'broken'),
        reason: expect.stringContaining('run.json is not what fsa wrote') as string,
      },
    ]);
    await expect(listRuns({ folders: [join(parent, 'nowhere')] })).rejects.toThrow('no such folder');
  });

  it('are listed behind links, each once, and links that lead nowhere or in a circle hide none', async () => {
    const parent = await temporaryFolder();
    const elsewhere = await writeRun(await temporaryFolder(), 'elsewhere');
    await writeRun(parent, 'here');
    await symlink(elsewhere, join(parent, 'linked'));
    await symlink(parent, join(parent, 'circle'));
    await symlink(join(parent, 'gone'), join(parent, 'broken'));
    const { runs, unreadable } = await listRuns({ folders: [parent] });
    expect(runs.map(({ name }) => name).sort()).toEqual(['elsewhere', 'here']);
    expect(unreadable).toEqual([]);
  });

  it('say how to have their numbers again; older ones say that they do not know', async () => {
    const parent = await temporaryFolder();
    const { reproduction, figures } = await showRun({ run: await writeRun(parent, 'a') });
    expect(Object.fromEntries(reproduction)).toMatchObject({
      command: 'fsa eval --seeds 42,52',
      fsa: `0.1.0, commit ${'c'.repeat(40)}`,
      processor: 'A processor, 2 logical processors',
      GPU: 'A GPU',
      memory: '8.0 GiB',
      'wall time': 'not recorded',
    });
    expect(figures.filter(({ subset }) => subset === 'all')).toHaveLength(4);
    const grown = await showRun({
      run: await writeRun(parent, 'grown', { made: { ...MADE, earlier: [ELSEWHERE] } }),
    });
    expect(Object.fromEntries(grown.reproduction)).toMatchObject({
      fsa: `0.0.9 ; 0.1.0, commit ${'c'.repeat(40)}`,
      processor: 'Another, 8 logical processors ; A processor, 2 logical processors',
      GPU: 'A GPU',
    });
    const old = await showRun({ run: await writeRun(parent, 'b', { made: undefined }) });
    expect(Object.fromEntries(old.reproduction)['command']).toContain('not recorded');
  });

  it('are compared in words: settings, data, versions and figures', async () => {
    const parent = await temporaryFolder();
    const a = await writeRun(parent, 'a');
    const config = { eval: { epochs: 9, models: {} } };
    const b = await writeRun(
      parent,
      'b',
      { config, versions: { node: '22.1.0' }, hashes: { lock: 'b'.repeat(64) } },
      [62],
    );
    const found = await diffRuns({ a, b });
    const text = found.words.join('\n');
    expect(text).toContain('The setting eval.epochs is 5 in the first and 9 in the second.');
    expect(text).toContain(
      'The content of lock is aaaaaaaaaaaa… in the first and bbbbbbbbbbbb… in the second.',
    );
    expect(text).toContain('node is 20.19.0 in the first and 22.1.0 in the second.');
    expect(text).toContain('torch is 2.13.0 in the first and not there in the second.');
    const figure = found.figures.find(({ name }) => name === 'base on atsa/rest14, all')!;
    expect(figure.difference).toBeCloseTo(figure.b! - figure.a!, 10);
    expect(text).toContain(`F1 of base on atsa/rest14, all is ${figure.a!.toFixed(2)} in the first`);
    expect((await diffRuns({ a, b: a })).words).toEqual([]);
    await expect(diffRuns({ a, b: parent })).rejects.toThrow('no run folder');
  });

  it('differ in what null left open, as it turned out, and in the student that came of them', async () => {
    const parent = await temporaryFolder();
    const begun = async (name: string, identity: object, modelDigest: string): Promise<string> => {
      const config = { threads: null, distill: { shards: null } };
      const folder = await writeRun(parent, name, { kind: 'distill', config, identity: { ...identity } });
      await mkdir(join(folder, 'jobs/j'), { recursive: true });
      const job = { schema: 1, jobId: 'j', label: 'distil', status: 'done', attempts: 1, error: null };
      const distilled = {
        modelDigest,
        steps: 1,
        finalLoss: 1,
        validationLoss: null,
        tokens: 1,
        trainSeconds: 1,
      };
      const state = { ...job, devF1: [], cell: null, distilled, outputs: {}, updatedAt: 't' };
      await writeFile(join(folder, 'jobs/j/state.json'), JSON.stringify(seal(state)));
      return folder;
    };
    const a = await begun('a', { threads: 1 }, 'a'.repeat(64));
    const b = await begun('b', { threads: 2, shards: 4, kernels: 'k' }, 'b'.repeat(64));
    expect((await diffRuns({ a, b })).words).toEqual([
      'The setting threads is 1 in the first and 2 in the second.',
      'The setting distill.shards is 1 in the first and 4 in the second.',
      'The content of the student is aaaaaaaaaaaa… in the first and bbbbbbbbbbbb… in the second.',
      'the kernels for CPUs is not there in the first and k in the second.',
    ]);
  });

  it('differ in no setting that neither of them looked at', async () => {
    const parent = await temporaryFolder();
    const settings = (epochs: number) => ({
      ...{ model: `m${epochs}`, threads: epochs, distill: { steps: epochs }, serve: { port: epochs } },
      ...{ baseline: { shots: [epochs] }, llm: { model: `l${epochs}` } },
      eval: { epochs, targetOrder: epochs === 1 ? 'text' : 'reference' },
    });
    const a = await writeRun(parent, 'a', { config: settings(1) });
    const b = await writeRun(parent, 'b', { kind: 'baseline', config: settings(2) });
    const { settings: differing, words } = await diffRuns({ a, b });
    expect(differing.map((one) => [one.name, one.a, one.b])).toEqual([
      ['kind', 'eval', 'baseline'],
      ['threads', 1, 2],
      ['baseline.shots', null, [2]],
      ['llm.model', null, 'l2'],
      ['eval.epochs', 1, null],
      ['eval.targetOrder', 'text', 'reference'],
    ]);
    expect(words).toContain('The setting eval.epochs is 1 in the first and not set in the second.');
  });
});

describe('how a run is made', () => {
  it('is told by the command as typed, without what must stay secret', () => {
    expect(describeCommand(['node', '/x/bin/fsa.js', 'eval', '--model', "it's=a b"])).toBe(
      "fsa eval --model 'it'\\''s=a b'",
    );
    expect(describeCommand(['node', '/x/job.mjs', '--api-key', 'abc', 'llm.apiKey=abc'])).toBe(
      'node job.mjs --api-key … llm.apiKey=…',
    );
    expect(describeCommand(['node', 'fsa', '--track', 'webhook=https://me:pw@h.example/a?sig=abc'])).toBe(
      "fsa --track 'webhook=https://…@h.example/a?…'",
    );
  });

  it('is told by the commit of a clone, with a mark where files differ', async () => {
    const folder = await temporaryFolder();
    expect(await readCommit(folder)).toBeNull();
    const git = async (...words: string[]) =>
      await execa('git', ['-C', folder, '-c', 'user.name=a', '-c', 'user.email=a@b.example', ...words]);
    await git('init', '--quiet');
    await writeFile(join(folder, 'file'), 'one');
    await git('add', 'file');
    await git('commit', '--quiet', '--no-gpg-sign', '-m', 'one');
    const { stdout } = await git('rev-parse', 'HEAD');
    expect(await readCommit(folder)).toBe(stdout);
    await writeFile(join(folder, 'file'), 'two');
    expect(await readCommit(folder)).toBe(`${stdout}+`);
  });

  it('takes as long as its sittings together, killed ones up to their last event', async () => {
    const path = join(await temporaryFolder(), 'journal.ndjson');
    expect(await readWallSeconds(path)).toBeNull();
    const at = (second: number) => new Date(1e12 + second * 1000).toISOString();
    const events = [
      { type: 'run-started', time: at(0) },
      { type: 'job-started', time: at(7) },
      { type: 'run-started', time: at(100) },
      { type: 'run-finished', time: at(130), seconds: 31.5 },
      { type: 'run-started', time: at(200) },
      { type: 'job-failed', time: at(202) },
    ];
    await writeFile(path, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
    expect(await readWallSeconds(path)).toBe(7 + 31.5 + 2);
  });
});
