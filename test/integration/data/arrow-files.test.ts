import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { writePairs } from '../../../src/data/pairs/write-pairs.js';
import { prepareCorpus } from '../../../src/data/corpus/prepare.js';
import { hashFile } from '../../../src/storage/digest.js';
import { runtimePython } from '../../helpers/python.js';
import { errorOf, jsonLines, makeFolder, review } from './folder.js';

const run = promisify(execFile);

/** What pyarrow sees in Arrow files that it maps into memory. */
async function readWithPython(...paths: string[]): Promise<{ id: string; source: string; target: string }[]> {
  const script = `
import json, sys
import pyarrow as pa
rows = []
for path in sys.argv[1:]:
    with pa.memory_map(path) as source:
        table = pa.ipc.open_file(source).read_all()
        table.validate(full=True)
        assert table.schema.names == ["id", "source", "target"], table.schema
        assert all(field.type == pa.string() for field in table.schema), table.schema
        rows += table.to_pylist()
print(json.dumps(rows))`;
  const { stdout } = await run(await runtimePython(), ['-c', script, ...paths], { maxBuffer: 1 << 28 });
  return JSON.parse(stdout) as { id: string; source: string; target: string }[];
}

describe('writePairs', () => {
  const pairs = (count: number) =>
    Array.from({ length: count }, (_, id) => ({
      id: `${id}`,
      source: `Größe 😀 ${id}`,
      target: id % 3 === 0 ? '' : 'a\nb',
    }));

  it.each([0, 1, 10_000])('writes %i rows that Python maps', async (count) => {
    const folder = await makeFolder();
    const written = await writePairs(join(folder, 'p.arrow'), pairs(count));
    expect(written).toEqual({
      path: join(folder, 'p.arrow'),
      sha256: await hashFile(written.path),
      rows: count,
    });
    expect(await readWithPython(written.path)).toEqual(pairs(count));
    expect((await writePairs(join(folder, 'q.arrow'), pairs(count))).sha256).toBe(written.sha256);
  });

  it('leaves nothing behind, and what was there as it was, after a failure or an abort', async () => {
    const folder = await makeFolder({ 'p.arrow': 'before' });
    const broken = function* () {
      yield* pairs(9000);
      throw new Error('source broke');
    };
    await expect(writePairs(join(folder, 'p.arrow'), broken())).rejects.toThrow('source broke');
    const stop = new AbortController();
    const stopping = function* () {
      yield* pairs(4000);
      stop.abort(new Error('enough'));
      yield* pairs(9000);
    };
    await expect(writePairs(join(folder, 'p.arrow'), stopping(), stop)).rejects.toThrow('enough');
    expect(await readdir(folder)).toEqual(['p.arrow']);
    expect(await readFile(join(folder, 'p.arrow'), 'utf8')).toBe('before');
  });
});

