import { describe, expect, it } from 'vitest';
import { drawCurve } from '../../../bench/lib/chart.js';
import { toJson } from '../../../bench/lib/json.js';
import { replaceBlock, replaceSection } from '../../../bench/lib/marked-block.js';
import { ratiosOf, type Line } from '../../../bench/lib/result.js';
import { spreadOf } from '../../../bench/lib/statistics.js';
import { writeCurves, writeProducts, writeTables, type Facts } from '../../../bench/lib/table.js';
import { countDiffering } from '../../../bench/scenarios/decode.js';
import { largestBatchThatFits, mfuOf } from '../../../bench/scenarios/training.js';

const line = (scenario: Line['scenario'], label: string, ratios: number[]): Line => ({
  scenario,
  label,
  ratio: spreadOf(ratios),
  cpuRatio: null,
  usefulTokensPerSecond: { ours: 1800.4, theirs: 420 },
  usefulMfu: { ours: 0.213, theirs: 0.04 },
  run: `${label} as it was run`,
  more: { extra: 1 },
});

const facts = (lines: Line[], curves: string[] = [], load: readonly [number, number] = [0, 1]): Facts => ({
  machine: {
    device: 'cpu',
    deviceName: 'A Processor',
    threads: 2,
    bf16FlopsPerSecond: 2.64e12,
    multipliesBf16: true,
    fp32FlopsPerSecond: 3.65e11,
    accelerate: true,
    versions: { torch: '2', transformers: '5' },
  },
  lines,
  overhead: null,
  schedule: null,
  ranks: null,
  loading: null,
  curves,
  profile: null,
  products: null,
  seconds: 90,
  load,
  command: 'npm run bench --',
});

