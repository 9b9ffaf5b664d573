/** A key that stands twice in one object is refused with its place, wherever users' own JSON is read. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readDataset } from '../../../src/data/benchmark/dataset.js';
import { readCorpus } from '../../../src/data/corpus/corpus.js';
import { findRepeatedKey } from '../../../src/data/formats/repeated-keys.js';
import { readReviews } from '../../../src/data/reviews/reviews.js';
import { FsaError, importData } from '../../../src/index.js';
import { readDemonstrations } from '../../../src/teacher/prompts/demonstrations.js';
import { openInput, readTexts } from '../../../src/pipelines/predict/read-texts.js';
import { gather } from '../../helpers/gather.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

const find = (text: string) => findRepeatedKey(text, JSON.parse(text));

describe('a repeated key', () => {
  it.each([
    ['{"a":1,"a":2}', 'a', 7],
    ['[{"b":{"a":1 , "a" : 2}}]', 'a', 15],
    ['{"a":1,"\\u0061":2}', 'a', 7],
    ['{"a":"x\\":","b":1,"b":2}', 'b', 18],
    ['{"__proto__":1,"__proto__":2}', '__proto__', 15],
    ['{"":1,"":2}', '', 6],
  ])('is found in %s', (text, key, offset) => {
    expect(find(text)).toEqual({ key, offset });
  });

  it.each([
    '{"a":1,"b":{"a":2},"c":[{"a":3},{"a":4}]}',
    '{"a":"\\"a\\": twice, and \\" :","b":"at 10:30"}',
    '{"a\\":":1,"a":2}',
    '["a","a"]',
    '"a"',
    'null',
  ])('is none in %s', (text) => {
    expect(find(text)).toBeNull();
  });

  it('is none in what JSON.stringify writes, and is one where a key is written again', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const value: unknown = JSON.parse(text);
        const plain = JSON.stringify(value, null, 1);
        expect(findRepeatedKey(plain, value)).toBeNull();
        const twice = `{"k":${plain},"k":${plain}}`;
        expect(findRepeatedKey(twice, JSON.parse(twice))?.key).toBe('k');
      }),
    );
  });
});

describe('is refused with its place', () => {
  const aspect = '"from":0,"to":4,"polarity":"positive"';

  it('in a dataset, in dataset.json, on import and by predict', async () => {
    const folder = await temporaryFolder();
    const path = (name: string): string => join(folder, name);
    const row = (id: number, more = ''): string =>
      `{"ID":"${id}","sentence":"Soup was good.","aspects":[{"target":"Soup",${aspect}${more}}]}`;
    for (const part of ['train', 'dev', 'test']) await writeFile(path(`${part}.json`), `[\n${row(1)}\n]`);
    await readDataset(folder, { task: 'atsa' });
    await writeFile(path('test.json'), `[\n${row(1)},\n${row(2, ',\n"target":"good"')}\n]`);
    const refusal = await readDataset(folder, { task: 'atsa' }).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(FsaError);
    expect((refusal as FsaError).describe()).toMatch(
      /test\.json:4.*the key "target" stands twice in one object/s,
    );
    await writeFile(path('test.json'), `[\n${row(1)}\n]`);
    await writeFile(path('dataset.json'), '{"schema":1,\n"task":"acsa",\n"task":"atsa"}');
    await expect(readDataset(folder)).rejects.toMatchObject({
      where: `${path('dataset.json')}:3`,
      message: expect.stringContaining('the key "task" stands twice') as string,
    });

    const line = (more = ''): string =>
      `{"text":"Soup was good.","term":"Soup","polarity":"positive"${more}}`;
    await writeFile(path('a.jsonl'), `${line()}\n${line(',"polarity":"negative"')}\n`);
    const imported = await importData({
      ...{ train: ['a.jsonl'], devShare: 0, testShare: 0, output: 'out', cwd: folder, task: 'atsa' },
    });
    expect(imported.rejected).toMatchObject([
      { line: 2, reason: expect.stringContaining('the key "polarity" stands twice') as string },
    ]);

    await writeFile(path('in.jsonl'), '{"text":"One."}\n{"text":"Two.","text":"Three."}\n');
    const read = async (): Promise<void> => {
      const signal = new AbortController().signal;
      const input = await openInput(path('in.jsonl'), process.stdin, { signal, onBytes: () => undefined });
      for await (const texts of readTexts(input)) expect(texts.length).toBeGreaterThanOrEqual(0);
    };
    await expect(read()).rejects.toMatchObject({
      where: `${path('in.jsonl')}:2`,
      message: expect.stringContaining('the key "text" stands twice') as string,
    });
  });

  it('in a corpus, in reviews, and in demonstrations', async () => {
    const folder = await temporaryFolder();
    const path = (name: string): string => join(folder, name);
    const row = '{"ID":1,"Text":"Good soup.","x_response":"Soup is good."}';
    await writeFile(path('corpus.json'), `${row}\n{"ID":2,"Text":"a","Text":"b","x_response":"c"}\n`);
    const corpus = readCorpus(path('corpus.json'));
    expect(await corpus.next()).toMatchObject({ value: { id: '1' } });
    await expect(corpus.next()).rejects.toMatchObject({ where: `${path('corpus.json')}:2` });
    const reviews = await gather(readReviews(path('corpus.json')));
    expect(reviews).toMatchObject([{ id: '1' }, { line: 2, reason: 'a key twice' }]);
    const answer = '"kind":"rewrite","domain":"x","review":"r","answer":"a"';
    await writeFile(path('shown.jsonl'), `{${answer},"answer":"b"}\n`);
    await expect(readDemonstrations('x', path('shown.jsonl'), [])).rejects.toMatchObject({
      where: `${path('shown.jsonl')}:1`,
      message: expect.stringContaining('the key "answer" stands twice') as string,
    });
  });
});
