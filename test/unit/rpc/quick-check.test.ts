/** What is sure to fit does fit, and of what workers say all is sure. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { workerMessage } from '../../../src/rpc/messages.js';
import { quickCheckOf } from '../../../src/rpc/quick-check.js';
import { arbitraryWorkerMessage } from './arbitraries.js';

const checks = new Map(
  workerMessage.options.map((schema) => [schema.shape.type.value, quickCheckOf(schema)] as const),
);

it('is sure of every message of a worker', () => {
  fc.assert(
    fc.property(arbitraryWorkerMessage, (message) => {
      const read = JSON.parse(JSON.stringify(message)) as unknown;
      // Of a result's outputs there are several kinds, which Zod tells apart.
      if (message.type !== 'result') expect(checks.get(message.type)?.(read)).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

const ODD = [null, true, '', 'x'.repeat(201), -1, 0, 0.5, 1e300, 2 ** 53, Infinity, NaN, [], [[]], {}, [{}]];

/** The value with something else at one place in it. */
function bend(value: unknown, pick: () => number, odd: unknown): unknown {
  if (typeof value !== 'object' || value === null || pick() % 4 === 0) return odd;
  if (Array.isArray(value)) {
    const at = pick() % (value.length + 1);
    return value.toSpliced(at, 1, bend(value[at], pick, odd));
  }
  const keys = [...Object.keys(value), 'other', '__proto__', 'constructor'];
  const key = keys[pick() % keys.length] as string;
  const fields: [string, unknown][] = Object.entries(value).filter(([name]) => name !== key);
  const old = (value as Record<string, unknown>)[key];
  return Object.fromEntries(pick() % 3 === 0 ? fields : [...fields, [key, bend(old, pick, odd)]]);
}

it('is not sure of what Zod refuses', () => {
  let refused = 0;
  fc.assert(
    fc.property(
      arbitraryWorkerMessage,
      fc.infiniteStream(fc.nat()),
      fc.constantFrom(...ODD),
      (message, picks, odd) => {
        const read = JSON.parse(JSON.stringify(message)) as unknown;
        const bent = bend(read, () => picks.next().value as number, odd);
        const fits = workerMessage.safeParse(bent).success;
        if (!fits) refused += 1;
        for (const check of checks.values()) if (check(bent)) expect(fits).toBe(true);
      },
    ),
    { numRuns: 20_000 },
  );
  expect(refused).toBeGreaterThan(5000);
});

it.each([
  ['a format', z.strictObject({ a: z.email() }), { a: 'none' }],
  ['a list of parts', z.tuple([z.string()]), ['x', 'y']],
  ['a step', z.strictObject({ a: z.number().multipleOf(2) }), { a: 3 }],
  ['an exclusive bound', z.number().gt(1), 1],
  ['a most', z.array(z.string()).max(1), ['x', 'y']],
  ['an optional field', z.strictObject({ a: z.string().optional() }), { b: 'x' }],
])('is sure of nothing where a schema has %s', (_what, schema, wrong) => {
  expect(quickCheckOf(schema)(wrong)).toBe(false);
  expect(schema.safeParse(wrong).success).toBe(false);
});
