import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analyseSubsets, type CauseCount } from '../../../src/scoring/analysis/analyse.js';
import { explainSentence } from '../../../src/scoring/analysis/causes.js';
import { scoreSubsets } from '../../../src/scoring/metrics.js';
import { taskNamed } from '../../../src/tasks/registry.js';
import type { Tuple } from '../../../src/tasks/task.js';
import { DUPLICATE_RULES, POLARITIES, type TaskName, TASKS } from '../../../src/tasks/vocabulary.js';

const SENTENCE = 'The tomato soup was cold and far too salty but the waiter was kind';

function explain(task: TaskName, gold: string, prediction: string) {
  const { parse } = taskNamed(task);
  const wanted = parse(gold, SENTENCE).tuples;
  return explainSentence(taskNamed(task), wanted, parse(prediction, SENTENCE).pieces);
}

describe('the cause of a wrong tuple', () => {
  it.each<[TaskName, string, string, (string | null)[], (string | null)[]]>([
    ['atsa', 'soup | negative', 'soup | positive', ['polarity'], ['polarity']],
    ['atsa', 'tomato soup | negative', 'soup | negative', ['boundary'], ['boundary']],
    ['atsa', 'tomato soup | negative', 'soup | positive', ['boundary'], ['boundary']],
    ['atsa', 'soup | negative', 'waiter | positive', ['missing'], ['extra']],
    ['atsa', 'soup | negative', '', ['missing'], []],
    ['atsa', 'soup | negative', 'soup | bad', ['malformed'], ['malformed']],
    [
      'atsa',
      'waiter | positive ; soup | negative',
      'soups | negative',
      ['missing', 'malformed'],
      ['malformed'],
    ],
    // One prediction answers for one gold tuple: the likest.
    [
      'atsa',
      'soup | negative ; tomato soup | negative',
      'tomato | negative',
      ['missing', 'boundary'],
      ['boundary'],
    ],
    ['atsa', 'soup | negative', 'soup | negative ; soup | positive', [null], [null, 'extra']],
    ['acsa', 'food quality | negative', 'food prices | negative', ['category'], ['category']],
    ['acsa', 'food quality | negative', 'food quality | neutral', ['polarity'], ['polarity']],
    ['acsa', 'food quality | negative', 'food prices | neutral', ['missing'], ['extra']],
    ['aste', 'soup | cold | negative', 'soup | salty | negative', ['opinion'], ['opinion']],
    ['aste', 'soup | too salty | negative', 'soup | salty | positive', ['boundary'], ['boundary']],
    ['tasd', 'soup | food quality | negative', 'soup | food prices | positive', ['category'], ['category']],
    ['tasd', 'NULL | food quality | negative', 'soup | food quality | negative', ['implicit'], ['implicit']],
    ['tasd', 'NULL | food quality | negative', 'soup | food prices | negative', ['missing'], ['extra']],
    [
      'acos',
      'soup | food quality | NULL | negative',
      'soup | food quality | cold | negative',
      ['implicit'],
      ['implicit'],
    ],
    [
      'acos',
      'soup | food quality | cold | negative',
      'soup | food quality | cold | neutral',
      ['polarity'],
      ['polarity'],
    ],
    [
      'acos',
      'soup | food quality | cold | negative ; waiter | service general | kind | positive',
      'waiter | service general | kind | neutral ; soup | food quality | salty | negative ; soup | x',
      ['opinion', 'polarity'],
      ['polarity', 'opinion', 'malformed'],
    ],
  ])('%s: gold %j, predicted %j', (task, gold, prediction, goldCauses, pieceCauses) => {
    expect(explain(task, gold, prediction)).toEqual({ gold: goldCauses, pieces: pieceCauses });
  });
});

const LABELS = ['joy', 'anger'];
const words = fc.constantFrom('soup', 'tomato soup', 'cold', 'far too', 'salty', 'waiter', 'tea', null);

function tupleOf(task: TaskName, labels: readonly string[]): fc.Arbitrary<Tuple> {
  const { elements, implicit } = taskNamed(task);
  const one = (element: string): fc.Arbitrary<string | null> => {
    if (element === 'polarity') return fc.constantFrom(...labels);
    if (element === 'category') return fc.constantFrom('food quality', 'food prices', 'service general');
    return words.map((text) => text ?? (implicit.includes(element as 'term') ? null : 'soup'));
  };
  return fc.record(Object.fromEntries(elements.map((element) => [element, one(element)])));
}

const write = (task: TaskName, tuple: Tuple) =>
  taskNamed(task)
    .elements.map((element) => tuple[element] ?? 'NULL')
    .join(' | ');

const total = (counts: readonly CauseCount[], without: string | null = null) =>
  counts.reduce((sum, { cause, count }) => sum + (cause === without ? 0 : count), 0);

