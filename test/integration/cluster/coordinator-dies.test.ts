/**
 * kill -9 of the coordinator at five moments, each time followed by the same command: on this machine, on hosts by
 * ssh, on a real Slurm. What stands there in the end is what a run gives that nobody disturbs.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  isLinux,
  numbersOf,
  openPlace,
  type Outcome,
  type Place,
  type Running,
} from '../../faults/fault-place.js';
import { undisturbedNumbers } from '../../faults/undisturbed-run.js';
import { eventWhere } from '../../helpers/events.js';
import { openLocalSsh } from '../../helpers/local-ssh.js';
import { noSlurm, useSlurm } from '../../helpers/slurm.js';

const SEEDS = '1,2,3';
/** So many that an epoch lasts until it can be seen. */
const EPOCHS = ['--epochs', '30'];
const LONG = { timeout: 900_000 };

const MOMENTS: Readonly<Record<string, (run: Running, firstOfWorker: string) => Promise<unknown>>> = {
  'before the first job': (run) => run.event('run-started'),
  'during the launch of a worker': (run, firstOfWorker) => run.event(firstOfWorker),
  'in the middle of an epoch': (run) =>
    eventWhere(
      run,
      'job-progress',
      ({ epoch, done, total }) => epoch !== null && Number(done) < Number(total),
    ),
  'between two cells': (run) => run.event('job-finished'),
  'during an ending': async (run) => {
    await run.event('job-epoch');
    run.kill('SIGINT');
    await run.event('worker-ended');
  },
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
  const command = place.evalWords('there', SEEDS, [...EPOCHS, '--parallel', '2', ...words]);
  const outcomes: Outcome[] = [];
  for (const [name, moment] of Object.entries(MOMENTS)) {
    const running = place.start(command, env);
    await moment(running, firstOfWorker);
    running.kill('SIGKILL');
    const outcome = await running.ended;
    expect(outcome.exitCode, `${name}: it had ended before`).toBeUndefined();
    outcomes.push(outcome);
  }
  const last = await place.run(command, env);
  expect(last).toMatchObject({ exitCode: 0, error: null });
  expect(await place.run(place.evalWords('here', SEEDS, EPOCHS))).toMatchObject({ exitCode: 0 });
  expect(await numbersOf(join(place.folder, 'there'))).toEqual(await numbersOf(join(place.folder, 'here')));
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
    const works = place.start(
      place.evalWords('works', SEEDS, [...ON_SLURM, '--epochs', '200']),
      slurm.cluster.env,
    );
    const hold = SET({ extraArguments: '[--hold]' });
    const waits = place.start(place.evalWords('waits', '1', [...ON_SLURM, ...hold]), slurm.cluster.env);
    const job = String((await waits.event('worker-queued'))['job']).replace('Slurm job ', '');
    await works.event('job-epoch');
    for (const running of [works, waits]) {
      running.kill('SIGKILL');
      await running.ended;
    }
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
    const command = (more: readonly string[] = []): string[] =>
      place.evalWords('run', '1', ['--epochs', '40', ...ON_SLURM, ...more]);
    const first = place.start(command(hold), slurm.cluster.env);
    await first.event('worker-queued');
    const name = (await slurm.cluster.unfinished()).split(' ')[1] ?? '';
    first.kill('SIGKILL');
    await first.ended;
    expect(await ticketsOf(place, 'run')).toHaveLength(1);
    const second = place.start(command(), slurm.cluster.env);
    await second.event('worker-queued');
    expect(
      await ticketsOf(place, 'run').then((names) => names.filter((one) => one.startsWith(name))),
    ).toEqual([]);
    // As an sbatch does that lives on after the coordinator that started it.
    const late = ['--parsable', `--job-name=${name}`, '--output=/dev/null', '--wrap=sleep 600'];
    const id = (await slurm.cluster.command('sbatch', late)).trim();
    await expect.poll(slurm.cluster.unfinished, { timeout: 60_000 }).not.toContain(`${id} `);
    expect(await second.ended).toMatchObject({ exitCode: 0, error: null });
  });
});
