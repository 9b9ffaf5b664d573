import { describe, expect, it } from 'vitest';
import { parseExample } from '../../../src/data/benchmark/rows.js';
import type { BenchmarkExample } from '../../../src/tasks/example.js';
import { taskNamed } from '../../../src/tasks/registry.js';
import type { TargetOrder, TaskName } from '../../../src/tasks/vocabulary.js';

const targetOf = (of: BenchmarkExample, task: TaskName, order: TargetOrder) =>
  taskNamed(task).targetText(of, order);

const example = (aspects: object[], task: 'atsa' | 'acsa' = 'atsa') => {
  const sentence = 'A calm porch, a bright attic and a damp cellar; the attic again';
  const whole = aspects.map((aspect) => ({ from: null, to: null, target: null, category: null, ...aspect }));
  return parseExample({ ID: 1, sentence, aspects: whole }, task, (problem) => {
    if (problem.severity === 'error') throw new Error(problem.message);
  })!;
};

describe('targetOf', () => {
  const late = { target: 'attic', from: '23', to: '28', polarity: 'positive' };
  const early = { target: 'porch', from: '7', to: '12', polarity: 'neutral' };

  it('orders terms by number, or as published by the text of their offsets', () => {
    expect(targetOf(example([late, early]), 'atsa', 'text')).toBe('porch | neutral ; attic | positive');
    expect(targetOf(example([late, early]), 'atsa', 'reference')).toBe('attic | positive ; porch | neutral');
    const numbers = [late, early].map(({ from, to, ...rest }) => ({ ...rest, from: +from, to: +to }));
    expect(targetOf(example(numbers), 'atsa', 'reference')).toBe('porch | neutral ; attic | positive');
  });

  it('leaves out NULL terms and exact repetitions, and keeps a term at two places', () => {
    const again = { ...late, from: '52', to: '57' };
    const none = { target: 'NULL', polarity: 'negative' };
    expect(targetOf(example([late, none, late, again]), 'atsa', 'text')).toBe(
      'attic | positive ; attic | positive',
    );
    expect(targetOf(example([none]), 'atsa', 'text')).toBe('');
  });

  it('puts terms without offsets first', () => {
    expect(targetOf(example([early, { target: 'cellar', polarity: 'negative' }]), 'atsa', 'text')).toBe(
      'cellar | negative ; porch | neutral',
    );
  });

  it('writes categories in lower case, distinct, in the order given', () => {
    const of = (category: string, polarity: string) => ({ category, polarity });
    const aspects = [
      of('ROOM#COMFORT', 'positive'),
      of('HOUSE#PRICE', 'conflict'),
      of('ROOM#COMFORT', 'positive'),
    ];
    expect(targetOf(example(aspects, 'acsa'), 'acsa', 'text')).toBe(
      'room comfort | positive ; house price | conflict',
    );
  });
});