describe('the analysis of a set', () => {
  it('adds up to the score for every task, rule and set of labels', () => {
    const cases = fc
      .tuple(
        fc.constantFrom(...TASKS),
        fc.constantFrom(...DUPLICATE_RULES),
        fc.constantFrom(LABELS, POLARITIES),
      )
      .chain(([task, duplicates, polarities]) =>
        fc.record({
          rules: fc.constant({ task, duplicates, polarities }),
          sentences: fc.array(
            fc.record({
              gold: fc.array(tupleOf(task, polarities), { maxLength: 4 }),
              said: fc.array(
                fc.oneof(
                  { weight: 5, arbitrary: tupleOf(task, polarities).map((tuple) => write(task, tuple)) },
                  { weight: 1, arbitrary: fc.constantFrom('', 'soup', 'soup | great', '| | |') },
                ),
                { maxLength: 5 },
              ),
            }),
            { minLength: 1, maxLength: 6 },
          ),
        }),
      );
    fc.assert(
      fc.property(cases, ({ rules, sentences }) => {
        const rows = sentences.map(({ gold, said }) => ({
          sentence: SENTENCE,
          gold: '',
          goldTuples: gold,
          prediction: said.join(' ; '),
          subsets: ['all'] as const,
        }));
        const score = scoreSubsets(rows, rules).all!;
        const analysis = analyseSubsets(rows, rules).all!;
        const found = Math.round((score.recall ?? 0) * score.gold);
        expect(total(analysis.wrong, 'malformed')).toBe(score.predicted - score.correct);
        expect(total(analysis.wrong) - total(analysis.wrong, 'malformed')).toBe(score.malformed);
        expect(total(analysis.missed)).toBe(score.gold - found);
        for (const list of [analysis.byPolarity, analysis.byAmount, analysis.byCategory, analysis.byForm]) {
          if (list.length === 0) continue;
          const sum = (of: 'correct' | 'predicted' | 'found' | 'gold') =>
            list.reduce((all, part) => all + part[of], 0);
          expect([sum('correct'), sum('predicted'), sum('found'), sum('gold')]).toEqual([
            score.correct,
            score.predicted,
            found,
            score.gold,
          ]);
        }
        // What is paired is wrong on one side and missed on the other, equally often.
        for (const cause of ['polarity', 'category', 'boundary', 'opinion', 'implicit']) {
          const of = (counts: readonly CauseCount[]) => counts.find((one) => one.cause === cause)?.count ?? 0;
          expect(of(analysis.wrong)).toBe(of(analysis.missed));
        }
      }),
      { numRuns: 400 },
    );
  });

  it('counts categories, forms, amounts, parts and labels', () => {
    const rows = [
      {
        sentence: SENTENCE,
        gold: '',
        goldTuples: taskNamed('acos').parse(
          'soup | food quality | cold | negative ; NULL | food quality | NULL | negative',
          SENTENCE,
        ).tuples,
        prediction: 'soup | food quality | cold | neutral ; NULL | food quality | NULL | negative',
        subsets: ['all', 'test'] as const,
      },
      {
        sentence: SENTENCE,
        gold: '',
        goldTuples: [],
        prediction: 'soup | food prices | cold | neutral',
        subsets: ['all'] as const,
      },
    ];
    const { all, test, hard } = analyseSubsets(rows, { task: 'acos' });
    expect(hard).toBeUndefined();
    expect(all!.wrong).toEqual([
      { cause: 'polarity', count: 1 },
      { cause: 'extra', count: 1 },
    ]);
    expect(test!.missed).toEqual([{ cause: 'polarity', count: 1 }]);
    expect(all!.byCategory).toEqual([
      { name: 'food quality', correct: 1, predicted: 2, found: 1, gold: 2 },
      { name: 'food prices', correct: 0, predicted: 1, found: 0, gold: 0 },
    ]);
    expect(all!.byForm.map(({ name, gold, correct }) => [name, gold, correct])).toEqual([
      ['explicit term, explicit opinion', 1, 0],
      ['implicit term, implicit opinion', 1, 1],
    ]);
    expect(all!.byAmount.map(({ name, sentences, predicted }) => [name, sentences, predicted])).toEqual([
      ['several', 1, 2],
      ['none', 1, 1],
    ]);
    expect(all!.parts).toHaveLength(14);
    expect(all!.parts[0]).toEqual({ name: 'term', correct: 2, predicted: 3, found: 2, gold: 2 });
    expect(all!.parts.at(-1)).toMatchObject({ name: 'category + opinion + polarity', correct: 1 });
    expect(all!.polarityPairs).toEqual([
      { gold: 'negative', predicted: 'neutral', count: 1 },
      { gold: 'negative', predicted: 'negative', count: 1 },
    ]);
  });
});
