/** Pieces of the bundled sample, small enough for a test to train on. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from './cli.js';

export const SAMPLE_STUDENT = join(ROOT, 'models/sample');

/** A dataset folder with the first rows of the sample benchmark; the folder's path. */
export async function smallDataset(parent: string, task: 'atsa' | 'acsa', rows = 24): Promise<string> {
  const folder = join(parent, task, 'small');
  await mkdir(folder, { recursive: true });
  for (const name of ['train.json', 'dev.json', 'test.json', 'hard_test.json']) {
    const text = await readFile(join(ROOT, 'datasets/sample/benchmark', task, 'sample', name), 'utf8');
    const examples = JSON.parse(text.replace(/^\uFEFF/, '')) as unknown[];
    await writeFile(join(folder, name), JSON.stringify(examples.slice(0, rows), null, 1));
  }
  return folder;
}

/** A corpus file with the first rows of one of the sample's; its path. */
export async function smallCorpus(parent: string, rows = 40): Promise<string> {
  const path = join(parent, 'corpus.json');
  const text = await readFile(join(ROOT, 'datasets/sample/corpus/analysis_restaurant_v0.json'), 'utf8');
  await writeFile(
    path,
    text
      .replace(/^\uFEFF/, '')
      .split('\n')
      .slice(0, rows)
      .join('\n'),
  );
  return path;
}