describe('prepareCorpus', () => {
  const many = Array.from({ length: 2000 }, (_, id) => review(id));
  const settings = { validation: [], validationShare: 0.1, seed: 42 };

  it('holds out the same reviews in every file, and loses none', async () => {
    const other = many.map((row) => ({ ...row, mixtral_response: `Told otherwise: ${row.Text}` }));
    const folder = await makeFolder({ 'a.json': jsonLines(many), 'b.json': jsonLines(other) });
    const cacheFolder = join(folder, 'cache');
    const files = [join(folder, 'a.json'), join(folder, 'b.json')];
    const { train, validation, rows, reused } = await prepareCorpus(files, { ...settings, cacheFolder });
    expect([train.length, validation.length, rows, reused]).toEqual([2, 2, 4000, false]);
    // Four standard deviations around 200.
    expect(Math.abs(validation[0]!.rows - 200)).toBeLessThan(54);
    const held = await readWithPython(...validation.map((file) => file.path));
    const learnt = await readWithPython(...train.map((file) => file.path));
    expect(held.length + learnt.length).toBe(4000);
    const sources = new Set(held.map((row) => row.source));
    expect(sources.size * 2).toBe(held.length);
    expect(learnt.some((row) => sources.has(row.source))).toBe(false);
  });

  it('reuses by content, and makes again what was damaged or is asked for otherwise', async () => {
    const folder = await makeFolder({ 'a.json': jsonLines(many.slice(0, 300)) });
    const file = join(folder, 'a.json');
    const prepare = (more: object = {}) =>
      prepareCorpus([file], { ...settings, cacheFolder: join(folder, 'cache'), ...more });
    const first = await prepare();
    expect(await prepare()).toEqual({ ...first, reused: true });
    await writeFile(join(folder, 'copy.json'), await readFile(file));
    const copy = await prepareCorpus([join(folder, 'copy.json')], {
      ...settings,
      cacheFolder: join(folder, 'cache'),
    });
    // Only where it was read from differs.
    expect(copy).toEqual({ ...first, reused: true, sources: copy.sources });
    expect(Object.keys(copy.sources)).toEqual([join(folder, 'copy.json')]);
    expect((await prepare({ seed: 43 })).validation).not.toEqual(first.validation);
    const bytes = await readFile(first.train[0]!.path);
    bytes[bytes.length >> 1]! ^= 1;
    await writeFile(first.train[0]!.path, bytes);
    expect(await prepare()).toEqual(first);
    await writeFile(file, jsonLines(many.slice(0, 301)));
    expect(await prepare()).toMatchObject({ rows: 301, reused: false });
  });

  it('leaves a validation file out of the training files, and named rows out of all', async () => {
    const folder = await makeFolder({
      'a.json': jsonLines(many.slice(0, 50)),
      'test.json': jsonLines(many.slice(50, 60)),
    });
    const files = [join(folder, 'a.json'), join(folder, 'test.json')];
    const prepared = await prepareCorpus(files, {
      ...settings,
      validation: [files[1]!],
      cacheFolder: join(folder, 'cache'),
      dropRows: new Map([[files[0]!, new Set([1, 50])]]),
    });
    expect(prepared).toMatchObject({ train: [{ rows: 48 }], validation: [{ rows: 10 }], rows: 58 });
    const ids = (await readWithPython(prepared.train[0]!.path)).map((row) => row.id);
    expect([ids.at(0), ids.at(-1)]).toEqual(['1', '48']);
    const only = { ...settings, validation: files, cacheFolder: join(folder, 'cache') };
    expect((await errorOf(prepareCorpus(files, only))).message).toContain('left to train on');
  });

  it('refuses bad rows and leaves no file, or skips and counts them each time', async () => {
    const folder = await makeFolder({ 'a.json': jsonLines([...many.slice(0, 20), { ID: 1 }]) });
    const cacheFolder = join(folder, 'cache');
    const file = join(folder, 'a.json');
    expect((await errorOf(prepareCorpus([file], { ...settings, cacheFolder }))).where).toBe(`${file}:21`);
    // Digests of sources stay: they say nothing of the rows.
    const left = (await readdir(cacheFolder)).filter((name) => !name.startsWith('source-'));
    expect(left).toEqual([]);
    const skipping = { ...settings, cacheFolder, skipBadRows: true };
    expect(await prepareCorpus([file], skipping)).toMatchObject({ rows: 20, skipped: 1, reused: false });
    expect(await prepareCorpus([file], skipping)).toMatchObject({ rows: 20, skipped: 1, reused: true });
    expect((await errorOf(prepareCorpus([file], { ...settings, cacheFolder }))).code).toBe('DATA');
  });

  it('tells its progress up to the last byte', async () => {
    const folder = await makeFolder({ 'a.json': jsonLines(many), 'b.json.gz': gzipSync(jsonLines(many)) });
    const told: number[] = [];
    const rows: number[] = [];
    await prepareCorpus([join(folder, 'a.json'), join(folder, 'b.json.gz')], {
      ...settings,
      cacheFolder: join(folder, 'cache'),
      onProgress: (progress) => {
        told.push(progress.bytesDone / progress.bytesTotal);
        rows.push(progress.rows);
      },
    });
    expect(rows).toEqual([...rows].sort((a, b) => a - b));
    expect(rows.at(-1)).toBeGreaterThan(many.length);
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect(told.at(-1)).toBe(1);
  });
});
