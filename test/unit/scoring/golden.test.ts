import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { readDataset, subsetsOf } from '../../../src/data/benchmark/dataset.js';
import { taskNamed } from '../../../src/tasks/registry.js';
import { scoreSubsets } from '../../../src/scoring/metrics.js';
import { sharedFolder, sharedPath } from '../../helpers/shared.js';

interface Golden {
  counts: Record<string, { sentences: number }>;
  targets: Record<
    'train' | 'dev' | 'test',
    { target: string; ambiguousOrder: boolean; lexicographicOrder?: boolean }[]
  >;
  scores: {
    predictions: string[];
    metrics: Record<'all' | 'implicit' | 'multiple', { f1: number; recall: number; precision: number }>;
  }[];
}

const datasets = [
  ['atsa', 'rest14'],
  ['acsa', 'laptop16'],
] as const;

describe.skipIf(sharedFolder === null).each(datasets)('the published values of %s/%s', (task, name) => {
  const { goldTuples, targetText } = taskNamed(task);
  const load = async () => ({
    dataset: await readDataset(sharedPath('data/fsa-benchmark', task, name)),
    golden: JSON.parse(await readFile(sharedPath('golden', `${task}_${name}.json`), 'utf8')) as Golden,
  });

  it('counts the sentences of every part and subset', async () => {
    const { dataset, golden } = await load();
    const subsets = dataset.test.map((_, index) => subsetsOf(dataset, index));
    const sizeOf = (subset: string) => subsets.filter((of) => of.some((it) => it === subset)).length;
    expect(dataset.task).toBe(task);
    expect({
      train: { sentences: dataset.train.length },
      dev: { sentences: dataset.dev.length },
      test: { sentences: dataset.test.length },
      implicit: { sentences: sizeOf('implicit') },
      multiple: { sentences: sizeOf('multiple') },
    }).toEqual(golden.counts);
    expect(sizeOf('test') + sizeOf('hard')).toBe(sizeOf('all'));
  });

  it('writes the same target sequences', async () => {
    const { dataset, golden } = await load();
    let ordered = 0;
    for (const part of ['train', 'dev', 'test'] as const) {
      for (const [index, example] of dataset[part].entries()) {
        const { target, ambiguousOrder, lexicographicOrder } = golden.targets[part][index]!;
        const published = targetText(example, 'reference');
        const ours = targetText(example, 'text');
        const pieces = (text: string) => text.split(' ; ').sort();
        expect(pieces(ours)).toEqual(pieces(target));
        if (ambiguousOrder) continue;
        expect(published).toBe(target);
        if (lexicographicOrder === true) ordered += Number(ours !== target);
        else expect(ours).toBe(target);
      }
    }
    if (task === 'atsa') expect(ordered).toBeGreaterThan(0);
  });

  it('scores imperfect predictions to the same numbers', async () => {
    const { dataset, golden } = await load();
    expect(golden.scores.length).toBeGreaterThan(0);
    for (const { predictions, metrics } of golden.scores) {
      const rows = dataset.test.map((example, index) => ({
        sentence: example.sentence,
        gold: targetText(example, 'text'),
        goldTuples: goldTuples(example),
        prediction: predictions[index]!,
        subsets: subsetsOf(dataset, index),
      }));
      for (const counting of ['tuples', 'published'] as const) {
        const scores = scoreSubsets(rows, { task, counting });
        for (const subset of ['all', 'implicit', 'multiple'] as const) {
          expect(scores[subset]!.counting).toBe(counting);
          for (const key of ['precision', 'recall', 'f1'] as const) {
            expect(Math.abs(scores[subset]![key]! - metrics[subset][key])).toBeLessThan(1e-12);
          }
        }
      }
    }
  });
});
