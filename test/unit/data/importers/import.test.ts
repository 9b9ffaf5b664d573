import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importData } from '../../../../src/index.js';
import { readDataset } from '../../../../src/data/benchmark/dataset.js';
import { FORMS } from './forms.js';
import { importOne, inFolder } from './import-one.js';

const soup = (n: number): string => `The soup number ${n} was cold .`;

const aspectsOf = (rows: readonly Record<string, unknown>[]) => rows.map((row) => row['aspects']);

describe('importData', () => {
  it.each(FORMS)('recognises %s as %s and reads it', async (name, format, content) => {
    const { result, rows } = await importOne(name, content, { task: 'atsa' });
    expect(result.format).toBe(format);
    expect(rows.map((row) => row['sentence'])).toEqual(['The soup was cold .']);
    expect(aspectsOf(rows)).toEqual([[{ target: 'soup', from: 4, to: 8, polarity: 'negative' }]]);
  });

  it.each(['jsonl', 'prodigy', 'doccano'])(
    'recognises %s by its first line, however long that is, and whether another follows',
    async (wanted) => {
      const [name = '', , content = ''] = FORMS.find(([, format]) => format === wanted) ?? [];
      const padded = content.replace('{', `{"note": "${'x'.repeat(200_000)}", `);
      for (const text of [padded, padded.trimEnd(), `${padded}${content}`]) {
        const { result } = await importOne(name, text, { task: 'atsa' });
        expect(result.format).toBe(wanted);
      }
    },
  );

  it('refuses a file that is named twice, be it for two parts or by a link', async () => {
    await inFolder({ 'a.csv': 'text,term,polarity\nThe soup was cold,soup,negative\n' }, async (folder) => {
      await symlink(join(folder, 'a.csv'), join(folder, 'b.csv'));
      const named = [
        { paths: ['a.csv', './a.csv'] },
        { paths: ['a.csv', 'b.csv'] },
        { train: ['a.csv'], test: ['b.csv'] },
      ];
      for (const files of named)
        await expect(importData({ ...files, output: 'out', cwd: folder })).rejects.toMatchObject({
          code: 'USAGE',
          message: 'A file is named twice.',
        });
      expect(await readdir(folder)).toEqual(['a.csv', 'b.csv']);
    });
  });

  it('writes a dataset that the reader of datasets takes, its own labels included', async () => {
    const lines = Array.from(
      { length: 40 },
      (_, n) => `b${n % 8}:${n},${soup(n)},soup,${n % 2 === 0 ? 'joy' : 'anger'}`,
    );
    await inFolder({ 'all.csv': ['id,text,term,polarity', ...lines].join('\n') }, async (folder) => {
      const options = {
        paths: ['all.csv'],
        task: 'atsa' as const,
        output: 'out',
        polarities: ['joy', 'anger'],
        cwd: folder,
      };
      const result = await importData(options);
      const dataset = await readDataset(join(folder, 'out'));
      expect(dataset.polarities).toEqual(['joy', 'anger']);
      expect(dataset.train.length + dataset.dev.length + dataset.test.length).toBe(40);
      const reviews = [dataset.train, dataset.dev, dataset.test].map(
        (part) => new Set(part.map(({ id }) => id.split(':')[0])),
      );
      // No review stands in two parts.
      expect(reviews.reduce((sum, part) => sum + part.size, 0)).toBe(8);
      expect(result.parts.dev?.sentences).toBe(dataset.dev.length);
      const again = await importData({ ...options, output: 'again' });
      expect(again.parts).toEqual(result.parts);
      expect(await readFile(join(folder, 'again', 'test.json'), 'utf8')).toBe(
        await readFile(join(folder, 'out', 'test.json'), 'utf8'),
      );
    });
  });

  it('takes files for the parts that their names say', async () => {
    const line = (n: number): string => `${soup(n)}####[([1], 'NEG')]\n`;
    await inFolder(
      { 'Restaurants_Train.txt': line(1), 'dev.txt': line(2), 'r_test_gold.txt': line(3) },
      async (folder) => {
        const { parts } = await importData({
          paths: ['Restaurants_Train.txt', 'dev.txt', 'r_test_gold.txt'],
          output: 'out',
          cwd: folder,
        });
        expect(Object.entries(parts).map(([part, { sentences }]) => [part, sentences])).toEqual([
          ['train', 1],
          ['dev', 1],
          ['test', 1],
        ]);
      },
    );
  });

  it('keeps what passes and gives file, line and reason of what does not', async () => {
    const { result, rows, rejects } = await importOne(
      'a.tsv',
      'the soup was cold .\t1,2 A#B 0 3,3\nthe tea was hot .\t1,2 A#B 2 3,4\nthe pie .\t1,9 A#B 2 -1,-1\n',
    );
    expect(rows).toHaveLength(1);
    expect(result.rejected.map(({ line }) => line)).toEqual([1, 3]);
    expect(
      rejects
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { line: number; reason: string }),
    ).toMatchObject([
      { line: 1, reason: 'the span 3,3 holds no word' },
      { line: 3, reason: 'the span 1,9 leaves the sentence, which has 3 words' },
    ]);
  });

  it('names the first place where three lines slip, and goes on behind it', async () => {
    const { result } = await importOne(
      'a.seg',
      'The $T$ was cold .\nsoup\n-1\nThe $T$ was hot .\nThe $T$ was dry .\npie\n1\n',
    );
    expect(result.sentences).toBe(2);
    expect(result.rejected).toMatchObject([
      { line: 4, reason: expect.stringContaining('line 5 begins the next record') as string },
    ]);
  });

  it('names a term that the text has in another form of Unicode', async () => {
    const { result } = await importOne(
      'a.csv',
      'text,term,polarity\nThe cafe\u0301 was cold .,caf\u00e9,negative\nThe pie was dry .,pie,negative\n',
    );
    expect(result.rejected).toMatchObject([
      { line: 2, reason: expect.stringContaining('bring both to NFC') as string },
    ]);
  });

  it('names a term that the text lacks with its nearest match', async () => {
    const { result } = await importOne(
      'a.csv',
      'text,term,polarity\nThe onion soup was cold .,onions soup,negative\nThe pie was dry .,pie,negative\n',
      { task: 'atsa' },
    );
    expect(result.rejected[0]?.reason).toBe(
      '"onions soup" does not occur in the text; did it mean "onion soup"?',
    );
  });

  it('repairs spaces only when told to', async () => {
    const content = "The half /half was fine .####[('half/half', 'food quality', 'positive')]\n";
    const strict = await importOne('a.txt', content);
    expect(strict.result.notes).toEqual({ 'term-not-in-text': 1 });
    const { rows } = await importOne('a.txt', content, { repair: ['spaces'] });
    expect(aspectsOf(rows)).toEqual([
      [{ target: 'half /half', from: 4, to: 14, category: 'food quality', polarity: 'positive' }],
    ]);
  });

  it('refuses unknown labels with all of them and leaves nothing behind', async () => {
    await inFolder(
      { 'a.csv': 'text,term,polarity\nThe soup .,soup,love\nThe pie .,pie,hate\n' },
      async (folder) => {
        const importing = importData({ paths: ['a.csv'], output: 'out', cwd: folder });
        await expect(importing).rejects.toMatchObject({
          code: 'DATA',
          where: `${join(folder, 'a.csv')}:2`,
          problems: [expect.stringContaining('"love"'), expect.stringContaining('"hate"')],
        });
        expect(await readdir(folder)).toEqual(['a.csv']);
      },
    );
  });

  it('maps labels, and leaves out and counts those mapped to nothing', async () => {
    const content = 'text,term,polarity\nThe soup .,soup,GOOD\nThe pie .,pie,meh\n';
    const { result, rows } = await importOne('a.csv', content, {
      map: { 'polarity.good': 'positive', 'polarity.meh': '' },
    });
    expect(aspectsOf(rows)).toEqual([[{ target: 'soup', from: 4, to: 8, polarity: 'positive' }], []]);
    expect(result.notes).toEqual({ 'label-left-out': 1 });
  });

  it('does not guess what 0 and 1 mean where there is no -1', async () => {
    await expect(
      importOne('a.csv', 'text,term,polarity\nThe soup .,soup,0\nThe pie .,pie,1\n'),
    ).rejects.toMatchObject({ code: 'DATA' });
    const { result } = await importOne(
      'a.csv',
      'text,term,polarity\nThe soup .,soup,0\nThe pie .,pie,1\nThe ale .,ale,-1\n',
    );
    expect(result.polarities).toEqual({ negative: 1, neutral: 1, positive: 1 });
  });

  it('refuses a file to predict', async () => {
    const xml =
      '<sentences><sentence id="1"><text>The soup.</text><aspectTerms><aspectTerm term="soup" from="4" to="8"/></aspectTerms></sentence></sentences>';
    await expect(importOne('a.xml', xml)).rejects.toThrow(/to predict/);
    await expect(
      importOne('a.xml', '<sentences><sentence id="1"><text>The soup.</text></sentence></sentences>', {
        task: 'atsa',
      }),
    ).rejects.toThrow(/to predict/);
  });

  it('reads offsets of other units and line ends, each by a named rule', async () => {
    const task = (id: number, text: string, start: number, end: number, said: string) => ({
      id,
      data: { text },
      annotations: [
        { result: [{ id: 'a', type: 'labels', value: { start, end, text: said, labels: ['positive'] } }] },
      ],
    });
    const tasks = [
      task(1, '😍😍 soup', 5, 9, 'soup'),
      task(2, 'one\ntwo\nsoup', 10, 14, 'soup'),
      task(3, 'Soup !', 0, 4, 'soup'),
      task(4, 'soup .', 5, 99, ''),
    ];
    const { result, rows } = await importOne('a.json', JSON.stringify(tasks));
    expect(aspectsOf(rows)).toMatchObject([
      [{ from: 3, to: 7 }],
      [{ from: 8, to: 12 }],
      [{ target: 'Soup' }],
    ]);
    expect(result.notes).toEqual({ 'offset-case': 1, 'offset-crlf': 1, 'offset-utf16': 1 });
    expect(result.rejected[0]?.reason).toContain('task 4');
  });

  it('reads UTF-16 by its mark, other encodings by name, and says where UTF-8 ends', async () => {
    const table = 'text,term,polarity\nThe crêpe .,crêpe,positive\n';
    const utf16 = await importOne('a.csv', Buffer.from(`\ufeff${table}`, 'utf16le'));
    expect(utf16.result.files[0]?.encoding).toBe('utf-16le');
    const latin = await importOne('a.csv', Buffer.from(table, 'latin1'), { encoding: 'windows-1252' });
    expect(latin.rows[0]?.['sentence']).toBe('The crêpe .');
    await expect(importOne('a.csv', Buffer.from(table, 'latin1'))).rejects.toMatchObject({
      where: expect.stringMatching(/a\.csv:2$/) as string,
    });
  });

  it('overwrites nothing', async () => {
    await inFolder({ 'a.csv': 'text,term,polarity\nThe soup .,soup,positive\n' }, async (folder) => {
      await mkdir(join(folder, 'out'));
      await writeFile(join(folder, 'out', 'mine.txt'), 'mine');
      const importing = importData({
        train: ['a.csv'],
        devShare: 0,
        testShare: 0,
        output: 'out',
        cwd: folder,
      });
      await expect(importing).rejects.toMatchObject({ code: 'USAGE' });
      expect(await readdir(join(folder, 'out'))).toEqual(['mine.txt']);
    });
  });

  it('writes nothing in a dry run and shows ten rows', async () => {
    await inFolder(
      {
        'a.csv': [
          'text,term,polarity',
          ...Array.from({ length: 30 }, (_, n) => `${soup(n)},soup,positive`),
        ].join('\r\n'),
      },
      async (folder) => {
        const result = await importData({ paths: ['a.csv'], dryRun: true, cwd: folder });
        expect(result).toMatchObject({ sentences: 30, folder: null });
        expect(result.preview).toHaveLength(10);
        expect(await readdir(folder)).toEqual(['a.csv']);
      },
    );
  });

  it('refuses in a dry run what the import itself refuses', async () => {
    await inFolder({ 'a.csv': `text,term,polarity\r\n${soup(1)},soup,positive` }, async (folder) => {
      await mkdir(join(folder, 'out', 'old'), { recursive: true });
      for (const dryRun of [true, false]) {
        const options = { paths: ['a.csv'], cwd: folder, dryRun };
        await expect(importData({ ...options, output: 'new' })).rejects.toMatchObject({
          message: 'There are too few reviews to set some aside.',
          where: join(folder, 'a.csv'),
        });
        const whole = { ...options, devShare: 0, testShare: 0, output: 'out' };
        await expect(importData(whole)).rejects.toMatchObject({
          message: 'The output folder holds files already.',
        });
      }
      expect(await readdir(folder)).toEqual(['a.csv', 'out']);
    });
  });

  it('names the forms that are read for a file that has none', async () => {
    await expect(importOne('a.txt', 'Just some words.\n')).rejects.toMatchObject({
      where: expect.stringMatching(/a\.txt:1$/) as string,
      problems: expect.arrayContaining([expect.stringContaining('semeval14')]) as string[],
    });
  });

  it('reads lines, quotes and line breaks of a table with their lines', async () => {
    const { result, rows } = await importOne(
      'a.csv',
      '\ufefftext;term;polarity\r\n"The ""soup""\r\nwas; cold";soup;negative\r\nshort;row\r\n',
      { task: 'atsa' },
    );
    expect(rows[0]?.['sentence']).toBe('The "soup"\r\nwas; cold');
    expect(result.rejected).toMatchObject([{ line: 4 }]);
  });
});
