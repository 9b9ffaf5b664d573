/** Integers keep their digits wherever they are read, and a corrected file holds the bytes of the first. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkFile } from '../../../src/data/check/check.js';
import { sortOutFile } from '../../../src/data/check/split-rows.js';
import { parseExactJson } from '../../../src/data/formats/exact-json.js';
import { readReviews } from '../../../src/data/reviews/reviews.js';
import { importData } from '../../../src/index.js';
import { gather } from '../../helpers/gather.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

describe('an integer beyond 2^53', () => {
  it('keeps its digits, and nothing else changes', () => {
    expect(parseExactJson('{"ID": 1267081518403440641, "b": [-9007199254740993, 12, 1.5e3]}')).toEqual({
      ID: '1267081518403440641',
      b: ['-9007199254740993', 12, 1500],
    });
    expect(parseExactJson('"a \\" 1267081518403440641 b"')).toBe('a " 1267081518403440641 b');
    expect(parseExactJson('0.1234567890123456789')).toBe(0.1234567890123456789);
    expect(() => parseExactJson('{"a": 12670815184034406411')).toThrow(SyntaxError);
  });

  it('is what JSON.parse gives for every JSON without one', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        fc.pre(!/\d{16}/.test(text.replaceAll(/"(?:[^"\\]|\\.)*"/gs, '')));
        expect(parseExactJson(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('tells two rows apart whose ids differ in the last digit', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, 'train.json');
    const row = (id: string) =>
      `{"ID":${id},"sentence":"Good food","aspects":[{"target":"food","polarity":"positive","from":5,"to":9}]}`;
    await writeFile(file, `[${row('1267081518403440641')},\n ${row('1267081518403440642')}]`);
    const found: string[] = [];
    await checkFile(file, { task: 'atsa', onFinding: ({ message }) => found.push(message) });
    expect(found).toEqual([]);
  });

  it('stays whole as the id of an imported sentence and of a review', async () => {
    const folder = await temporaryFolder();
    const ids = ['1267081518403440641', '1267081518403440642'];
    const rows = ids.map((id) => `{"id":${id},"text":"Good food","term":"food","polarity":"positive"}`);
    await writeFile(join(folder, 'in.jsonl'), rows.join('\n'));
    const parts = { devShare: 0, testShare: 0, task: 'atsa' } as const;
    const { preview } = await importData({ ...parts, cwd: folder, train: ['in.jsonl'], dryRun: true });
    expect(preview).toMatchObject(ids.map((ID) => ({ ID })));
    const reviews = await gather(readReviews(join(folder, 'in.jsonl')));
    expect(reviews).toMatchObject(ids.map((id) => ({ id })));
  });
});

describe('data check --fix', () => {
  it('copies the bytes of each row that passes', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, 'corpus.json');
    const kept = '{"ID":1267081518403440641, "Text":"caf\\u00e9",  "Overall":5.0,"mixtral_response":"x"}';
    await writeFile(file, `${kept}\n{"ID":2}\n`);
    const { passedFile } = await sortOutFile(file, join(folder, 'fixed'), 'corpus.json', {
      onFinding: () => undefined,
    });
    expect(await readFile(passedFile ?? '', 'utf8')).toBe(`${kept}\n`);
  });
});
