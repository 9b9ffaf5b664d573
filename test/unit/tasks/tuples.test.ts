import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scoreSentences } from '../../../src/scoring/metrics.js';
import type { BenchmarkAspect, BenchmarkExample } from '../../../src/tasks/example.js';
import { taskNamed } from '../../../src/tasks/registry.js';
import { escapeElement, splitElements, splitTuples, unescapeElement } from '../../../src/tasks/syntax.js';
import { type Tuple, tupleKey } from '../../../src/tasks/task.js';
import { sharedFolder, sharedPath } from '../../helpers/shared.js';

const TUPLE_TASKS = ['aste', 'tasd', 'asqp', 'acos'] as const;

interface Case {
  readonly name: string;
  readonly sentence: string;
  readonly gold: Tuple[];
  readonly prediction: string;
}
type Counted = Record<'correct' | 'predicted' | 'gold' | 'malformed', number> & { f1: number | null };
type Expected = Record<'each' | 'once', Counted> & {
  field: Record<'tp' | 'pred' | 'gold', number> & { f1: number | null };
};

describe.skipIf(sharedFolder === null).each(TUPLE_TASKS)('the golden cases of %s', (task) => {
  const load = async () =>
    JSON.parse(await readFile(sharedPath('golden', `tuples_${task}.json`), 'utf8')) as {
      total: Expected;
      cases: (Case & Expected)[];
    };

  function expectCounts(cases: readonly Case[], expected: Expected): void {
    const rows = cases.map(({ sentence, gold, prediction }) => ({
      sentence,
      goldTuples: taskNamed(task).goldTuples({ id: '', sentence, aspects: gold.map(toAspect) }),
      gold: '',
      prediction,
    }));
    for (const duplicates of ['each', 'once'] as const) {
      const { correct, predicted, gold, malformed, f1 } = scoreSentences(rows, { task, duplicates });
      const wanted = expected[duplicates];
      expect({ correct, predicted, gold, malformed }).toEqual({
        correct: wanted.correct,
        predicted: wanted.predicted,
        gold: wanted.gold,
        malformed: wanted.malformed,
      });
      expectF1(f1, wanted.f1);
    }
    const field = scoreSentences(rows, { task, counting: 'field' });
    expect([field.correct, field.predicted, field.gold]).toEqual([
      expected.field.tp,
      expected.field.pred,
      expected.field.gold,
    ]);
    expectF1(field.f1, expected.field.f1);
  }

  it('give the counts of the field and both of ours, each and all together', async () => {
    const { cases, total } = await load();
    expect(cases.length).toBeGreaterThan(50);
    for (const one of cases) expectCounts([one], one);
    expectCounts(cases, total);
  });
});

/** A gold tuple of a case as the reader of a file has it. */
function toAspect({ term = null, category = null, opinion, polarity }: Tuple): BenchmarkAspect {
  return {
    ...{ term, category, polarity: polarity!, opinionWords: null },
    ...(opinion === undefined
      ? {}
      : { opinion: opinion === null ? null : { text: opinion, from: 0, to: 0 } }),
    ...{ from: 0, to: 0, fromRaw: null, toRaw: null },
  };
}

function expectF1(f1: number | null, wanted: number | null): void {
  if (wanted === null) expect(f1).toBeNull();
  else expect(Math.abs(f1! - wanted)).toBeLessThan(1e-11);
}

const words = fc.oneof(
  fc.constantFrom('NULL', '%4EULL', '%7C', '%257C', '10% off', 'a | b', 'x;y', '%', '(a, b)', '####[SSEP]'),
  fc.string({ unit: fc.constantFrom(...Array.from('ab |;%7C3B254ENUL()[],"\'#')) }),
  fc.string({ unit: 'grapheme' }),
);

describe('an element of a tuple', () => {
  it('is read back as it was, and holds no separator', () => {
    fc.assert(
      fc.property(fc.option(words), (element) => {
        const written = escapeElement(element);
        expect(unescapeElement(written)).toBe(element);
        expect(splitTuples(`a${written}`)).toHaveLength(1);
        expect(splitElements(written)).toHaveLength(1);
      }),
      { numRuns: 2000 },
    );
  });
});

describe.each(TUPLE_TASKS)('a target of %s', (name) => {
  const task = taskNamed(name);
  const text = words.map((value) => value.trim()).filter((value) => value !== '');
  const maybe = (element: 'term' | 'opinion') =>
    task.implicit.includes(element) ? fc.option(text, { nil: null }) : text;
  const aspect = fc
    .record({
      term: maybe('term'),
      opinion: maybe('opinion'),
      category: text.filter((value) => /[^#\s]/.test(value)),
      from: fc.nat(99),
    })
    .map(
      ({ term, opinion, category, from }): BenchmarkAspect => ({
        term,
        category: category.toUpperCase(),
        polarity: 'neutral',
        opinion: opinion === null ? null : { text: opinion, from: from + 1, to: from + 2 },
        opinionWords: null,
        ...{ from, to: from + 1, fromRaw: from, toRaw: from + 1 },
      }),
    );

  it('says each of its tuples, whatever they hold', () => {
    fc.assert(
      fc.property(fc.array(aspect, { maxLength: 4 }), (aspects) => {
        const sentence = aspects.flatMap(({ term, opinion }) => [term ?? '', opinion?.text ?? '']).join('\n');
        const example: BenchmarkExample = { id: '1', sentence, aspects };
        for (const order of ['text', 'reference'] as const) {
          const parsed = task.parse(task.targetText(example, order), sentence);
          const keys = (tuples: readonly Tuple[]) => tuples.map(tupleKey).sort();
          expect(keys(parsed.tuples)).toEqual(keys(task.goldTuples(example)));
          expect(parsed.malformed).toBe(0);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('takes the labels of a dataset of its own', () => {
    const fields = task.elements.map((element) => (element === 'polarity' ? 'joy' : 'word')).join(' | ');
    expect(task.parse(fields, 'a word', ['joy', 'anger']).tuples).toHaveLength(1);
    expect(task.parse(fields, 'a word').malformed).toBe(1);
  });
});
