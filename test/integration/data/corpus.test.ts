import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expandCorpus, readCorpus, sourceOf } from '../../../src/data/corpus/corpus.js';
import { isFsaError } from '../../../src/errors.js';
import { sharedFolder, sharedPath } from '../../helpers/shared.js';
import { collect, errorOf, jsonLines, makeFolder, review } from './folder.js';

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