describe('what the benchmark gives back', () => {
  it('takes the ratio of each pair, not of sums', () => {
    const pair = (ours: number, theirs: number) => ({
      ours: { seconds: ours, cpuSeconds: 2 * ours },
      theirs: { seconds: theirs, cpuSeconds: theirs },
    });
    const { ratio, cpuRatio } = ratiosOf([pair(1, 4), pair(10, 50), pair(1, 6)]);
    expect(ratio).toEqual({ median: 5, min: 4, max: 6, count: 3 });
    expect(cpuRatio.median).toBe(2.5);
  });

  it.each([
    [1.05, '✓'],
    [1.31, '✗'],
  ])('says of a loading at %f whether the digests cost too much', (median, mark) => {
    const spread = { median, min: 1, max: 1.5, count: 5 };
    const timing = { seconds: 1, cpuSeconds: 2 };
    const clocks = { checked: timing, trusted: timing, ratio: spread, cpuRatio: spread };
    const loading = { shape: 't5-base' as const, bytes: 9e8, loaded: clocks, stepped: clocks };
    const all = { ...facts([]), loading };
    expect(writeTables(all)).toContain('loading t5-base, 0.90 GB, 5 pairs');
    expect(writeTables(all)).toContain(`${median}× (1.00–1.50) ${mark}`);
    expect(toJson(all)).toMatchObject({
      loading: { loaded: { ratio: { median } }, stepped: { ratio: { median } } },
    });
  });

  it('puts the shape with the lowest ratio on top of the JSON', () => {
    const lines = [line('distill', 't5-small', [7, 8]), line('distill', 't5-base', [4.5, 5.5])];
    const { distill, decode } = toJson(facts(lines));
    expect(distill).toMatchObject({ ratio: 5, min: 4.5, max: 5.5, usefulMfu: 0.213, atLeast: 4, aim: 7 });
    expect(toJson(facts(lines.slice(0, 1)))['distill']).toMatchObject({ ratio: 7.5, atLeast: 6, aim: 8 });
    expect(distill).toMatchObject({ cases: [{ label: 't5-small', extra: 1 }, { label: 't5-base' }] });
    expect(decode).toBeUndefined();
  });

  it('says what many cells cost the process that hands them out, and of what the share is made', () => {
    const schedule = {
      cells: 10_000,
      slots: 1000,
      epochs: 20,
      decisionsSeconds: 0.2,
      resumeSeconds: 3,
      resumeCpuSeconds: 2.5,
      resultsCpuSeconds: 2,
      cellCpuSeconds: 0.001,
      progressFileCpuSeconds: 0.002,
      progressCpuSeconds: 1e-6,
      memoryMegabytes: 250,
      coordinatorShare: 0.0123,
      parts: { decisions: 0.2, cells: 10, results: 18, progress: 14.4 },
    };
    const measured = { ...facts([]), schedule };
    expect(toJson(measured)['schedule']).toEqual(schedule);
    const table = writeTables(measured);
    expect(table).toContain('| 10,000 cells of 20 epochs on 1,000 slots | |');
    expect(table).toContain('1.2 %: decisions 0.2 s, cells 10.0 s, results 18.0 s, progress 14.4 s');
  });

  it('takes the largest share for memory, where less is better', () => {
    const lines = [line('memory', 't5-small', [0.3]), line('memory', 't5-base', [0.5])];
    expect(toJson(facts(lines))['memory']).toMatchObject({ ratio: 0.5 });
  });

  it('says in the table which goals are reached', () => {
    const cases: [Line['scenario'], number, string][] = [
      ['distill', 8.1, '8.1× ✓✓'],
      ['distill', 7, '7× ✓'],
      ['distill', 5, '5× ✗'],
      ['cell', 3, '3× ✗'],
      ['memory', 0.2, '0.2× ✓✓'],
      ['memory', 0.3, '0.3× ✓'],
      ['memory', 0.5, '0.5× ✗'],
    ];
    for (const [scenario, ratio, said] of cases)
      expect(writeTables(facts([line(scenario, 't5-small', [ratio])]))).toContain(`| ${said} (`);
    // Shapes with goals of their own, and one without.
    expect(writeTables(facts([line('distill', 't5-base', [5])]))).toContain('| 5× ✓ (');
    expect(writeTables(facts([line('cell', 't5-mini', [3])]))).toContain('| 3× ✓ (');
    const tables = writeTables(facts([line('distill', 't5-small', [5])])) ?? '';
    expect(tables).toContain('| 1800 / 420 | 21.3 % / 4.0 % |');
    expect(tables).toContain('bf16 2,640, fp32 365 GFLOP/s');
    expect(tables).toContain('- distill: t5-small as it was run.');
    expect(tables).not.toContain('Others were at work');
  });

  it.each([
    [0.069, 1.3, '69 ms ✓✓', '1.30 s ✗'],
    [0.099, 1.2, '99 ms ✓', '1.20 s ✓'],
    [0.101, 0.8, '101 ms ✗', '0.80 s ✓✓'],
  ])('says whether what is paid once is little: help %f s, worker %f s', (help, ready, ...said) => {
    const floors = { nodeSeconds: 0.04, torchSeconds: 1.5 };
    const rest = { ...floors, helpCpuSeconds: help, firstStepSeconds: 2, wholeSeconds: 9, busyShare: 0.05 };
    const overhead = { helpSeconds: help, workerReadySeconds: ready, ...rest };
    for (const words of said) expect(writeTables({ ...facts([]), overhead })).toContain(`| ${words} `);
  });

  it('warns where the machine was busy before it began', () => {
    expect(writeTables(facts([line('cell', 'tiny', [3])], [], [4, 5]))).toContain('Others were at work');
  });

  it('keeps tables and curves apart', () => {
    const curve = drawCurve(
      'Speed',
      ['batch', 'rate'],
      [
        { label: '8', value: 10, cells: ['10'] },
        { label: '16', value: 5, cells: ['5'] },
      ],
    );
    const both = facts([], [curve]);
    expect(writeTables(both)).toBeNull();
    expect(writeCurves(both)).toContain('**Speed**\n\n| batch | rate |  |');
    expect(curve).toContain(`| 16 | 5 | \`${'█'.repeat(12)}${' '.repeat(12)}\` |`);
    expect(writeCurves(facts([]))).toBeNull();
  });

  it('writes between its own two comments and nowhere else', () => {
    const page =
      'a\n<!-- bench: begin -->old<!-- bench: end -->\nb\n<!-- curves: begin --><!-- curves: end -->c';
    const once = replaceBlock(page, 'bench', 'new');
    expect(once).toContain(
      'a\n<!-- bench: begin -->\n\nnew\n\n<!-- bench: end -->\nb\n<!-- curves: begin -->',
    );
    expect(replaceBlock(once, 'bench', 'new')).toBe(once);
    expect(() => replaceBlock('no comments', 'bench', 'new')).toThrow(/bench: begin/);
    expect(() => replaceBlock(page + page, 'curves', 'new')).toThrow(/one/);
  });

  it('keeps what other kinds of processor showed beside what this one shows', () => {
    const page = 'before\n<!-- products: begin -->\n\n<!-- products: end -->\nafter';
    const one = replaceSection(page, 'products', 'A, amx, 2 threads', '| old |');
    const two = replaceSection(one, 'products', 'B, avx2, 2 threads', '| other |');
    const again = replaceSection(two, 'products', 'A, amx, 2 threads', '| new |');
    expect(again).toBe(
      'before\n<!-- products: begin -->\n\n#### A, amx, 2 threads\n\n| new |\n\n' +
        '#### B, avx2, 2 threads\n\n| other |\n\n<!-- products: end -->\nafter',
    );
    expect(replaceSection(again, 'products', 'A, amx, 2 threads', '| new |')).toBe(again);
    expect(writeProducts(facts([]))).toBeNull();
    expect(writeProducts({ ...facts([], [], [4, 4]), products: '| new |' })).toMatch(
      /Others were at work.*\| new \|$/s,
    );
  });

  it('counts sentences whose tokens differ', () => {
    expect(countDiffering([[1, 2], [], [3]], [[1, 2], [], [4]])).toBe(1);
    expect(() => countDiffering([[1]], [[1], [2]])).toThrow(/same sentences/);
    expect(() => countDiffering(undefined, [[1]])).toThrow(/same sentences/);
  });

  it('halves the batch of the yardstick until it fits, with as many examples in a step', () => {
    const one = { shape: 't5-base', mix: 'corpus', batch: 20, accumulation: 5 } as const;
    expect(largestBatchThatFits(one, 64e9)).toBe(20);
    expect(largestBatchThatFits(one, 22e9)).toBe(10);
    expect(largestBatchThatFits(one, 1e9)).toBe(5);
    expect(largestBatchThatFits({ ...one, mix: 'sentences' }, 1e9)).toBe(20);
  });

  it('shows no share of the machine that is above all of it', () => {
    expect(mfuOf({ ours: 0.8, theirs: 0.1 })).toEqual({ ours: 0.8, theirs: 0.1 });
    expect(mfuOf({ ours: 1.65, theirs: 0.33 })).toBeNull();
  });
});
