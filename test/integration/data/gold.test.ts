import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkData, score } from '../../../src/index.js';
import { readDataset } from '../../../src/data/benchmark/dataset.js';
import { readEvalDatasets } from '../../../src/pipelines/eval/datasets.js';
import { SAMPLE_STUDENT } from '../../helpers/small-data.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

const sentence = 'The soup was cold but the view was lovely.';
const soup = { target: 'soup', from: 4, to: 8, polarity: 'negative' };
const row = { ID: '1', sentence, aspects: [soup] };
const without = { ...row, aspects: [] };

async function dataset(files: Record<string, unknown>, task = 'atsa'): Promise<string> {
  const folder = join(await temporaryFolder(), task, 'mine');
  await mkdir(folder, { recursive: true });
  const whole = { 'train.json': [row], 'dev.json': [row], 'test.json': [row], ...files };
  for (const [name, value] of Object.entries(whole)) {
    await writeFile(join(folder, name), JSON.stringify(value));
  }
  return folder;
}

describe('gold to measure on', () => {
  it.each([
    ['dev.json', [], 'no sentences'],
    ['dev.json', [without], 'no gold tuples'],
    ['test.json', [], 'no sentences'],
    ['test.json', [without], 'no gold tuples'],
  ])('is asked for before any work: %s with %j', async (name, rows, lack) => {
    const folder = await dataset({ [name]: rows });
    const reading = readEvalDatasets([folder], { targetOrder: 'text', epochs: 1 }, '.');
    await expect(reading).rejects.toMatchObject({ code: 'DATA', where: join(folder, name) });
    await expect(reading).rejects.toThrow(lack);
  });

  it('is not asked of a dev set that nothing is chosen on', async () => {
    const folder = await dataset({ 'dev.json': [] });
    expect(await readEvalDatasets([folder], { targetOrder: 'text', epochs: 0 }, '.')).toHaveLength(1);
  });
});

