/** Records that a command had not written when it died, though the checkpoint after them was. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { listFiles } from '../../src/storage/digest.js';
import { STEPS, undisturbedNumbers, undisturbedStudent } from './undisturbed-run.js';
import { numbersOf, openPlace, pause, type Place, studentOf } from './fault-place.js';

it('a distillation that dies behind its worker loses no record of a step', async () => {
  const place = await openPlace();
  await dieBehindTheWorkerAndGoOn(place, place.distillWords('run', STEPS));
  expect(await studentOf(join(place.folder, 'run'))).toEqual(await undisturbedStudent(STEPS));
}, 240_000);

it('a cell that dies behind its worker loses no record of a step', async () => {
  const place = await openPlace();
  const words = place.evalWords('run', '1', ['--set', 'eval.checkpointEveryMinutes=0.0001']);
  await dieBehindTheWorkerAndGoOn(place, words);
  expect(await numbersOf(join(place.folder, 'run'))).toEqual(await undisturbedNumbers());
}, 240_000);

async function dieBehindTheWorkerAndGoOn(place: Place, words: string[]): Promise<void> {
  const run = join(place.folder, 'run');
  const running = place.start(words, {}, ['checkpoint-saved']);
  await running.whileStopped('checkpoint-saved', async ({ step }) => {
    while (furthestStep(await listFiles(run)) <= Number(step)) await pause(20);
    running.kill('SIGKILL');
  });
  await running.ended;
  expect((await place.run(words)).exitCode).toBe(0);
}

function furthestStep(files: readonly string[]): number {
  return Math.max(...files.map((name) => Number(/-step-(\d+)\//.exec(name)?.[1] ?? 0)));
}
