/** Records that a command had not written when it died, though the checkpoint after them was. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { undisturbedNumbers, undisturbedStudent } from './undisturbed-run.js';
import { numbersOf, openPlace, pause, type Place, studentOf } from './fault-place.js';

it('a distillation that dies behind its worker loses no record of a step', async () => {
  const place = await openPlace();
  await dieBehindTheWorkerAndGoOn(place, place.distillWords('run', 12));
  expect(await studentOf(join(place.folder, 'run'))).toEqual(await undisturbedStudent(12));
}, 240_000);

it('a cell that dies behind its worker loses no record of a step', async () => {
  const place = await openPlace();
  const words = place.evalWords('run', '1', ['--set', 'eval.checkpointEveryMinutes=0.0001']);
  await dieBehindTheWorkerAndGoOn(place, words);
  expect(await numbersOf(join(place.folder, 'run'))).toEqual(await undisturbedNumbers());
}, 240_000);

async function dieBehindTheWorkerAndGoOn(place: Place, words: string[]): Promise<void> {
  const running = place.start(words);
  await running.event('checkpoint-saved');
  running.kill('SIGSTOP');
  await pause(1_500);
  running.kill('SIGKILL');
  await running.ended;
  expect((await place.run(words)).exitCode).toBe(0);
}
