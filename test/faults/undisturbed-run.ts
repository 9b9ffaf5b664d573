/** What runs that nobody disturbs give: made once per test file, to compare disturbed runs with. */
import { join } from 'node:path';
import { expect } from 'vitest';
import { numbersOf, openPlace, studentOf } from './fault-place.js';

const known = new Map<string, Promise<unknown>>();

/** Numbers of an undisturbed `fsa eval` over seeds. */
export async function undisturbedNumbers(seeds = '1'): Promise<unknown> {
  return await once(`eval ${seeds}`, async () => {
    const place = await openPlace();
    expect(await place.run(place.evalWords('undisturbed', seeds))).toMatchObject({
      exitCode: 0,
      error: null,
    });
    return await numbersOf(join(place.folder, 'undisturbed'));
  });
}

/** Weights and records of an undisturbed `fsa distill`. */
export async function undisturbedStudent(steps = 6): Promise<unknown> {
  return await once(`distill ${steps}`, async () => {
    const place = await openPlace();
    expect(await place.run(place.distillWords('undisturbed', steps))).toMatchObject({
      exitCode: 0,
      error: null,
    });
    return await studentOf(join(place.folder, 'undisturbed'));
  });
}

async function once(key: string, make: () => Promise<unknown>): Promise<unknown> {
  const making = known.get(key) ?? make();
  known.set(key, making);
  return await making;
}
