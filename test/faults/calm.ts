/** What runs that nobody disturbs give: made once per test file, to compare disturbed runs with. */
import { join } from 'node:path';
import { expect } from 'vitest';
import { numbersOf, openPlace, studentOf } from './kit.js';

const known = new Map<string, Promise<unknown>>();

/** Numbers of an undisturbed `fsa eval` over seeds. */
export async function calmNumbers(seeds = '1'): Promise<unknown> {
  return await once(`eval ${seeds}`, async () => {
    const place = await openPlace();
    expect(await place.run(place.evalWords('calm', seeds))).toMatchObject({ exitCode: 0, error: null });
    return await numbersOf(join(place.folder, 'calm'));
  });
}

/** Weights and records of an undisturbed `fsa distill`. */
export async function calmStudent(steps = 6): Promise<unknown> {
  return await once(`distill ${steps}`, async () => {
    const place = await openPlace();
    expect(await place.run(place.distillWords('calm', steps))).toMatchObject({ exitCode: 0, error: null });
    return await studentOf(join(place.folder, 'calm'));
  });
}

async function once(key: string, make: () => Promise<unknown>): Promise<unknown> {
  const making = known.get(key) ?? make();
  known.set(key, making);
  return await making;
}
