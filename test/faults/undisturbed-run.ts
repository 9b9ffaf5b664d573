/** What runs that nobody disturbs give: made once for all test files, to compare disturbed runs with. */
import { join } from 'node:path';
import { expect } from 'vitest';
import { oncePerRun } from '../helpers/once-per-run.js';
import { numbersOf, openPlace, studentOf } from './fault-place.js';

/** Numbers of an undisturbed `fsa eval` over seeds. */
export async function undisturbedNumbers(seeds = '1'): Promise<unknown> {
  return await oncePerRun(`eval-${seeds}`, async () => {
    const place = await openPlace();
    expect(await place.run(place.evalWords('undisturbed', seeds))).toMatchObject({
      exitCode: 0,
      error: null,
    });
    return await numbersOf(join(place.folder, 'undisturbed'));
  });
}

/** So many that a distillation has a second or two to go when it is told to stop after its first few. */
export const STEPS = 16;

/** Weights and records of an undisturbed `fsa distill` in so many processes. */
export async function undisturbedStudent(steps = 6, ranks = 1): Promise<unknown> {
  return await oncePerRun(`distill-${steps}-by-${ranks}`, async () => {
    const place = await openPlace();
    const words = place.distillWords('undisturbed', steps, ['--ranks', String(ranks)]);
    expect(await place.run(words)).toMatchObject({
      exitCode: 0,
      error: null,
    });
    return await studentOf(join(place.folder, 'undisturbed'));
  });
}
