/** Records that a command had not written when it died, though checkpoints after them were. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { listFiles } from '../../src/storage/digest.js';
import { STEPS, undisturbedNumbers, undisturbedStudent } from './undisturbed-run.js';
import { numbersOf, openPlace, pause, type Place, studentOf } from './fault-place.js';

it('a distillation that dies behind its worker loses no record of a step, and goes on from what it had', async () => {
  const place = await openPlace();
  // More checkpoints than are kept.
  await dieBehindTheWorkerAndGoOn(place, { words: place.distillWords('run', STEPS), furthest: 5 });
  expect(await studentOf(join(place.folder, 'run'))).toEqual(await undisturbedStudent(STEPS));
}, 240_000);

it('a cell that dies behind its worker loses no record of a step, and goes on from what it had', async () => {
  const place = await openPlace();
  const words = place.evalWords('run', '1', ['--set', 'eval.checkpointEveryMinutes=0.0001']);
  // The end of its first epoch, where the worker waits for a verdict.
  await dieBehindTheWorkerAndGoOn(place, { words, furthest: 2 });
  expect(await numbersOf(join(place.folder, 'run'))).toEqual(await undisturbedNumbers());
}, 240_000);

interface Death {
  readonly words: string[];
  /** The step of the last checkpoint that the worker makes while fsa stands still. */
  readonly furthest: number;
}

/** fsa stops at its first checkpoint, with the records before it, and dies when the worker is further. */
async function dieBehindTheWorkerAndGoOn(place: Place, { words, furthest }: Death): Promise<void> {
  const run = join(place.folder, 'run');
  const running = place.start(words, {}, ['checkpoint-saved']);
  const { step } = await running.whileStopped('checkpoint-saved', async () => {
    while (furthestStep(await listFiles(run)) < furthest) await pause(20);
    running.kill('SIGKILL');
  });
  expect(Number(step)).toBeLessThan(furthest);
  await running.ended;
  const again = await place.run(words);
  expect(again.exitCode).toBe(0);
  const said = again.events.map(({ message }) => String(message));
  expect(said).toContain(`Training goes on from the checkpoint at step ${String(step)}.`);
}

function furthestStep(files: readonly string[]): number {
  return Math.max(...files.map((name) => Number(/-step-(\d+)\//.exec(name)?.[1] ?? 0)));
}
