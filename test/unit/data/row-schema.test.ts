import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { benchmarkRowSchema } from '../../../src/data/benchmark/row-schema.js';
import { parseExample } from '../../../src/data/benchmark/rows.js';
import type { TaskName } from '../../../src/tasks/vocabulary.js';

function errorsOf(value: unknown, task: TaskName): string[] {
  const errors: string[] = [];
  parseExample(value, task, ({ severity, message }) => {
    if (severity === 'error') errors.push(message);
  });
  return errors;
}

const words = fc.constantFrom('soup', ' ', '', 'NULL', 7, true);
const offsets = fc.constantFrom(0, 4, -1, 1.5, '10', 'x', '1234567890', null);
const part = (values: fc.Arbitrary<unknown>) => fc.option(values, { nil: undefined });
const opinion = fc.oneof(
  fc.constantFrom(null, 'cold', {}, { text: ' ' }, { text: 'cold', from: '4' }, { text: 'cold', from: null }),
  fc.record({ text: words, from: offsets, to: offsets }),
);
const aspect = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      target: part(fc.oneof(words, fc.constant(null))),
      from: part(offsets),
      to: part(offsets),
      category: part(fc.constantFrom('FOOD#QUALITY', null, 3)),
      polarity: fc.constantFrom('positive', 'negative'),
      opinion: part(opinion),
      opinion_words: part(fc.constantFrom(null, 'cold', ['cold'], [{ opinion: 'cold' }], [3], 3, {})),
      more: part(fc.constant({})),
    }),
  },
  { weight: 1, arbitrary: fc.constantFrom<unknown>(null, 'soup', []) },
);
const row = fc.record({
  ID: fc.constantFrom<unknown>('1', 2, ' ', null),
  sentence: fc.constantFrom<unknown>('The soup was cold', 'The soup was cold', ' ', 3),
  aspects: fc.oneof(
    { weight: 6, arbitrary: fc.array(aspect, { maxLength: 2 }) },
    { weight: 1, arbitrary: fc.constant<unknown>({}) },
  ),
});

describe("the benchmark's form", () => {
  it('is refused exactly where the schema refuses it, or a key of the task is missing', () => {
    fc.assert(
      fc.property(row, fc.constantFrom<TaskName>('tasd', 'acos', 'acsa', 'atsa'), (value, task) => {
        // As a file gives it: keys without a value are not there.
        const read = JSON.parse(JSON.stringify(value)) as unknown;
        const errors = errorsOf(read, task).filter((message) => !isAboutNeeds(message));
        if (!benchmarkRowSchema.safeParse(read).success) expect(errorsOf(read, task)).not.toEqual([]);
        else expect(errors).toEqual([]);
      }),
      { numRuns: 3000 },
    );
  });

  it('is the one in the documentation, whose example is read by the tasks with opinions', async () => {
    const page = await readFile(resolve(import.meta.dirname, '../../../docs/data.md'), 'utf8');
    const example = /```json\n(\[\{"ID".*?)\n```/s.exec(page)?.[1] ?? '';
    for (const value of JSON.parse(example) as unknown[]) {
      for (const task of ['asqp', 'acos', 'tasd', 'acsa'] as const) expect(errorsOf(value, task)).toEqual([]);
    }
  });
});

/** What a task needs beyond the form: a key that is there and not null, a term that the sentence has. */
function isAboutNeeds(message: string): boolean {
  return /^(target|from|to|category|opinion) (is missing|should be .*, not null)|does not occur/.test(
    message,
  );
}
