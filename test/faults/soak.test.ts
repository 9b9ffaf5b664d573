/**
 * Many tiny cells on two workers, a random fault every few seconds, the same command again whenever it ended
 * early: in the end exactly the results of an undisturbed run. It takes minutes and runs when asked for:
 * `FSA_SOAK_CELLS=200 npx vitest run test/faults/soak.test.ts`; to repeat one, `FSA_SOAK_SEED`.
 */
import { existsSync } from 'node:fs';
import { readdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { undisturbedNumbers } from './undisturbed-run.js';
import {
  expectNobodyIn,
  isLinux,
  numbersOf,
  openPlace,
  pause,
  processesIn,
  type Running,
} from './fault-place.js';
import { Dice } from './random.js';

const CELLS = Number(process.env['FSA_SOAK_CELLS'] ?? 12);
/** After as many faults the rest is left in peace, so that it ends. */
const FAULTS_IN_ALL = Number(process.env['FSA_SOAK_FAULTS'] ?? CELLS);

describe.skipIf(!isLinux || process.env['FSA_SOAK_CELLS'] === undefined)('a soak', () => {
  it(
    `of ${CELLS} cells under random faults ends with exactly the results of an undisturbed run`,
    async () => {
      const dice = new Dice('FSA_SOAK_SEED');
      const place = await openPlace();
      const run = join(place.folder, 'run');
      const seeds = Array.from({ length: CELLS }, (_, index) => index + 1).join(',');
      const words = place.evalWords('run', seeds, [
        '--parallel',
        '2',
        '--set',
        'eval.checkpointEveryMinutes=0.0001',
      ]);
      const done = new Map<string, number>();
      for (let starts = 0; ; starts += 1) {
        expect(starts, 'it should come through at last').toBeLessThan(20 + 3 * CELLS);
        const running = place.start(words);
        const { ended } = running;
        while (!running.isOver() && count(done) < FAULTS_IN_ALL) {
          // Work must be under way, or a busy machine would never come beyond the start of its workers.
          const begun = running.event('job-started').catch(() => undefined);
          await Promise.race([ended, begun.then(async () => await pause(500 + dice.real(3_000)))]);
          if (running.isOver()) break;
          const fault = dice.pick(FAULTS);
          done.set(fault.name, (done.get(fault.name) ?? 0) + 1);
          await fault({ folder: place.folder, run, running, dice });
        }
        const { exitCode } = await ended;
        await expectNobodyIn(place.folder);
        // 1: a worker was killed three times over one cell; 130: asked to stop; undefined: killed.
        expect([0, 1, 130, undefined]).toContain(exitCode);
        if (exitCode === 0) break;
      }
      console.log(`faults: ${[...done].map(([name, count]) => `${name} ${count}`).join(', ')}`);
      expect(await numbersOf(run)).toEqual(await undisturbedNumbers(seeds));
    },
    240_000 + CELLS * 40_000,
  );
});

function count(done: ReadonlyMap<string, number>): number {
  return [...done.values()].reduce((sum, times) => sum + times, 0);
}

interface Scene {
  readonly folder: string;
  readonly run: string;
  readonly running: Running;
  readonly dice: Dice;
}

const FAULTS = [killWorker, killCommand, interrupt, terminate, freezeWorker, cutState, cutJournal] as const;

function killWorker({ folder, dice }: Scene): void {
  signal(dice.pick(processesIn(folder)), 'SIGKILL');
}

function killCommand({ running }: Scene): void {
  running.kill('SIGKILL');
}

function interrupt({ running }: Scene): void {
  running.kill('SIGINT');
}

function terminate({ running }: Scene): void {
  running.kill('SIGTERM');
}

/** A pause that is too short to count as lost. */
async function freezeWorker({ folder, dice }: Scene): Promise<void> {
  const pid = dice.pick(processesIn(folder));
  signal(pid, 'SIGSTOP');
  await pause(1_000);
  signal(pid, 'SIGCONT');
}

/** What a machine that lost its power may leave of a file. */
async function cutState({ run, running, dice }: Scene): Promise<void> {
  running.kill('SIGKILL');
  await running.ended;
  const jobs = await readdir(join(run, 'jobs')).catch(() => []);
  if (jobs.length === 0) return;
  const path = join(run, 'jobs', dice.pick(jobs), 'state.json');
  if (existsSync(path)) await truncate(path, Math.floor(dice.real(200)));
}

async function cutJournal({ run, running, dice }: Scene): Promise<void> {
  running.kill('SIGKILL');
  await running.ended;
  if (dice.real(1) < 0.5) await writeFile(join(run, 'results.json'), '{"schema":');
  if (existsSync(join(run, 'journal.ndjson'))) await truncate(join(run, 'journal.ndjson'), 1_111);
}

function signal(pid: number | undefined, name: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(pid, name);
  } catch {
    // It ended by itself.
  }
}
