import { join } from 'node:path';
import fc from 'fast-check';
import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { readBenchmarkFile } from '../../../src/data/benchmark/benchmark.js';
import { readDataset, subsetsOf } from '../../../src/data/benchmark/dataset.js';
import { isFsaError } from '../../../src/errors.js';
import { aspect, errorOf, jsonLines, makeFolder } from './folder.js';

const boat = {
  ID: 'a',
  sentence: 'The boat creaks.',
  aspects: [aspect('boat', 'conflict', { from: '4', to: 8 })],
};
const crew = {
  ID: 'b',
  sentence: 'The crew sings.',
  aspects: [aspect('NULL', 'neutral', { extra: 1 })],
  aspects2: [],
};

describe('readBenchmarkFile', () => {
  it.each([
    ['a list', JSON.stringify([boat, crew], null, 4)],
    [
      'a list with byte-order mark and CRLF',
      `\uFEFF${JSON.stringify([boat, crew], null, 4).replaceAll('\n', '\r\n')}`,
    ],
    ['lines', jsonLines([boat, crew])],
    [
      'lines with CRLF, a blank one, and no end',
      `\uFEFF${JSON.stringify(boat)}\r\n\r\n${JSON.stringify(crew)}`,
    ],
  ])('reads %s', async (_, text) => {
    const folder = await makeFolder({ 'test.json': text });
    const [first, second, ...rest] = await readBenchmarkFile(join(folder, 'test.json'), 'atsa');
    expect(rest).toEqual([]);
    expect(first).toEqual({
      id: 'a',
      sentence: 'The boat creaks.',
      aspects: [
        {
          term: 'boat',
          polarity: 'conflict',
          category: null,
          from: 4,
          to: 8,
          fromRaw: '4',
          toRaw: 8,
          opinionWords: null,
        },
      ],
    });
    expect(second?.aspects).toMatchObject([{ term: null, from: 0, fromRaw: null }]);
  });

  it('names every problem with line, example, id and field', async () => {
    const rows = [
      boat,
      { ID: 'a', sentence: 'Again.', aspects: [] },
      { ID: 'c', sentence: '  ', aspects: [aspect('keel')] },
      {
        ID: 'd',
        sentence: 'The keel.',
        aspects: [aspect('sail', 'good'), { target: 'keel', polarity: 'neutral' }],
      },
      { sentence: 'No id.', aspects: 'none' },
      7,
    ];
    const folder = await makeFolder({
      'test.json': `[\n${rows.map((row) => JSON.stringify(row)).join(',\n')}\n]`,
    });
    const file = join(folder, 'test.json');
    const error = await errorOf(readBenchmarkFile(file, 'atsa'));
    expect([error.code, error.where]).toEqual(['DATA', `${file}:3`]);
    expect(error.problems).toEqual([
      `${file}:3 example 2 (ID a), ID: the id "a" is on line 2 already`,
      `${file}:4 example 3 (ID c), sentence: the sentence is empty`,
      `${file}:5 example 4 (ID d), aspects[0].target: "sail" does not occur in the sentence`,
      `${file}:5 example 4 (ID d), aspects[0].polarity: "good" is not positive, neutral, negative or conflict`,
      `${file}:5 example 4 (ID d), aspects[1].from: from is missing`,
      `${file}:5 example 4 (ID d), aspects[1].to: to is missing`,
      `${file}:6 example 5, ID: ID is missing`,
      `${file}:6 example 5, aspects: aspects should be a list, not a text`,
      `${file}:7 example 6: an example is an object, not a number`,
    ]);
  });

  it('names the line inside an example that spans many', async () => {
    const text = JSON.stringify([{ ...boat, aspects: [boat.aspects[0], aspect('mast')] }], null, 2);
    const folder = await makeFolder({ 'test.json': text });
    const line = text.split('\n').findIndex((it) => it.includes('"mast"')) + 1;
    const error = await errorOf(readBenchmarkFile(join(folder, 'test.json'), 'atsa'));
    expect(error.where).toBe(`${join(folder, 'test.json')}:${line}`);
  });

  it('says how many problems it left out', async () => {
    const rows = Array.from({ length: 50 }, (_, id) => ({ ...boat, ID: id, sentence: 'Nothing.' }));
    const folder = await makeFolder({ 'test.json': JSON.stringify(rows) });
    const { message, problems } = await errorOf(readBenchmarkFile(join(folder, 'test.json'), 'atsa'));
    expect([message, problems.length, problems.at(-1)]).toEqual([
      '50 problems in a data file.',
      21,
      'and 30 more',
    ]);
  });

  it.each([
    ['an empty file', '', /the file is empty/],
    ['one object', JSON.stringify(boat, null, 2), /should hold a list of examples/],
    ['a list that is cut off', JSON.stringify([boat], null, 2).slice(0, -4), /:\d+: not JSON/],
    [
      'a line that is cut off',
      `${jsonLines([boat])}{"ID": "x", "sen`,
      /:2 example 2: not JSON: this string is never/,
    ],
    ['UTF-16', Buffer.from(`\uFEFF[]`, 'utf16le'), /UTF-16/],
    ['Latin-1', Buffer.from('[\n{"ID": "caf\xe9"}]', 'latin1'), /not UTF-8[^]*test\.json:2/],
  ])('refuses %s', async (_, content, expected) => {
    const folder = await makeFolder({ 'test.json': content });
    expect((await errorOf(readBenchmarkFile(join(folder, 'test.json'), 'atsa'))).describe()).toMatch(
      expected,
    );
  });

  it('refuses what is not there', async () => {
    const folder = await makeFolder();
    expect((await errorOf(readBenchmarkFile(join(folder, 'none.json'), 'atsa'))).message).toBe(
      'There is no such file.',
    );
    expect((await errorOf(readBenchmarkFile(folder, 'atsa'))).message).toContain('a folder');
  });

  it('reads or refuses any JSON, and lets nothing through to prototypes', async () => {
    const folder = await makeFolder();
    const file = join(folder, 'any.json');
    const key = fc.constantFrom(
      'ID',
      'sentence',
      'aspects',
      'target',
      'from',
      'to',
      'polarity',
      '__proto__',
      'opinion_words',
    );
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom('The boat', 'boat', 'positive', '4', 8, null, -1, ''),
        tie('list'),
        tie('object'),
      ),
      list: fc.array(tie('any'), { maxLength: 3 }),
      object: fc.array(fc.tuple(key, tie('any'))).map((entries) => Object.fromEntries(entries) as unknown),
    })).any;
    await fc.assert(
      fc.asyncProperty(fc.array(value), fc.constantFrom('atsa', 'acsa'), async (rows, task) => {
        await writeFile(file, JSON.stringify(rows));
        try {
          const examples = await readBenchmarkFile(file, task);
          for (const example of examples) expect(example.sentence.trim()).not.toBe('');
        } catch (error) {
          expect(isFsaError(error) && error.code === 'DATA').toBe(true);
        }
        expect(Object.keys(Object.prototype)).toEqual([]);
        expect(({} as Record<string, unknown>)['sentence']).toBeUndefined();
      }),
      { numRuns: 200 },
    );
  });
});

