/** Every real file of every format, as every task that it annotates, scored against itself. */
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isFsaError } from '../../../src/errors.js';
import { importData, score } from '../../../src/index.js';
import { TASKS, type Task } from '../../../src/tasks/vocabulary.js';
import { sharedFolder, sharedPath } from '../../helpers/shared.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';
import { FORMS } from '../../unit/data/importers/forms.js';

const GOLDENS = [
  'semeval14-terms',
  'mams-terms',
  'semeval15-16',
  'absa-quad',
  'tasd-gas',
  'm-absa',
  'aste-v2',
  'uabsa-gas',
  'aste-v1',
  'e2e-tags',
  'acos-tsv',
  'tasd-tasbert',
  'seg',
  'pyabsa-apc',
  'pyabsa-atepc',
  'pyabsa-acos',
  'instructabsa-terms',
  'instructabsa-categories',
  'label-studio',
  'doccano',
  'prodigy',
  'plain',
] as const;

/** The file's score against itself as a task; null where it does not annotate the task or has no such labels. */
async function scoreAgainstItself(path: string, task: Task) {
  const folder = await temporaryFolder();
  try {
    const whole = { train: [path], devShare: 0, testShare: 0, cwd: folder };
    await importData({ ...whole, task, output: 'out', map: { 'polarity.conflict': 'conflict' } });
  } catch (error) {
    if (isFsaError(error) && error.code !== 'BUG') return null;
    throw error;
  }
  const gold = join(folder, 'out', 'train.json');
  const result = await score({ task, gold: [gold], predictions: gold });
  return result.subsets.all?.gold === 0 ? null : result;
}

/** 100, or as much less as the rows that are named cannot be written. */
function expectWhole({ subsets, unreachableGold, sentences }: Awaited<ReturnType<typeof score>>): void {
  const all = subsets.all;
  expect(sentences.reduce((sum, { unreachable }) => sum + unreachable, 0)).toBe(unreachableGold);
  if (unreachableGold === 0) expect(all).toMatchObject({ precision: 1, recall: 1, f1: 1 });
  expect(all?.precision ?? 1).toBe(1);
  const wrong = sentences.filter(({ right, unreachable }) => !right && unreachable === 0);
  expect(wrong.map(({ id }) => id)).toEqual([]);
}

describe('gold against itself', () => {
  it.each(FORMS)('is 100 for %s of %s', async (name, _format, content) => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, name), content);
    let scored = 0;
    for (const task of TASKS) {
      const result = await scoreAgainstItself(join(folder, name), task);
      if (result === null) continue;
      scored++;
      expect(result.unreachableGold).toBe(0);
      expectWhole(result);
    }
    expect(scored).toBeGreaterThan(0);
  });

  it.skipIf(sharedFolder === null).each(GOLDENS)(
    'is 100 for the real files of %s, or says where not',
    async (golden) => {
      const content = JSON.parse(readFileSync(sharedPath('golden', 'formats', `${golden}.json`), 'utf8')) as {
        readonly files: object;
      };
      let scored = 0;
      for (const path of Object.keys(content.files)) {
        for (const task of TASKS) {
          const result = await scoreAgainstItself(sharedPath('data', 'formats', path), task);
          if (result === null) continue;
          scored++;
          expectWhole(result);
        }
      }
      expect(scored).toBeGreaterThan(0);
    },
  );
});
