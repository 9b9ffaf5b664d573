import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expandCorpus, readCorpus, sourceOf } from '../../../src/data/corpus.js';
import { findOverlaps, overlappingRows } from '../../../src/data/overlap.js';
import { writePairs } from '../../../src/data/pairs.js';
import { prepareCorpus } from '../../../src/data/prepare-corpus.js';
import { isFsaError } from '../../../src/errors.js';
import { hashFile } from '../../../src/storage/digest.js';
import { runtimePython } from '../../helpers/python.js';
import { sharedFolder, sharedPath } from '../../helpers/shared.js';
import { collect, errorOf, jsonLines, makeFolder, review } from './folder.js';

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

describe('readCorpus', () => {
  const rows = [
    review(1),
    review(2, { prompt: 'Read: ', Overall: null }),
    review(3, { mixtral_response: ' x\ny ' }),
  ];

  it.each([
    ['plain', jsonLines(rows)],
    ['byte-order mark, CRLF, blank lines', `\uFEFF${jsonLines(rows).replaceAll('\n', '\r\n\r\n')}`],
    ['gzip', gzipSync(jsonLines(rows))],
    ['without a last line break', jsonLines(rows).trimEnd()],
    [
      'files joined with their marks',
      `\uFEFF${jsonLines(rows.slice(0, 2))}\uFEFF${jsonLines(rows.slice(2))}`,
    ],
  ])('reads %s', async (_, content) => {
    const folder = await makeFolder({ 'c.json': content });
    const read = await collect(readCorpus(join(folder, 'c.json')));
    expect(read.map(sourceOf)).toEqual([rows[0]!.Text, `Read: ${rows[1]!.Text}`, rows[2]!.Text]);
    expect(read).toMatchObject([
      { id: '1', stars: 4, answerField: 'mixtral_response', prompt: null, line: 1 },
      { id: '2', stars: null },
      { id: '3', answer: ' x\ny ' },
    ]);
  });

  it('joins lines over pieces of any size', async () => {
    const long = Array.from({ length: 40 }, (_, id) => review(id, { Text: `é${'x'.repeat(id * 2500)}` }));
    const folder = await makeFolder({ 'c.json': jsonLines(long) });
    const read = await collect(readCorpus(join(folder, 'c.json')));
    expect(read.map((row) => row.text)).toEqual(long.map((row) => row.Text));
  });

  const bad: [string, unknown, string][] = [
    ['no answer', { ID: 1, Text: 'x', Overall: 1 }, ': no answer'],
    ['two answers', review(1, { chatgpt_response: 'y' }), 'chatgpt_response: more than one answer'],
    [
      'an empty answer',
      review(1, { mixtral_response: ' \n' }),
      'mixtral_response: mixtral_response is empty',
    ],
    ['an empty text', review(1, { Text: '' }), 'Text: Text is empty'],
    ['stars in words', review(1, { Overall: 'five' }), 'Overall: Overall is "five"'],
    ['no id', review(1, { ID: undefined }), 'ID: ID is missing'],
    ['a list', [review(1)], ': a row is an object, not a list'],
  ];

  it.each(bad)('refuses a row with %s', async (_, row, message) => {
    const folder = await makeFolder({ 'c.json': jsonLines([row]) });
    const error = await errorOf(collect(readCorpus(join(folder, 'c.json'))));
    expect(error.describe()).toContain(`c.json:1${message.startsWith(':') ? '' : ' '}${message}`);
  });

  it('reads to the end to tell all problems, or tells bad rows and goes on', async () => {
    const text = `${jsonLines([review(1)])}{"ID"\n${jsonLines([review(3), { ID: 4 }, review(5)])}`;
    const folder = await makeFolder({
      'c.json': Buffer.concat([Buffer.from(text), Buffer.from([0xff, 0x0a])]),
    });
    const file = join(folder, 'c.json');
    const { problems } = await errorOf(collect(readCorpus(file)));
    expect(problems.map((problem) => Number(/json:(\d+)/.exec(problem)?.[1]))).toEqual([2, 4, 4, 6]);
    let skipped = 0;
    const read = await collect(readCorpus(file, { onBadRow: () => skipped++ }));
    expect([read.map((row) => row.id), skipped]).toEqual([['1', '3', '5'], 3]);
  });

  it('says what is wrong with whole files', async () => {
    const packed = gzipSync(jsonLines(rows));
    const folder = await makeFolder({
      'cut.gz': packed.subarray(0, packed.length - 12),
      'empty.json': '\n',
      'data.parquet': Buffer.from('PAR1\0\0'),
    });
    const of = async (name: string) => (await errorOf(collect(readCorpus(join(folder, name))))).describe();
    expect(await of('cut.gz')).toContain('cut off or damaged');
    expect(await of('empty.json')).toContain('empty');
    expect(await of('data.parquet')).toContain('Parquet');
    expect(await of('none.json')).toContain('no such file');
  });

  it('stops when aborted', async () => {
    const folder = await makeFolder({
      'c.json': jsonLines(Array.from({ length: 20_000 }, (_, id) => review(id))),
    });
    const stop = new AbortController();
    const reading = (async () => {
      for await (const row of readCorpus(join(folder, 'c.json'), { signal: stop.signal })) {
        if (row.id === '10') stop.abort(new Error('enough'));
      }
    })();
    await expect(reading).rejects.toThrow('enough');
  });

  it('reads or refuses any lines', async () => {
    const folder = await makeFolder();
    const file = join(folder, 'any.json');
    const row = fc.oneof(
      fc.json(),
      fc.string(),
      fc.nat().map((id) => JSON.stringify(review(id))),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(row), fc.boolean(), async (lines, packed) => {
        await writeFile(file, packed ? gzipSync(lines.join('\n')) : lines.join('\n'));
        await collect(readCorpus(file)).catch((error: unknown) => {
          if (!isFsaError(error)) throw error;
        });
        await collect(readCorpus(file, { onBadRow: () => undefined })).catch((error: unknown) => {
          if (!isFsaError(error) || !/empty|binary|UTF-16|zstd|Parquet/.test(error.message)) throw error;
        });
      }),
      { numRuns: 200 },
    );
  });

  it.skipIf(sharedFolder === null)('reads published rows', async () => {
    expect(await collect(readCorpus(sharedPath('data/corpus/mixtral_sample_250.json')))).toHaveLength(250);
  });
});

