import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readCorpus } from '../../../src/data/corpus/corpus.js';
import { TextWriter } from '../../../src/data/formats/text-writer.js';
import { collectRows, writeKeptRows } from '../../../src/data/dedupe/duplicates.js';
import { DigestTable } from '../../../src/data/dedupe/digest-table.js';
import { type Removal, RemovedRows } from '../../../src/data/dedupe/removed-rows.js';
import { requireMemory } from '../../../src/pipelines/data/near-duplicates.js';
import { RowPlaces } from '../../../src/data/corpus/row-places.js';
import { dedupeData, findDataOverlap, type FsaEvent } from '../../../src/index.js';
import { aspect, collect, errorOf, jsonLines, makeFolder, review } from './folder.js';

const words = (seed: number, count = 40): string[] =>
  Array.from({ length: count }, (_, index) => `w${(seed * 7919 + index * index * 31) % 9973}`);
const text = (seed: number, change?: [number, string]): string => {
  const all = words(seed);
  if (change !== undefined) all[change[0]] = change[1];
  return all.join(' ');
};
const row = (id: number, Text: string, answer = 'good') => review(id, { Text, mixtral_response: answer });
const readRemoved = async (path: string) =>
  (await readFile(path, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('dedupeData', () => {
  const a = [row(1, text(1)), row(2, text(2)), row(3, text(1)), { ID: 4 }];
  const b = [row(5, text(2, [20, 'other'])), row(6, text(3)), row(7, text(1), 'quite another answer')];
  const withFiles = () =>
    makeFolder({ 'in/a.json': jsonLines(a), 'in/deep/b.jsonl.gz': gzipSync(jsonLines(b)) });
  const idsOf = async (path: string) => (await collect(readCorpus(path))).map(({ id }) => id);

  it('keeps the first of exact and near repetitions, and tells the others', {
    timeout: 120_000,
  }, async () => {
    const cwd = await withFiles();
    const run = dedupeData({ paths: ['in'], to: 'out', by: 'review', threshold: 0.7, cwd });
    const events: FsaEvent[] = [];
    for await (const event of run) events.push(event);
    const result = await run;
    expect(result).toMatchObject({ rows: 7, kept: 3, exact: 2, near: 1, bad: 1, by: 'review' });
    expect(result.method).toMatchObject({ threshold: 0.7, shingleWords: 3, permutations: 128 });
    expect(await idsOf(join(cwd, 'out/a.json'))).toEqual(['1', '2']);
    expect(await idsOf(join(cwd, 'out/deep/b.jsonl'))).toEqual(['6']);
    const [first, second] = [join(cwd, 'in/a.json'), join(cwd, 'in/deep/b.jsonl.gz')];
    const removed = await readRemoved(result.removedFile ?? '');
    expect(removed).toMatchObject([
      { file: first, line: 3, reason: 'exact', of: { file: first, line: 1 }, row: a[2] },
      { file: first, line: 4, reason: 'bad', of: null, row: { ID: 4 } },
      // 38 shingles of three words, three of them changed: 35 of 41.
      { file: second, line: 1, reason: 'near', of: { file: first, line: 2 }, similarity: 35 / 41, row: b[0] },
      { file: second, line: 3, reason: 'exact', of: { file: first, line: 1 } },
    ]);
    expect(removed[1]?.['problems']).toContain(`${first}:4 Text: Text is missing`);
    expect(events.map((event) => event.type)).toContain('worker-ended');
  });

  it('tells how far the writing of rows that stay is, up to the last byte', async () => {
    const cwd = await withFiles();
    const file = join(cwd, 'in/deep/b.jsonl.gz');
    const collected = await collectRows([file], 'row', null);
    const removed = await TextWriter.create(join(cwd, 'removed.jsonl'));
    const told: [number, number][] = [];
    const onRead = (rows: number, bytes: number) => told.push([rows, bytes]);
    await writeKeptRows(file, join(cwd, 'b.jsonl'), collected, removed, { onRead });
    await removed.discard();
    expect(told.at(-1)).toEqual([3, (await stat(file)).size]);
  });

  it('compares answers as well, and exactly without Python where asked to', async () => {
    const cwd = await withFiles();
    const events: FsaEvent[] = [];
    const run = dedupeData({ paths: ['in'], to: 'out', exactOnly: true, cwd });
    for await (const event of run) if (event.type !== 'data-progress') events.push(event);
    expect(await run).toMatchObject({ kept: 5, exact: 1, near: 0, bad: 1, method: null });
    expect(events).toEqual([]);
  });

  it('never writes over files or among those that it reads, and leaves nothing when stopped', async () => {
    const cwd = await withFiles();
    const exact = { paths: ['in'], exactOnly: true, cwd };
    expect((await errorOf(dedupeData({ ...exact, to: 'in' }))).message).toContain(
      'holds files that are read',
    );
    await dedupeData({ ...exact, to: 'out' });
    expect((await errorOf(dedupeData({ ...exact, to: 'out' }))).message).toContain('exists already');
    const stopped = dedupeData({ ...exact, to: 'other' }, { signal: AbortSignal.abort() });
    expect((await errorOf(stopped)).code).toBe('CANCELLED');
    expect(await readdir(cwd)).not.toContain('other');
    const { exactOnly: _, ...near } = exact;
    expect((await errorOf(dedupeData({ ...near, to: 'x', threshold: 2 }))).code).toBe('USAGE');
  });

  it('refuses numbers of near ones where only exact ones are looked for', async () => {
    const cwd = await withFiles();
    const exact = { paths: ['in'], to: 'out', exactOnly: true, cwd };
    for (const given of [{ threshold: 0.5 }, { shingleWords: 2 }]) {
      const { code, message } = await errorOf(dedupeData({ ...exact, ...given }));
      expect([code, message]).toEqual(['USAGE', expect.stringContaining('Only exact matches')]);
    }
  });
});

describe('findDataOverlap', () => {
  const verbatim = 'The soup was cold and the waiter laughed about it';
  const changed = 'Our seats on the terrace were wonderful all evening long';
  const sentences = [verbatim, changed, 'Too short', 'Nobody ever wrote such a thing in any review'];
  const tested = sentences.map((sentence, ID) => ({ ID: String(ID), sentence, aspects: [aspect('NULL')] }));
  const corpus = [
    row(1, `We came late. ${verbatim.toLowerCase()}, all night. Too short`),
    row(2, 'Well. Our seats on the terrace were wonderful the evening long! We left.'),
    row(3, 'Nothing of it here.'),
  ];
  const withFiles = () =>
    makeFolder({
      'atsa/own/train.json': JSON.stringify(tested.slice(3)),
      'atsa/own/dev.json': '[]',
      'atsa/own/test.json': JSON.stringify(tested),
      'c.json': jsonLines(corpus),
    });

  it('tells sentences that stand there exactly from those that nearly do', { timeout: 120_000 }, async () => {
    const cwd = await withFiles();
    const result = await findDataOverlap({
      corpus: ['c.json'],
      benchmark: ['atsa/own'],
      threshold: 0.5,
      cwd,
    });
    const file = join(cwd, 'c.json');
    expect(result.found).toMatchObject([
      { kind: 'exact', sentenceId: '0', part: 'atsa/own test', file, line: 1, similarity: 1 },
      { kind: 'near', sentenceId: '1', sentence: changed, file, line: 2, similarity: 7 / 11 },
    ]);
    expect(result).toMatchObject({ exact: 1, near: 1, rows: 2, rowsSearched: 3, sentences: 4, tooShort: 1 });
    expect(result.method).toMatchObject({ threshold: 0.5, shingleWords: 2 });
  });

  it('takes benchmark files, and needs no Python to find exact ones', async () => {
    const cwd = await withFiles();
    const options = { corpus: ['c.json'], benchmark: ['atsa/own/test.json'], exactOnly: true, cwd };
    const result = await findDataOverlap(options);
    expect(result.found).toMatchObject([{ kind: 'exact', part: 'test.json' }]);
    expect(result.method).toBeNull();
    expect((await errorOf(findDataOverlap({ ...options, benchmark: ['atsa/rest14'] }))).advice).toContain(
      'fsa download benchmark',
    );
  });
});

describe('requireMemory', () => {
  const rowsOf = (rows: number) => ({ path: 'x.arrow', sha256: '0'.repeat(64), rows });
  const within = { pairs: rowsOf(2_000_000), among: null, threshold: 0.8 };

  it('refuses what will not fit, and says what would help', () => {
    expect(() => requireMemory(within, 1e9)).not.toThrow();
    expect(() => requireMemory(within, 0.5e9)).toThrow(
      expect.objectContaining({
        code: 'DATA',
        message: 'Finding near duplicates among 2,000,000 needs about 0.6 GB of memory, and 0.5 GB are free.',
        advice: expect.stringContaining('--exact') as string,
      }),
    );
  });

  it('asks for more where there are more bands, or an index in memory', () => {
    expect(() => requireMemory({ ...within, threshold: 0.7 }, 1e9)).toThrow('needs about 2.0 GB');
    const against = { ...within, among: rowsOf(10_000) };
    expect(() => requireMemory(against, 1e9)).not.toThrow();
    expect(() => requireMemory({ ...against, among: rowsOf(1_000_000) }, 1e9)).toThrow('needs about 3.0 GB');
  });
});

describe('DigestTable', () => {
  it('tells the first of equal texts among many', () => {
    const table = new DigestTable();
    const firsts = new Map<string, number>();
    for (let row = 0; row < 20_000; row++) {
      const each = `text ${(row * row) % 7919}`;
      expect(table.addIfNew(each, row)).toBe(firsts.get(each) ?? null);
      if (!firsts.has(each)) firsts.set(each, row);
    }
    expect(firsts.size).toBeGreaterThan(3000);
  });
});

describe('RemovedRows', () => {
  it('knows every row that is left out, and no other', () => {
    const removedRows = new RemovedRows();
    const added = new Map<string, Removal>();
    for (let line = 1; line < 9000; line += line % 13 || 1) {
      const reason = (['exact', 'near', 'bad'] as const)[line % 3] ?? 'bad';
      const [of, similarity] = reason === 'bad' ? [null, null] : [line * 2, 1 / line];
      const file = `f${line % 5}`;
      removedRows.add({ file, line }, { reason, of, similarity });
      added.set(`${file} ${line}`, { reason, of, similarity });
    }
    for (let line = 0; line < 10_000; line++) {
      for (let file = 0; file < 6; file++) {
        expect(removedRows.get(`f${file}`, line)).toEqual(added.get(`f${file} ${line}`) ?? null);
      }
    }
    const { exact, near, bad } = removedRows.counts;
    expect(exact + near + bad).toBe(added.size);
  });
});

describe('RowPlaces', () => {
  it('knows the place of every row', () => {
    const places = new RowPlaces();
    const added = Array.from({ length: 5000 }, (_, index) => ({
      file: `f${Math.floor(Math.sqrt(index / 10))}`,
      line: index * 3,
    }));
    for (const { file, line } of added) places.add(file, line);
    expect(added.map((_, index) => places.at(index))).toEqual(added);
  });
});
