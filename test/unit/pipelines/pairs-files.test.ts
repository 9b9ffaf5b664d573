import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { PairsWriter, type EvalDataset } from '../../../src/pipelines/eval/datasets.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

it('never lets two datasets meet in one file, whatever their names are made of', async () => {
  const folder = join(await temporaryFolder(), 'data');
  const writer = new PairsWriter(folder);
  const names = ['餐厅', '笔记', 'a/b', 'a_b', 'a b', 'x'.repeat(300), `${'x'.repeat(300)}y`];
  const row = (name: string) => ({ id: name, sentence: name, gold: '', goldTuples: [], subsets: [] });
  const digests = new Set<string>();
  for (const name of names) {
    const dataset = { task: 'atsa', name, train: [], dev: [], test: [row(name)] } as unknown as EvalDataset;
    digests.add((await writer.split(dataset, 'test', new AbortController().signal)).sha256);
  }
  expect(digests.size).toBe(names.length);
  expect(await readdir(folder)).toHaveLength(names.length);
});
