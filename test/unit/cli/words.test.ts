import { describe, expect, it } from 'vitest';
import { parseNamedModels, parseNumberList } from '../../../src/cli/commands/common.js';
import { Tally } from '../../../src/cli/render/tally.js';
import {
  describeEvent,
  describeProgress,
  describeTransfer,
  formatBytes,
  formatDuration,
} from '../../../src/report/event-words.js';

const NONE = { task: null, dataset: null, model: null, seed: null };

describe('words of the command line', () => {
  it.each([
    [0.04, '0.0 s'],
    [59.6, '60 s'],
    [61, '1:01 min'],
    [3661, '1:01:01 h'],
  ])('says %d seconds as %s', (seconds, words) => {
    expect(formatDuration(seconds)).toBe(words);
  });

  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1500, '1.5 kB'],
    [2.5e12, '2.5 TB'],
    [9e18, '9000000.0 TB'],
  ])('says %d bytes as %s', (bytes, words) => {
    expect(formatBytes(bytes)).toBe(words);
  });

  it('says how far a job is, leaving out what it does not know', () => {
    const base = {
      type: 'job-progress',
      time: '',
      jobId: 'j',
      label: 'l',
      ...NONE,
      workerId: 'w',
      phase: 'train',
      done: 3,
      total: 9,
      share: 0.1,
      overallShare: 0.1,
    } as const;
    const nothing = { epoch: null, epochs: null, loss: null, tokensPerSecond: null, secondsLeft: null };
    expect(describeProgress({ ...base, ...nothing })).toBe('step 3/9');
    const all = { epoch: 1, epochs: 2, loss: 0.5, tokensPerSecond: 1234.5, secondsLeft: 75 };
    expect(describeProgress({ ...base, ...all })).toBe(
      'epoch 1/2 · step 3/9 · loss 0.500 · 1,235 tokens/s · 1:15 min left',
    );
  });

  it('says how far reading and downloading are', () => {
    const reading = { rows: 12_345, bytesDone: 25e6, bytesTotal: 4.2e9, secondsLeft: 61 } as const;
    const event = { type: 'data-progress', time: '', what: 'checking the corpus', ...reading } as const;
    const words = 'checking the corpus · 12,345 rows · 25.0 MB of 4.2 GB';
    expect(describeTransfer(event)).toBe(`${words} · 1:01 min left`);
    expect(describeTransfer({ ...event, secondsLeft: null })).toBe(words);
    expect(describeEvent(event)).toBeNull();
    const bytes = { bytesDone: 1e6, bytesTotal: 2e6, bytesPerSecond: 5e5, secondsLeft: 2 };
    expect(
      describeTransfer({ type: 'download-progress', time: '', what: 'model', file: 'f', ...bytes }),
    ).toBe('model · 1.0 MB of 2.0 MB · 500.0 kB/s · 2.0 s left');
    expect(describeTransfer({ type: 'warning', time: '', message: '', where: null })).toBeNull();
  });

  it('estimates the rest of a run from the cells that ended', () => {
    const started = {
      type: 'run-started',
      time: '',
      run: 'eval',
      folder: '',
      kind: 'eval',
      jobs: 5,
      alreadyDone: 1,
      slots: [],
    } as const;
    const tally = new Tally(started, 0);
    expect(tally.describe(10_000)).toBe('eval · 1 of 5 done · 10 s');
    const finished = {
      type: 'job-finished',
      time: '',
      jobId: 'j',
      label: 'l',
      ...NONE,
      seconds: 1,
      summary: '',
    } as const;
    tally.count(finished);
    tally.count(finished);
    expect(tally.describe(20_000)).toBe('eval · 3 of 5 done · 20 s · about 20 s left');
  });
});

describe('values of options', () => {
  it('names models by name=path, or by the last part of the path', () => {
    expect(parseNamedModels(['a=models/x', 'runs/student/'])).toEqual({
      a: 'models/x',
      student: 'runs/student/',
    });
    expect(() => parseNamedModels(['a=x', 'a=y'])).toThrow('Two models are called a.');
  });

  it('reads lists of numbers and refuses anything else', () => {
    expect(parseNumberList('42, 52')).toEqual([42, 52]);
    for (const text of ['', '1,,2', 'x', '1;2'])
      expect(() => parseNumberList(text)).toThrow('numbers separated by commas');
  });
});