describe('scoring', () => {
  const scoreTexts = async (folder: string, texts: string[], task: 'atsa' | 'acos' = 'atsa') => {
    const predictions = join(folder, 'predictions.json');
    await writeFile(predictions, JSON.stringify(texts));
    return await score({ task, gold: [join(folder, 'test.json')], predictions });
  };

  it('says null where nothing is gold and nothing predicted, and refuses no sentences at all', async () => {
    const folder = await dataset({ 'test.json': [without] });
    expect((await scoreTexts(folder, [''])).subsets.all).toMatchObject({
      precision: null,
      recall: null,
      f1: null,
    });
    const empty = await dataset({ 'test.json': [] });
    await expect(scoreTexts(empty, [])).rejects.toThrow('no sentences');
  });

  it('counts gold that cannot be written, says how much of it there is, and keeps the published count', async () => {
    const aspects = [{ target: 'R&amp;B music', from: null, to: null, polarity: 'negative' }];
    const folder = await dataset({ 'test.json': [{ ID: '1', sentence: 'R&amp;B music; loud', aspects }] });
    const result = await scoreTexts(folder, ['B music | negative']);
    expect(result.unreachableGold).toBe(1);
    expect(result.subsets.all).toMatchObject({ correct: 0, gold: 1, f1: 0, counting: 'tuples' });
    expect(result.literature.all).toMatchObject({ correct: 1, gold: 1, f1: 1, counting: 'published' });
  });

  it('of gold against itself is 100 for a task with escapes, in labels of its own', async () => {
    const aspects = [
      {
        target: 'a;b',
        from: 0,
        to: 3,
        category: 'FOOD#MIX|MASH',
        polarity: '5',
        opinion: { text: '|', from: 4, to: 5 },
      },
      { target: null, from: null, to: null, category: 'FOOD#NULL', polarity: '1', opinion: null },
    ];
    const rows = [{ ID: '1', sentence: 'a;b | NULL', aspects }];
    const files = {
      'train.json': rows,
      'dev.json': rows,
      'test.json': rows,
      'dataset.json': { schema: 1, task: 'acos', polarities: ['1', '2', '3', '4', '5'] },
    };
    const folder = await dataset(files, 'food');
    const read = await readDataset(folder);
    expect([read.task, read.polarities.length]).toEqual(['acos', 5]);
    const [mine] = await readEvalDatasets([folder], { targetOrder: 'text', epochs: 1 }, '.');
    const result = await scoreTexts(
      folder,
      mine!.test.map(({ gold }) => gold),
      'acos',
    );
    expect(result.subsets.all).toMatchObject({ f1: 1, gold: 2, malformed: 0 });
    expect(result.literature.all).toMatchObject({ f1: 1, counting: 'field' });
    expect(result.unreachableGold).toBe(0);
  });

  it('counts an opinion that aste has no form for, teaches none of it, and names its sentence', async () => {
    const cold = { ...soup, opinion: { text: 'cold', from: 13, to: 17 } };
    const aspects = [cold, { ...soup, target: 'view', from: 26, to: 30, opinion: null }];
    const rows = [{ ID: 'half', sentence, aspects }];
    const folder = await dataset({ 'train.json': rows, 'dev.json': rows, 'test.json': rows }, 'aste');
    const [mine] = await readEvalDatasets([folder], { targetOrder: 'text', epochs: 1 }, '.');
    expect(mine?.train.map(({ gold }) => gold)).toEqual(['soup | cold | negative']);
    const gold = join(folder, 'test.json');
    const { subsets, sentences } = await score({ task: 'aste', gold: [gold], predictions: gold });
    expect(subsets.all).toMatchObject({ precision: 1, recall: 0.5, gold: 2, malformed: 0 });
    expect(sentences).toMatchObject([{ id: 'half', unreachable: 1 }]);
  });

  it('is checked with the labels of its dataset.json, and what cannot be written is summed up', async () => {
    const aspects = [
      { target: 'a|b', from: 0, to: 3, polarity: 'good' },
      { target: 'boat', from: 4, to: 8, polarity: 'bad' },
    ];
    const folder = await dataset({
      'train.json': [{ ID: '1', sentence: 'a|b boat', aspects }],
      'dataset.json': { schema: 1, task: 'atsa', polarities: ['good', 'bad'] },
    });
    const { files, errors } = await checkData({
      paths: [join(folder, 'train.json'), join(folder, 'dataset.json')],
    });
    expect(errors).toBe(0);
    expect(files).toMatchObject([{ task: 'atsa', passed: 1, warnings: 1, unreachableGold: 1 }]);
  });

  describe('of terms that tokenizers write otherwise', () => {
    const rows = ['delete  key', 'plastic\u00a0pieces', 'cafe\u0301', 'soup'].map((target, index) => ({
      ID: String(index),
      sentence: `A ${target} here`,
      aspects: [{ target, polarity: 'negative', from: 2, to: 2 + target.length }],
    }));
    const written = ['delete key', 'plastic pieces', 'caf\u00e9', 'soup'].map((term) => `${term} | negative`);

    it('says so without a tokenizer, with the score in their form, and names them', async () => {
      const folder = await dataset({ 'test.json': rows });
      const { subsets, otherForms, reach } = await scoreTexts(folder, written);
      expect(subsets.all).toMatchObject({ correct: 1, gold: 4 });
      expect(otherForms).toMatchObject({ tuples: 3, ids: ['0', '1', '2'], subsets: { all: { f1: 1 } } });
      expect(reach).toBeNull();
      const { files, findings } = await checkData({ paths: [join(folder, 'test.json')] });
      expect(files).toMatchObject([{ errors: 0, warnings: 3, otherForms: 3, unreachableGold: 0 }]);
      expect(findings[1]).toMatchObject({ kind: 'other-form', id: '1', row: 2 });
      expect(findings[1]?.message).toContain('"plastic\\u{a0}pieces" becomes "plastic pieces"');
    });

    it('asks the tokenizer of a model that is named, and compares in its form where that is asked', async () => {
      const folder = await dataset({ 'test.json': rows });
      const gold = [join(folder, 'test.json')];
      const predictions = join(folder, 'predictions.json');
      await writeFile(predictions, JSON.stringify(written));
      const asked = { task: 'atsa', gold, predictions, model: SAMPLE_STUDENT } as const;
      const exact = await score(asked);
      expect(exact.reach).toMatchObject({ targets: 4, survivingTargets: 1, reachableTuples: 1 });
      expect([exact.otherForms, exact.subsets.all?.correct]).toEqual([null, 1]);
      const normalised = await score({ ...asked, compare: 'tokenizer-normalised' });
      expect(normalised.reach).toMatchObject({ reachableTuples: 4 });
      expect(normalised.sentences[0]?.sentence).toBe('A delete  key here');
      // Spaces are the same to this tokenizer; a letter that it has no piece for is lost on one side.
      expect(normalised.subsets.all?.correct).toBe(3);
      const asGold = await score({ ...asked, predictions: gold[0] ?? '', compare: 'tokenizer-normalised' });
      expect(asGold.subsets.all?.f1).toBe(1);
      const { files } = await checkData({ paths: gold, model: SAMPLE_STUDENT });
      expect(files).toMatchObject([{ otherForms: 0, warnings: 0, reach: { survivingTargets: 1 } }]);
    }, 240_000);

    it('refuses to compare in the form of a tokenizer that is not named', async () => {
      const folder = await dataset({});
      const gold = join(folder, 'test.json');
      const refused = score({
        task: 'atsa',
        gold: [gold],
        predictions: gold,
        compare: 'tokenizer-normalised',
      });
      await expect(refused).rejects.toMatchObject({
        code: 'USAGE',
        advice: expect.stringContaining('--model') as string,
      });
    });
  });

  it('refuses a dataset.json that is not as documented', async () => {
    const folder = await dataset({ 'dataset.json': { schema: 1, task: 'atsa', polarities: ['a|b', 'a'] } });
    await expect(readDataset(folder)).rejects.toMatchObject({
      code: 'DATA',
      where: join(folder, 'dataset.json'),
    });
  });
});
