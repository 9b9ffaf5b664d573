/**
 * kill -9 of the coordinator at five moments, each time followed by the same command: on this machine, on hosts by
 * ssh, on a real Slurm. What stands there in the end is what a run gives that nobody disturbs.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isLinux, numbersOf, openPlace, type Outcome, type Place } from '../../faults/fault-place.js';
import { undisturbedNumbers } from '../../faults/undisturbed-run.js';
import { openLocalSsh } from '../../helpers/local-ssh.js';
import { noSlurm, useSlurm } from '../../helpers/slurm.js';

const SEEDS = '1,2,3';
const LONG = { timeout: 900_000 };
/** After each step, so that one is made in the middle of an epoch. */
const CHECKPOINTS = ['--set', 'eval.checkpointEveryMinutes=0.0001'];

/**
 * The events of each moment: it stops at them, is told to end at all but the last, and is killed at that.
 * @param firstOfWorker the first word of a worker that is asked for
 */
const MOMENTS: Readonly<Record<string, (firstOfWorker: string) => readonly string[]>> = {
  'before the first job': () => ['run-started'],
  'during the launch of a worker': (firstOfWorker) => [firstOfWorker],
  'in the middle of an epoch': () => ['checkpoint-saved'],
  'between two cells': () => ['job-finished'],
  'during an ending': () => ['job-epoch', 'worker-ended'],
};

const SET = (settings: Readonly<Record<string, string>>): string[] =>
  Object.entries(settings).flatMap(([key, value]) => ['--set', `cluster.${key}=${value}`]);
const SMALL = { gpusPerSlot: '0', cpusPerSlot: '1' };

interface Where {
  readonly words: readonly string[];
  readonly env: Record<string, string>;
  /** The first word of a worker that is asked for. */
  readonly firstOfWorker: string;
}

/** @returns what each of the commands said, the last one undisturbed */
async function killAtEachMoment(place: Place, { words, env, firstOfWorker }: Where): Promise<Outcome[]> {
  const command = place.evalWords('there', SEEDS, ['--parallel', '2', ...CHECKPOINTS, ...words]);
  const outcomes: Outcome[] = [];
  for (const [name, stopsOf] of Object.entries(MOMENTS)) {
    const stops = stopsOf(firstOfWorker);
    const running = place.start(command, env, stops);
    for (const stop of stops)
      await running.whileStopped(stop, () => running.kill(stop === stops.at(-1) ? 'SIGKILL' : 'SIGINT'));
    const outcome = await running.ended;
    expect(outcome.exitCode, `${name}: it had ended before`).toBeUndefined();
    outcomes.push(outcome);
  }
  const last = await place.run(command, env);
  expect(last).toMatchObject({ exitCode: 0, error: null });
  expect(await numbersOf(join(place.folder, 'there'))).toEqual(await undisturbedNumbers(SEEDS));
  return [...outcomes, last];
}

describe.skipIf(!isLinux)(`a coordinator that is killed ${Object.keys(MOMENTS).join(', ')}`, LONG, () => {
  it('goes on with its cells on this machine', async () => {
    await killAtEachMoment(await openPlace(), { words: [], env: {}, firstOfWorker: 'worker-started' });
  });

  it('goes on with its cells on hosts by ssh', async () => {
    const PATH = `${await openLocalSsh()}:${process.env['PATH'] ?? ''}`;
    const words = ['--on', 'ssh', ...SET({ ...SMALL, hosts: '[one,two]' })];
    await killAtEachMoment(await openPlace(), { words, env: { PATH }, firstOfWorker: 'worker-queued' });
  });
});

describe.skipIf(noSlurm !== null)('a coordinator with Slurm that is killed', LONG, () => {
  const slurm = useSlurm();
  const ON_SLURM = ['--on', 'slurm', ...SET(SMALL)];

  const ticketsOf = async (place: Place, run: string): Promise<string[]> =>
    (await readdir(join(place.folder, run, 'workers/places'))).filter((name) => name.endsWith('.ticket'));

  it(`${Object.keys(MOMENTS).join(', ')} goes on with its cells, and leaves no job there`, async () => {
    const place = await openPlace();
    const where = { words: ON_SLURM, env: slurm.cluster.env, firstOfWorker: 'worker-queued' };
    const outcomes = await killAtEachMoment(place, where);
    const said = outcomes.flatMap(({ events }) => events.map(({ message }) => message));
    expect(said.join('\n')).toMatch(/workers of an fsa that died were still with Slurm: they are ended/);
    expect(await ticketsOf(place, 'there')).toEqual([]);
    await expect.poll(slurm.cluster.unfinished, { timeout: 60_000 }).toBe('');
  });

  it('and not started again has nobody there after a while, neither who worked nor who waited', async () => {
    const place = await openPlace();
    const works = place.start(place.evalWords('works', SEEDS, ON_SLURM), slurm.cluster.env, ['job-epoch']);
    const hold = SET({ extraArguments: '[--hold]' });
    const waiting = place.evalWords('waits', '1', [...ON_SLURM, ...hold]);
    const waits = place.start(waiting, slurm.cluster.env, ['worker-queued']);
    const queued = await waits.whileStopped('worker-queued', () => waits.kill('SIGKILL'));
    const job = String(queued['job']).replace('Slurm job ', '');
    await works.whileStopped('job-epoch', () => works.kill('SIGKILL'));
    await Promise.all([works.ended, waits.ended]);
    expect(await slurm.cluster.unfinished()).toMatch(/RUNNING/);
    expect(await ticketsOf(place, 'waits')).toHaveLength(1);
    await slurm.cluster.command('scontrol', ['release', job]);
    await expect.poll(slurm.cluster.unfinished, { timeout: 180_000, interval: 1000 }).toBe('');
    expect(await ticketsOf(place, 'waits')).toEqual([]);
    // Whoever starts it again finds the way free.
    const again = await place.run(place.evalWords('waits', '1', ON_SLURM), slurm.cluster.env);
    expect(again).toMatchObject({ exitCode: 0, error: null });
    expect(await numbersOf(join(place.folder, 'waits'))).toEqual(await undisturbedNumbers('1'));
  });

  it('has what Slurm took up only after it was started again ended, and its ticket removed', async () => {
    const place = await openPlace();
    const hold = SET({ extraArguments: '[--hold]' });
    const command = place.evalWords('run', '1', [...ON_SLURM, ...hold]);
    const first = place.start(command, slurm.cluster.env, ['worker-queued']);
    await first.whileStopped('worker-queued', () => first.kill('SIGKILL'));
    await first.ended;
    const name = (await slurm.cluster.unfinished()).split(' ')[1] ?? '';
    expect(await ticketsOf(place, 'run')).toHaveLength(1);
    // It waits, too, until what comes late has come and gone.
    const second = place.start(command, slurm.cluster.env);
    const { job } = await second.event('worker-queued');
    expect(
      await ticketsOf(place, 'run').then((names) => names.filter((one) => one.startsWith(name))),
    ).toEqual([]);
    // As an sbatch does that lives on after the coordinator that started it.
    const late = ['--parsable', `--job-name=${name}`, '--output=/dev/null', '--wrap=sleep 600'];
    const id = (await slurm.cluster.command('sbatch', late)).trim();
    await expect.poll(slurm.cluster.unfinished, { timeout: 60_000 }).not.toContain(`${id} `);
    await slurm.cluster.command('scontrol', ['release', String(job).replace('Slurm job ', '')]);
    expect(await second.ended).toMatchObject({ exitCode: 0, error: null });
  });
});