describe('readDataset', () => {
  const list = (...rows: object[]) => JSON.stringify(rows);
  const tested = (id: string, ...aspects: object[]) => ({
    ID: id,
    sentence: 'The boat and the crew.',
    aspects,
  });
  const files = {
    'train.json': list(boat, crew),
    'dev.json': list(boat),
    'test.json': list(
      tested('1', aspect('boat', 'positive', { opinion_words: 'fine' })),
      tested(
        '2',
        aspect('boat', 'positive', { opinion_words: null }),
        aspect('crew', 'negative', { opinion_words: [] }),
      ),
      tested('3'),
    ),
    'hard_test.json': list(
      tested('1', aspect('crew', 'neutral', { opinion_words: [{ from: 0, to: 3, opinion: 'The' }] })),
    ),
  };

  it('joins test and hard, and cuts the subsets', async () => {
    const folder = await makeFolder(files);
    const dataset = await readDataset(folder);
    expect(dataset).toMatchObject({ task: 'atsa', folder, testCount: 3 });
    expect(dataset.test.map((_, index) => subsetsOf(dataset, index).join(' '))).toEqual([
      'all test',
      'all test implicit multiple',
      'all test',
      'all hard',
    ]);
    expect(Object.keys(dataset.files).sort()).toEqual(Object.keys(files).sort());
    expect(dataset.files['dev.json']).toMatch(/^[0-9a-f]{64}$/);
  });

  it('counts an aspect without the key as implied where others have it', async () => {
    const said = tested('1', aspect('boat', 'positive', { opinion_words: 'fine' }));
    const folder = await makeFolder({ ...files, 'test.json': list(said, tested('2', aspect('crew'))) });
    const dataset = await readDataset(folder);
    expect(subsetsOf(dataset, 0)).not.toContain('implicit');
    expect(subsetsOf(dataset, 1)).toContain('implicit');
  });

  it('knows no implied opinions where no file says opinions', async () => {
    const folder = await makeFolder({
      ...files,
      'test.json': list(tested('1', aspect('boat'))),
      'hard_test.json': '[]',
    });
    const dataset = await readDataset(folder);
    expect(subsetsOf(dataset, 0)).toEqual(['all', 'test']);
  });

  it('finds built-in names below datasets, and says which command brings them', async () => {
    const below = (at: string) =>
      Object.fromEntries(Object.entries(files).map(([name, text]) => [`${at}/${name}`, text]));
    const cwd = await makeFolder({
      ...below('datasets/fsa-benchmark/atsa/rest14'),
      ...below('own/acsa/boats'),
    });
    expect(await readDataset('atsa/rest14', { cwd })).toMatchObject({ task: 'atsa', name: 'rest14' });
    expect((await errorOf(readDataset('atsa/laptop14', { cwd }))).advice).toContain('fsa download benchmark');
    expect((await errorOf(readDataset('own/none', { cwd }))).advice).toContain(
      'train.json, dev.json and test.json',
    );
    // The folder's name decides, so the aspects lack categories.
    expect((await errorOf(readDataset('own/acsa/boats', { cwd }))).problems[0]).toContain('category');
  });

  it('tells the task by content, and asks where terms and categories are there', async () => {
    const of = (more: object) => list({ ...boat, aspects: [aspect('boat', 'positive', more)] });
    const both = of({ category: 'BOAT#GENERAL' });
    const onlyCategories = list({
      ...boat,
      aspects: [aspect('NULL', 'positive', { category: 'BOAT#GENERAL' })],
    });
    const folder = await makeFolder({ 'train.json': both, 'dev.json': both, 'test.json': both });
    expect((await errorOf(readDataset(folder))).message).toContain('terms and categories');
    expect((await readDataset(folder, { task: 'acsa' })).task).toBe('acsa');
    await writeFile(join(folder, 'train.json'), onlyCategories);
    expect((await readDataset(folder)).task).toBe('acsa');
  });

  it('advises on what is missing', async () => {
    const { 'dev.json': dev, ...rest } = files;
    const folder = await makeFolder(rest);
    expect((await errorOf(readDataset(folder))).describe()).toMatch(/no dev\.json[^]*set aside/);
    await writeFile(join(folder, 'dev.json'), dev);
    await writeFile(join(folder, 'train.json'), '[]');
    expect((await errorOf(readDataset(folder))).message).toBe('The file holds no examples.');
  });
});
