/**
 * kill -9 at random moments, of the whole command or of its worker, until it comes through: the result has
 * the bits of a run left alone. `FSA_KILLS=20` for the long run, `FSA_KILL_SEED` to repeat one.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { undisturbedNumbers, undisturbedStudent } from './undisturbed-run.js';
import { numbersOf, openPlace, pause, processesIn, studentOf, type Place } from './fault-place.js';
import { Dice } from './random.js';

const KILLS = Number(process.env['FSA_KILLS'] ?? 2);
const SAVE_OFTEN = ['--set', 'eval.checkpointEveryMinutes=0.0001'];

// One kill of each kind is in test/e2e; many of them take minutes and run when asked for: FSA_KILLS=20.
describe.skipIf(process.env['FSA_KILLS'] === undefined)(`${KILLS} kills at random moments`, () => {
  const dice = new Dice('FSA_KILL_SEED');

  it(
    'leave a distillation with the same weights and records',
    async () => {
      const place = await openPlace();
      const run = join(place.folder, 'run');
      await surviveKills(place, run, place.distillWords('run', 12), dice, async () => {
        expect(await studentOf(run)).toEqual(await undisturbedStudent(12));
      });
    },
    240_000 + KILLS * 60_000,
  );

  it(
    'leave the cells of an eval with the same results, records and texts',
    async () => {
      const place = await openPlace();
      const run = join(place.folder, 'run');
      await surviveKills(place, run, place.evalWords('run', '1,2', SAVE_OFTEN), dice, async () => {
        expect(await numbersOf(run)).toEqual(await undisturbedNumbers('1,2'));
      });
    },
    240_000 + KILLS * 60_000,
  );
});

/** A run that ends before its kill is checked and begun anew. */
async function surviveKills(
  place: Place,
  run: string,
  words: readonly string[],
  dice: Dice,
  check: () => Promise<void>,
): Promise<void> {
  for (let kills = 0; kills < KILLS; ) {
    const running = place.start(words);
    const { ended } = running;
    // A kill between the last job and the report leaves no job to start a worker for.
    const worker = await running.event('worker-started').catch(() => null);
    // From the worker's import of torch to a little after the end.
    await (worker === null ? ended : Promise.race([pause(dice.real(8_000)), ended]));
    if (running.isOver()) {
      expect((await ended).exitCode).toBe(0);
      await check();
      await rm(run, { recursive: true });
      continue;
    }
    kills += 1;
    if (dice.real(1) < 0.5) {
      running.kill('SIGKILL');
    } else {
      // The command itself sees to the rest.
      const pid = Number(worker?.pid);
      if (processesIn(place.folder).includes(pid)) process.kill(pid, 'SIGKILL');
      expect((await ended).exitCode).toBe(0);
      await check();
      await rm(run, { recursive: true });
    }
    await ended;
  }
  expect(await place.run(words)).toMatchObject({ exitCode: 0, error: null });
  await check();
}