describe('expandCorpus', () => {
  it('takes files, folders and globs, each file once and sorted', async () => {
    const cwd = await makeFolder({
      'a/1.json': '',
      'a/b/2.jsonl.gz': '',
      'a/readme.md': '',
      'odd[1].txt': '',
    });
    const paths = (names: string[]) => names.map((name) => join(cwd, name));
    expect(await expandCorpus(['a'], cwd)).toEqual(paths(['a/1.json', 'a/b/2.jsonl.gz']));
    expect(await expandCorpus(['a/**/*.gz', 'a/b', join(cwd, 'a/1.json')], cwd)).toEqual(
      paths(['a/1.json', 'a/b/2.jsonl.gz']),
    );
    expect(await expandCorpus(['odd[1].txt'], cwd)).toEqual(paths(['odd[1].txt']));
    const { message } = await errorOf(expandCorpus(['a', 'none/*.json', 'nowhere'], cwd));
    expect(message).toContain('none/*.json, nowhere');
    expect((await errorOf(expandCorpus([], cwd))).code).toBe('DATA');
  });
});

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
    expect(copy).toEqual({ ...first, reused: true });
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
    expect(await readdir(cacheFolder)).toEqual([]);
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

describe('findOverlaps', () => {
  it('finds sentences word for word, whatever the case, spaces and what encloses them', async () => {
    const sentence = 'The crew sang, loudly, all night long.';
    const text = (of: string) => review(1, { Text: of });
    const folder = await makeFolder({
      'c.json': jsonLines([
        text('We slept badly. the  crew\nSANG, loudly, all night long! Never again.'),
        text('The crew sang loudly all night long.'),
        text('The crew sang, loudly, all night longer.'),
        text('Bathe crew sang, loudly, all night long.'),
        { broken: true },
        text(`“${sentence.slice(0, -1)}”`),
      ]),
    });
    const sentences = [
      { sentence, id: 'x' },
      { sentence: 'The crew sang.', id: 'short' },
    ];
    const overlaps = await findOverlaps(sentences, [join(folder, 'c.json')]);
    expect(overlaps.found.map(({ line, sentence: { id } }) => [line, id])).toEqual([
      [1, 'x'],
      [6, 'x'],
    ]);
    expect(overlaps).toMatchObject({ tooShort: 1, rowsSearched: 5 });
    expect(overlappingRows(overlaps)).toEqual(new Map([[join(folder, 'c.json'), new Set([1, 6])]]));
  });

  it('finds any sentence put anywhere into any words', async () => {
    const words = fc.array(fc.stringMatching(/^[a-zé]{1,6}$/), { minLength: 6, maxLength: 12 });
    const folder = await makeFolder();
    const file = join(folder, 'c.json');
    await fc.assert(
      fc.asyncProperty(words, words, words, async (before, inside, after) => {
        const text = [...before, ...inside, ...after].join(' ');
        await writeFile(file, jsonLines([review(1, { Text: text })]));
        const { found } = await findOverlaps([{ sentence: inside.join('  ').toUpperCase() }], [file]);
        expect(found).toHaveLength(1);
      }),
      { numRuns: 100 },
    );
  });
});
