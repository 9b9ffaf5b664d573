/** One mechanism reads or refuses annotated files wherever a dataset is named. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { checkData, describeData, findDataOverlap, score } from '../../../src/index.js';
import { readZeroshotRows } from '../../../src/pipelines/zeroshot/rows.js';
import { readHeldOut } from '../../../src/pipelines/sources/held-out.js';
import { resolveConfig } from '../../../src/pipelines/run/options.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

const CSV = [
  'id,text,term,category,polarity',
  '1,"The soup was cold, sadly enough",soup,FOOD,negative',
  '2,The staff was kind to all of us,staff,SERVICE,positive',
  '',
].join('\r\n');
const XML =
  '<sentences><sentence id="1"><text>The soup was cold, sadly enough</text><aspectTerms>' +
  '<aspectTerm term="soup" polarity="negative" from="4" to="8"/></aspectTerms></sentence>' +
  '<sentence id="2"><text>The staff was kind to all of us</text><aspectTerms>' +
  '<aspectTerm term="staff" polarity="positive" from="4" to="9"/></aspectTerms></sentence></sentences>';
const SOUP = 'The soup was cold, sadly enough';
const STAFF = 'The staff was kind to all of us';
const linesOf = (...rows: readonly object[]): string =>
  rows.map((row) => `${JSON.stringify(row)}\n`).join('');
const FORMS: readonly (readonly [string, string | Buffer])[] = [
  ['own.csv', CSV],
  ['excel.csv', Buffer.from(`\uFEFF${CSV.replaceAll(/,(?! )/g, ';')}`, 'utf16le')],
  ['own.xml', XML],
  [
    'one-tuple-a-line.jsonl',
    `${['{"sentence": "The soup was cold, sadly enough", "term": "soup", "polarity": "negative"}', '{"sentence": "The staff was kind to all of us", "term": "staff", "polarity": "positive"}'].join('\n')}\n`,
  ],
  // Their rows call the sentence `text`, as a prediction is called.
  [
    'prodigy.jsonl',
    linesOf(
      { text: SOUP, spans: [{ start: 4, end: 8, label: 'NEG' }], answer: 'accept' },
      { text: STAFF, spans: [{ start: 4, end: 9, label: 'POS' }], answer: 'accept' },
    ),
  ],
  [
    'doccano.jsonl',
    linesOf(
      { id: 8, text: SOUP, label: [[4, 8, 'negative']] },
      { id: 9, text: STAFF, label: [[4, 9, 'positive']] },
    ),
  ],
  [
    'setfit.jsonl',
    linesOf(
      { text: SOUP, span: 'soup', label: 'negative', ordinal: 0 },
      { text: STAFF, span: 'staff', label: 'positive', ordinal: 0 },
    ),
  ],
];
const quiet = { emit: () => undefined, signal: new AbortController().signal };
let folder = '';

beforeEach(async () => {
  folder = await temporaryFolder();
  for (const [name, text] of FORMS) await writeFile(join(folder, name), text);
  const row = { ID: 1, Text: 'They said: the soup was cold, sadly enough.', Overall: 1, gpt_response: 'x' };
  await writeFile(join(folder, 'corpus.jsonl'), `${JSON.stringify(row)}\n`);
  await writeFile(join(folder, 'notes.txt'), 'nothing is annotated here\n');
});

describe.each(FORMS.map(([name]) => name))('%s as a dataset', (name) => {
  it('is gold, and predictions', async () => {
    const { subsets } = await score({
      task: 'atsa',
      gold: [join(folder, name)],
      predictions: join(folder, 'own.csv'),
    });
    expect(subsets.all).toMatchObject({ f1: 1, sentences: 2, gold: 2 });
    const turned = await score({
      task: 'atsa',
      gold: [join(folder, 'own.xml')],
      predictions: join(folder, name),
    });
    expect(turned.subsets.all).toMatchObject({ f1: 1 });
  });

  it('is described', async () => {
    const { datasets, corpus } = await describeData({ paths: [name], cwd: folder, task: 'atsa' });
    expect(corpus).toBeNull();
    expect(datasets[0]).toMatchObject({ task: 'atsa', name, parts: [{ sentences: 2, aspects: 2 }] });
  });

  it('is held out', async () => {
    const [held] = await readHeldOut(name, { cwd: folder, ...quiet });
    expect(held?.examples.map(({ sentence }) => sentence)).toEqual([
      'The soup was cold, sadly enough',
      'The staff was kind to all of us',
    ]);
    const corpus = join(folder, 'corpus.jsonl');
    const { exact } = await findDataOverlap({
      corpus: [corpus],
      benchmark: [join(folder, name)],
      exactOnly: true,
    });
    expect(exact).toBe(1);
  });

  it('is judged term by term', async () => {
    const config = await resolveConfig({ config: { zeroshot: { data: [name], level: 'term' } } });
    const { rows } = await readZeroshotRows(config, folder, quiet);
    expect(rows.map(({ term, label }) => [term, label])).toEqual([
      ['soup', 'negative'],
      ['staff', 'positive'],
    ]);
  });

  it('is told by `data check` to be for `data import`, with its form', async () => {
    const { findings } = await checkData({ paths: [join(folder, name)] });
    expect(findings.map(({ message }) => message)).toEqual([
      expect.stringMatching(
        /has the form (csv|semeval14|jsonl|prodigy|doccano) .*`fsa data import /,
      ) as string,
    ]);
  });

  it('is refused inside a dataset folder, with its form and what makes a dataset of it', async () => {
    const parts = join(folder, `parts of ${name}`);
    await mkdir(parts);
    const text = FORMS.find(([one]) => one === name)?.[1] ?? '';
    for (const part of ['train', 'dev', 'test']) await writeFile(join(parts, `${part}.json`), text);
    const refused = describeData({ paths: [parts] });
    await expect(refused).rejects.toMatchObject({
      code: 'DATA',
      advice: expect.stringContaining(name === 'excel.csv' ? 'UTF-8' : 'fsa data import') as string,
    });
  });
});

describe('a file of no form', () => {
  const inspect = {
    gold: async (path: string) => await score({ task: 'atsa', gold: [path], predictions: path }),
    stats: async (path: string) => await describeData({ paths: [path] }),
    overlap: async (path: string) =>
      await findDataOverlap({ corpus: [join(folder, 'corpus.jsonl')], benchmark: [path], exactOnly: true }),
  };

  it.each(Object.entries(inspect))('is refused as %s, naming the forms and the import', async (_, look) => {
    await expect(look(join(folder, 'notes.txt'))).rejects.toMatchObject({
      code: 'DATA',
      message: 'The file has no form that is read.',
      where: `${join(folder, 'notes.txt')}:1`,
      problems: expect.arrayContaining([expect.stringMatching(/^semeval14: /) as string]) as string[],
      advice: expect.stringContaining('fsa data import') as string,
    });
  });

  it('is compared with the nearest form', async () => {
    const path = join(folder, 'table.csv');
    await writeFile(path, 'comment,stars\nfine,5\n');
    await expect(inspect.gold(path)).rejects.toMatchObject({
      problems: expect.arrayContaining([
        'It looks like a table, but no column is known to hold the texts or the labels: comment,stars',
      ]) as string[],
    });
  });
});
