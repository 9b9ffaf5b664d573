/** Rows that say for themselves which part of the dataset they are of, and ids that several files share. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importData } from '../../../../src/index.js';
import type { DataImportOptions } from '../../../../src/pipelines/data/import.js';
import { temporaryFolder } from '../../../helpers/temp-folder.js';

type Files = Readonly<Record<string, string>>;

async function bring(files: Files, options: Partial<DataImportOptions> = {}) {
  const cwd = await temporaryFolder();
  for (const [name, content] of Object.entries(files)) await writeFile(join(cwd, name), content);
  const result = await importData({
    paths: Object.keys(files),
    task: 'atsa',
    output: 'out',
    cwd,
    ...options,
  });
  const idsOf = async (part: string): Promise<string[]> => {
    const rows = JSON.parse(await readFile(join(cwd, 'out', `${part}.json`), 'utf8')) as { ID: string }[];
    return rows.map(({ ID }) => ID);
  };
  return { ...result, idsOf };
}

const row = (id: number, part: string): string => `${id},${part},The soup ${id} was nice,soup,positive`;
const table = (parts: readonly string[], name = 'split'): string =>
  [`id,${name},text,term,polarity`, ...parts.map((part, at) => row(at, part))].join('\n');
const ROUND = Array.from({ length: 30 }, (_, at) => ['train', 'Validation', 'test'][at % 3] ?? '');
const numbers = (rest: number): string[] => ROUND.flatMap((_, at) => (at % 3 === rest ? [String(at)] : []));

describe('rows that name their part', () => {
  it('stay where they say, whatever the column is called', async () => {
    for (const name of ['split', 'Data_Split', 'partition']) {
      const { idsOf, notes, warnings } = await bring({ 'a.csv': table(ROUND, name) });
      expect([await idsOf('train'), await idsOf('dev'), await idsOf('test')]).toEqual([0, 1, 2].map(numbers));
      expect(notes).toEqual({ 'part-of-row': 30 });
      expect(warnings.join('\n')).not.toContain('cut from the rest');
    }
  });

  it('in JSON lines, too, and of a file whose name says another part', async () => {
    const lines = ROUND.map((split, id) =>
      JSON.stringify({ id, split, text: `A soup ${id}`, tuples: [{ term: 'soup', polarity: 'positive' }] }),
    );
    const { idsOf } = await bring({ 'train_and_test.jsonl': lines.join('\n') });
    expect([await idsOf('train'), await idsOf('dev'), await idsOf('test')]).toEqual([0, 1, 2].map(numbers));
  });

  it('have the part that they lack cut from their training rows alone', async () => {
    const parts = ROUND.map((part) => (part === 'test' ? 'test' : 'train'));
    const { idsOf, warnings } = await bring({ 'a.csv': table(parts) });
    expect(await idsOf('test')).toEqual(numbers(2));
    expect([...(await idsOf('train')), ...(await idsOf('dev'))]).toHaveLength(20);
    expect(await idsOf('dev')).toHaveLength(2);
    expect(warnings.join('\n')).toContain(
      'No file and no row is of a dev set: cut from the rest with seed 42',
    );
  });

  it('are counted by a dry run as they would be written', async () => {
    const parts = ROUND.map((part) => (part === 'test' ? 'test' : 'train'));
    for (const content of [table(ROUND), table(parts)]) {
      const dry = await bring({ 'a.csv': content }, { dryRun: true });
      const whole = await bring({ 'a.csv': content });
      expect([dry.parts, dry.warnings]).toEqual([whole.parts, whole.warnings]);
    }
  });

  it('give way to --test FILE, and another word there is counted', async () => {
    const { idsOf } = await bring(
      { 'a.csv': table(ROUND) },
      { paths: [], test: ['a.csv'], devShare: 0, testShare: 0 },
    );
    expect(await idsOf('test')).toHaveLength(30);
    const { notes, parts } = await bring({
      'a.csv': table(
        ROUND.map(() => 'fold3'),
        'subset',
      ),
    });
    expect(notes).toEqual({ 'part-unknown': 30 });
    expect(Object.keys(parts)).toEqual(['train', 'dev', 'test']);
  });

  it('may repeat a sentence of another part without being joined to it', async () => {
    const same = (part: string): string => `7,${part},The soup was nice,soup,positive`;
    const content = ['id,split,text,term,polarity', same('train'), same('test'), row(8, 'dev')].join('\n');
    const { sentences, warnings } = await bring({ 'a.csv': content });
    expect(sentences).toBe(3);
    expect(warnings.join('\n')).toContain('1 texts of test stand in train');
  });
});

it('gives every sentence an id of its own, however many files have the same ids', async () => {
  const of = (word: string): string => table(ROUND.map(() => 'train')).replaceAll('soup', word);
  const files = { 'a.csv': of('soup'), 'b.csv': of('pie'), 'c.csv': of('tea'), 'd.csv': of('egg') };
  const { idsOf } = await bring(files, { devShare: 0, testShare: 0 });
  const ids = await idsOf('train');
  expect(ids).toHaveLength(120);
  expect(new Set(ids).size).toBe(120);
});

it('reads offsets that count bytes of UTF-8, also where the words stand twice', async () => {
  const text = 'Größe ök: soup é soup é soup ééééééé';
  const at = text.indexOf('soup', 12);
  const from = Buffer.byteLength(text.slice(0, at));
  const line = JSON.stringify({ text, term: 'soup', from, to: from + 4, polarity: 'positive' });
  const { preview, notes } = await bring({ 'a.jsonl': line }, { dryRun: true, devShare: 0, testShare: 0 });
  expect(preview).toMatchObject([{ aspects: [{ target: 'soup', from: at, to: at + 4 }] }]);
  expect(notes).toEqual({ 'offset-utf8': 1 });
});
