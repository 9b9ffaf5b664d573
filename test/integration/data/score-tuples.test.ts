/** Predictions of others, given as tuples: scored as if their writer had written our text. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readBenchmarkFile } from '../../../src/data/benchmark/benchmark.js';
import { score, type ScoreResult } from '../../../src/index.js';
import { countRow } from '../../../src/scoring/metrics.js';
import { taskNamed } from '../../../src/tasks/registry.js';
import type { Tuple } from '../../../src/tasks/task.js';
import { TASKS } from '../../../src/tasks/vocabulary.js';
import { sharedFolder, sharedPath } from '../../helpers/shared.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

const SOUP = { target: 'soup', from: 4, to: 8, category: 'FOOD#QUALITY', polarity: 'negative' };
const GOLD = [
  { ID: 'a', sentence: 'The soup was cold.', aspects: [SOUP] },
  {
    ID: 'b',
    sentence: 'All of it was lovely.',
    aspects: [{ category: 'FOOD#GENERAL', polarity: 'positive' }],
  },
];

async function scoreLines(
  lines: readonly object[],
  duplicates: 'each' | 'once' = 'each',
): Promise<ScoreResult> {
  const folder = await temporaryFolder();
  const [gold, predictions] = [join(folder, 'test.json'), join(folder, 'predictions.jsonl')];
  await writeFile(gold, JSON.stringify(GOLD));
  await writeFile(predictions, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return await score({ task: 'acsa', gold: [gold], predictions, duplicates });
}

const cold = { category: 'food quality', polarity: 'negative' };
const lovely = { category: 'FOOD#GENERAL', polarity: 'positive' };

describe('predictions as tuples', () => {
  it('are read with or without ids, by their place, or by their ids where these are those of the gold', async () => {
    const right = { correct: 2, predicted: 2, gold: 2, malformed: 0 };
    const lines = [{ tuples: [cold] }, { tuples: [lovely] }];
    expect((await scoreLines(lines)).subsets.all).toMatchObject(right);
    const foreign = lines.map((line, index) => ({ id: index + 1, ...line }));
    expect((await scoreLines(foreign)).subsets.all).toMatchObject(right);
    const named = [
      { id: 'b', tuples: [lovely] },
      { id: 'a', tuples: [cold] },
    ];
    expect((await scoreLines(named)).subsets.all).toMatchObject(right);
  });

  it.each([
    ['one stands there twice', ['b', 'b'], 'the id "b" stands there more than once'],
    ['one has none', ['b', undefined], 'no row has the id "a"'],
    ['one is unknown', ['c', 'a'], 'row 2: the id is "a", that of the gold there "b"'],
  ])('are refused where ids are of gold sentences at other places, and %s', async (_, ids, problem) => {
    const lines = ids.map((id, index) => ({ id, tuples: [index === 0 ? lovely : cold] }));
    await expect(scoreLines(lines)).rejects.toMatchObject({
      code: 'DATA',
      problems: expect.arrayContaining([problem]) as string[],
    });
    const inOrder = [{ id: 'a', tuples: [cold] }, { tuples: [lovely] }];
    expect((await scoreLines(inOrder)).subsets.all).toMatchObject({ correct: 2 });
  });

  it('of annotated sentences with ids of their own are found by what the sentences say', async () => {
    const folder = await temporaryFolder();
    const [gold, predictions] = [join(folder, 'test.json'), join(folder, 'other.json')];
    await writeFile(gold, JSON.stringify(GOLD));
    const other = GOLD.map((row, index) => ({ ...row, ID: `x${index}` })).reverse();
    await writeFile(predictions, JSON.stringify(other));
    expect((await score({ task: 'acsa', gold: [gold], predictions })).subsets.all?.f1).toBe(1);
    await writeFile(predictions, JSON.stringify([other[0], other[0]].map((row, ID) => ({ ...row, ID }))));
    await expect(score({ task: 'acsa', gold: [gold], predictions })).rejects.toMatchObject({
      problems: expect.arrayContaining([expect.stringContaining('the sentence "All of it')]) as string[],
    });
  });

  it('are those of `fsa predict`, whose rows hold the sentence under `text`, in any order', async () => {
    const [soup, all] = GOLD.map(({ sentence }) => sentence);
    const row = (index: number, text: string | undefined, tuple: object, raw: string) => ({
      ...{ type: 'prediction', index, text, tuples: [tuple], malformed: 0, truncated: false, raw },
    });
    const rows = [
      row(0, all, lovely, 'food general | positive'),
      row(1, soup, cold, 'food quality | negative ; x'),
    ];
    const whole = { correct: 2, predicted: 2, gold: 2 };
    expect((await scoreLines(rows)).subsets.all).toMatchObject({ ...whole, malformed: 1 });
    const withoutRaw = rows.map(({ raw: _, ...rest }) => rest);
    expect((await scoreLines(withoutRaw)).subsets.all).toMatchObject({ ...whole, malformed: 0 });
    const asTexts = rows.map(({ text, raw }) => ({ text, prediction: raw }));
    expect((await scoreLines(asTexts)).subsets.all).toMatchObject({ ...whole, malformed: 1 });
  });

  it('may have elements that the task does not ask for, and count once where that is said', async () => {
    const triplets = [
      {
        tuples: [
          { term: 'soup', ...cold },
          { term: 'NULL', ...cold },
        ],
      },
      { tuples: [] },
    ];
    expect((await scoreLines(triplets)).subsets.all).toMatchObject({ correct: 2, predicted: 2 });
    expect((await scoreLines(triplets, 'once')).subsets.all).toMatchObject({
      correct: 1,
      predicted: 1,
      gold: 2,
    });
  });

  it('count as unreadable where a label is none of the data', async () => {
    const lines = [
      { tuples: [cold, { ...cold, polarity: 'mixed' }] },
      { tuples: [{ ...lovely, category: null }] },
    ];
    const { subsets, sentences } = await scoreLines(lines);
    expect(subsets.all).toMatchObject({ correct: 1, predicted: 1, malformed: 2 });
    expect(sentences[0]?.text).toBe('food quality | negative ; food quality | mixed');
  });

  it('are refused with line and field where one has no such element', async () => {
    const faulty = scoreLines([{ tuples: [cold] }, { tuples: [lovely, { category: 'food' }] }]);
    await expect(faulty).rejects.toMatchObject({
      code: 'DATA',
      problems: [expect.stringMatching(/:2 .*tuples\[1\]: the tuple has no polarity/) as string],
    });
  });

  it('count as their text does, whatever they are', () => {
    const word = fc.constantFrom('soup', 'The soup', 'was', 'plate');
    const label = fc.constantFrom('positive', 'negative', 'mixed');
    const given = fc.record({ term: word, category: word, opinion: word, polarity: label });
    const sentence = 'The soup was cold.';
    fc.assert(
      fc.property(fc.constantFrom(...TASKS), fc.array(given), fc.array(given), (name, gold, predicted) => {
        const task = taskNamed(name);
        const pick = (tuple: Tuple): Tuple =>
          Object.fromEntries(task.elements.map((element) => [element, tuple[element]?.toLowerCase()]));
        const row = { sentence: sentence.toLowerCase(), goldTuples: gold.map(pick), gold: '' };
        const tuples = predicted.map(pick);
        const text = tuples
          .map((tuple) => task.elements.map((element) => tuple[element]).join(' | '))
          .join(' ; ');
        expect(countRow({ ...row, prediction: tuples }, { task: name })).toEqual(
          countRow({ ...row, prediction: text }, { task: name }),
        );
      }),
    );
  });

  it.skipIf(sharedFolder === null)('find all gold of the published sets when they are the gold', async () => {
    const folder = await temporaryFolder();
    for (const [task, set] of [
      ['acsa', 'laptop16'],
      ['atsa', 'rest14'],
    ] as const) {
      const gold = sharedPath('data/fsa-benchmark', task, set, 'test.json');
      const rows = await readBenchmarkFile(gold, task);
      const predictions = join(folder, `${set}.jsonl`);
      const lines = rows.map((row) => ({ id: row.id, tuples: taskNamed(task).goldTuples(row) }));
      await writeFile(
        predictions,
        lines
          .reverse()
          .map((line) => `${JSON.stringify(line)}\n`)
          .join(''),
      );
      const { subsets } = await score({ task, gold: [gold], predictions });
      expect(subsets.all).toMatchObject({ f1: 1, malformed: 0, sentences: rows.length });
    }
  });
});
