import { readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FsaEventBody } from '../../../src/events.js';
import { readEvalDatasets } from '../../../src/pipelines/eval/datasets.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

const sentence = (id: number, term: string, polarity: string) =>
  `<sentence id="${id}"><text>The ${term} number ${id} was there.</text><aspectTerms>` +
  `<aspectTerm term="${term}" polarity="${polarity}" from="4" to="${4 + term.length}"/></aspectTerms></sentence>`;
const xmlOf = (count: number, polarity = 'positive') =>
  `<sentences>${Array.from({ length: count }, (_, id) => sentence(id, 'soup', polarity)).join('\n')}</sentences>`;

async function read(name: string, text: string, epochs: number) {
  const folder = await temporaryFolder();
  await writeFile(join(folder, name), text);
  const said: FsaEventBody[] = [];
  const work = { emit: (event: FsaEventBody) => void said.push(event), signal: new AbortController().signal };
  const [dataset] = await readEvalDatasets([name], { targetOrder: 'text', epochs }, folder, work);
  return { dataset: dataset!, said };
}

describe('a dataset that is one annotated file', () => {
  it('is dealt out the same way each time where its name says nothing', async () => {
    const { dataset } = await read('menu.xml', xmlOf(40), 5);
    const counts = [dataset.train, dataset.dev, dataset.test].map((rows) => rows.length);
    expect(dataset).toMatchObject({ task: 'atsa', name: 'menu' });
    expect(counts).toEqual([32, 4, 4]);
    expect((await read('menu.xml', xmlOf(40), 5)).dataset).toEqual(dataset);
    expect((await readdir(tmpdir())).filter((name) => name.startsWith('fsa-import-'))).toEqual([]);
  });

  it('is enough as a test file where nothing is fine-tuned', async () => {
    const { dataset } = await read('Menu_Test_Gold.xml', xmlOf(3), 0);
    expect([dataset.train.length, dataset.test.length]).toEqual([0, 3]);
  });

  it.each([
    ['menu_train.xml', 0, /holds training sentences: dev and test sentences are missing/],
    ['menu_test.xml', 5, /holds test sentences: training and dev sentences are missing/],
  ])('is refused as %s with %d epochs, saying what is missing', async (name, epochs, words) => {
    await expect(read(name, xmlOf(40), epochs)).rejects.toThrow(words);
  });

  it('is refused where labels or rows are unclear, or the file has no form', async () => {
    await expect(read('menu.xml', xmlOf(40, 'joyful'), 5)).rejects.toThrow('labels that are none of');
    await expect(read('menu.xml', '<menu/>', 5)).rejects.toThrow('no form that is read');
    const slipped = xmlOf(40).replace('term="soup"', 'term="wine"');
    await expect(read('menu.xml', slipped, 5)).rejects.toThrow(
      '1 rows of the file are not as they should be',
    );
  });
});
