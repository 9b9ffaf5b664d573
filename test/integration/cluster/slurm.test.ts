import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  expectClearError,
  numbersOf,
  openPlace,
  studentOf,
  wordsOf,
  type Outcome,
  type Place,
} from '../../faults/fault-place.js';
import { undisturbedNumbers, undisturbedStudent } from '../../faults/undisturbed-run.js';
import { eventOfItsWorker, eventWhere } from '../../helpers/events.js';
import { SAMPLE_STUDENT } from '../../helpers/small-data.js';
import { openSlurm } from '../../../src/workers/launchers/engines/slurm.js';
import { Patience } from '../../../src/workers/launchers/patience.js';
import { idOf, noSlurm, useSlurm } from '../../helpers/slurm.js';

const PLACE = ['--on', 'slurm', '--set', 'cluster.gpusPerSlot=0', '--set', 'cluster.cpusPerSlot=1'];
const LONG = { timeout: 900_000 };
const ON_SLURM = [...PLACE, '--parallel', '2'];

describe.skipIf(noSlurm !== null)('fsa on Slurm', { timeout: 300_000 }, () => {
  const slurm = useSlurm(60_000);

  it('gives the figures of this machine for 2 models and 2 seeds, though a worker is cancelled on the way', async () => {
    const place = await openPlace();
    const other = join(place.folder, 'other');
    await cp(SAMPLE_STUDENT, other, { recursive: true });
    const models = ['--model', `other=${other}`];
    expect(await place.run(place.evalWords('here', '1,2', models))).toMatchObject({ exitCode: 0 });

    const words = place.evalWords('there', '1,2', [...models, ...ON_SLURM]);
    const running = place.start(words, slurm.cluster.env, ['job-epoch']);
    await running.whileStopped('job-epoch', async (epoch) => {
      const { host } = await eventOfItsWorker(running, 'worker-started', epoch);
      expect(host).toMatch(/^n[123]$/);
      await slurm.cluster.cancel((await eventOfItsWorker(running, 'worker-queued', epoch))['job']);
    });
    const outcome = await running.ended;
    expect(outcome).toMatchObject({ exitCode: 0, error: null });
    expect(warningsOf(outcome)).toMatch(/has to leave: its place is needed for others/);
    expect(await numbersOf(join(place.folder, 'there'))).toEqual(await numbersOf(join(place.folder, 'here')));
    // Tickets serve once, and no job is left behind.
    const places = await readdir(join(place.folder, 'there', 'workers', 'places'));
    expect(places.filter((name) => name.endsWith('.ticket'))).toEqual([]);
    expect((await slurm.cluster.command('squeue', ['-h', '-t', 'running,pending'])).trim()).toBe('');
  });

  it('goes on where places are taken for others', LONG, async () => {
    const place = await openPlace();
    const running = place.start(place.evalWords('there', '1,2', ON_SLURM), slurm.cluster.env, ['job-epoch']);
    await running.whileStopped('job-epoch', async (epoch) => {
      const { job } = await eventOfItsWorker(running, 'worker-queued', epoch);
      const greedy = ['--partition=high', '--exclusive', '--nodes=3', '--output=/dev/null', '--wrap=sleep 2'];
      // Slurm takes up to ten seconds to see whose places it can have.
      await slurm.cluster.untilToldToLeave(job, () => slurm.cluster.command('sbatch', greedy));
    });
    const outcome = await running.ended;
    expectAllWell(outcome);
    expect(warningsOf(outcome)).toMatch(/has to leave: its place is needed for others/);
    expect(await numbersOf(join(place.folder, 'there'))).toEqual(await undisturbedNumbers('1,2'));
  });

  // Slurm counts in whole minutes; of each, a worker has ten seconds until it has to leave. FSA_MINUTES=1 asks for it.
  it.skipIf(process.env['FSA_MINUTES'] === undefined)('goes on where its time is up', LONG, async () => {
    const place = await openPlace();
    const words = (run: string, more: readonly string[] = []): string[] =>
      place.evalWords(run, '1,2', ['--epochs', '60', ...more]);
    expect(await place.run(words('here'))).toMatchObject({ exitCode: 0 });
    const minute = ['timeLimitMinutes=1', 'graceSeconds=50'].flatMap((set) => ['--set', `cluster.${set}`]);
    const outcome = await place.run(words('there', [...ON_SLURM, ...minute]), slurm.cluster.env);
    expectAllWell(outcome);
    expect(warningsOf(outcome)).toMatch(/has to leave, in 50 s: its time is up/);
    expect(await numbersOf(join(place.folder, 'there'))).toEqual(await numbersOf(join(place.folder, 'here')));
  });

  it('makes the student of this machine, to the bit', async () => {
    const place = await openPlace();
    expect(await place.run(place.distillWords('there', 6, PLACE), slurm.cluster.env)).toMatchObject({
      exitCode: 0,
    });
    expect(await studentOf(join(place.folder, 'there'))).toEqual(await undisturbedStudent());
  });

  it('asks for what the settings say a place needs', async () => {
    const place = await openPlace();
    const asked = { gpusPerSlot: 1, cpusPerSlot: 2, memory: '300M', timeLimitMinutes: 7, partition: 'high' };
    const more = [...Object.entries(asked), ['extraArguments', '[--nice=5, --comment=from-fsa]']];
    const sets = more.flatMap(([key, value]) => ['--set', `cluster.${key}=${String(value)}`]);
    const words = place.evalWords('asks', '1', [...ON_SLURM, ...sets]);
    const running = place.start(words, slurm.cluster.env, ['worker-queued']);
    let shown = '';
    await running.whileStopped('worker-queued', async ({ job }) => {
      shown = await slurm.cluster.command('scontrol', ['show', 'job', idOf(job)]);
      running.kill('SIGINT');
    });
    await running.ended;
    for (const words of [
      'Partition=high',
      'TimeLimit=00:07:00',
      'NumCPUs=2',
      'MinMemoryNode=300M',
      'Nice=5',
      'Comment=from-fsa',
    ])
      expect(shown).toContain(words);
    expect(shown).toMatch(/TresPerNode=gres:gpu:1|gres\/gpu=1/);
    // Slurm ends a job some time after it was told to.
    await expect.poll(slurm.cluster.unfinished, { timeout: 60_000 }).toBe('');
  });

  it('is checked with one worker before a run is spread over it', async () => {
    const place = await openPlace();
    const words = ['cluster', 'check', '--json', ...PLACE];
    const outcome = await place.run(words, slurm.cluster.env);
    expect(outcome).toMatchObject({ exitCode: 0, error: null });
    expect(JSON.stringify(outcome.events.at(-1))).toMatch(/slurm[^"]*nodes: 3 idle.*"devices":\["cpu/);
    expect((await readdir(place.folder)).filter((name) => name.startsWith('.fsa'))).toEqual([]);
  });

  it.skipIf(existsSync('/dev/nvidiactl'))(
    'takes no worker that sees no GPU where its place should have one',
    async () => {
      const place = await openPlace();
      const words = ['cluster', 'check', '--json', ...PLACE, '--set', 'cluster.gpusPerSlot=1'];
      const error = expectClearError(await place.run(words, slurm.cluster.env), 6, 'WORKER_LOST');
      expect(wordsOf(error)).toMatch(
        /slurm-1#1 sees no GPU on n[123], with PyTorch [\d.]+.*--torch-index-url.*or set cluster\.gpusPerSlot: 0/,
      );
    },
  );

  it('says at once, in the words of Slurm, what it can never give', async () => {
    const place = await openPlace();
    const words = place.evalWords('run', '1', [...ON_SLURM, '--set', 'cluster.partition=nowhere']);
    const outcome = await place.run(words, slurm.cluster.env);
    expect(outcome).toMatchObject({ exitCode: 2, error: { code: 'CONFIG' } });
    expect(JSON.stringify(outcome.error)).toMatch(
      /Slurm gives no such place.*invalid partition specified: nowhere/is,
    );
  });

  /** An `sbatch` before the real one. @returns PATH with it */
  const beforeSbatch = async (place: Place, script: string): Promise<string> => {
    const bin = join(place.folder, 'bin');
    await mkdir(bin);
    const real = 'exec /usr/bin/sbatch "$@"';
    await writeFile(join(bin, 'sbatch'), `#!/bin/sh\n${script}\n${real}\n`, { mode: 0o755 });
    return `${bin}:${slurm.cluster.env.PATH}`;
  };
  const UNABLE = 'echo "sbatch: error: Unable to contact slurm controller (connect failure)" >&2; exit 1';

  it('waits for a controller that is away when a place has to be asked for again', async () => {
    const place = await openPlace();
    const away = join(place.folder, 'away');
    const PATH = await beforeSbatch(place, `[ ! -e ${away} ] || { ${UNABLE}; }`);
    const env = { ...slurm.cluster.env, PATH };
    const running = place.start(place.evalWords('there', '1', PLACE), env, ['job-epoch']);
    await running.whileStopped('job-epoch', async (epoch) => {
      await writeFile(away, '');
      await slurm.cluster.cancel((await eventOfItsWorker(running, 'worker-queued', epoch))['job']);
    });
    await eventWhere(running, 'warning', ({ message }) =>
      /is asked again in 5 s: .*Unable to contact/.test(String(message)),
    );
    await rm(away);
    expectAllWell(await running.ended);
    expect(await numbersOf(join(place.folder, 'there'))).toEqual(await undisturbedNumbers());
  });

  it('says that a controller is away, and does not put it down to the settings', async () => {
    const place = await openPlace();
    const PATH = await beforeSbatch(place, UNABLE);
    const outcome = await place.run(place.evalWords('run', '1', PLACE), { ...slurm.cluster.env, PATH });
    expect(wordsOf(expectClearError(outcome, 3, 'RUNTIME'))).toMatch(
      /sbatch failed\. .*Ask Slurm with sinfo and squeue.*Unable to contact slurm controller/,
    );
  });

  it('takes no job for another whose name begins alike, where sbatch gave no answer', async () => {
    const place = await openPlace();
    const engine = openSlurm({ partition: null, extraArguments: ['--hold'] }, new Patience());
    const submit = async (name: string): Promise<string> =>
      await engine.submit({
        name,
        python: '/bin/true',
        pilot: '/nowhere',
        sharesDisk: true,
        ticket: '{}',
        folder: join(place.folder, 'places'),
        place: {
          nodes: 1,
          ranksPerNode: 1,
          gpus: 0,
          cpus: 1,
          memory: null,
          timeLimitMinutes: null,
          graceSeconds: 60,
        },
        avoid: [],
      });
    for (const [key, value] of Object.entries(slurm.cluster.env)) vi.stubEnv(key, value);
    onTestFinished(() => void vi.unstubAllEnvs());
    const tenth = await submit('alike.1.10');
    // The second of two says nothing though it was taken, the first was not.
    const taken = `case "$*" in *--job-name=alike.1.2*) /usr/bin/sbatch "$@" >/dev/null;; esac`;
    vi.stubEnv('PATH', await beforeSbatch(place, `${taken}; ${UNABLE}`));
    await expect(submit('alike.1.1')).rejects.toMatchObject({ code: 'RUNTIME', message: 'sbatch failed.' });
    const second = await submit('alike.1.2');
    const jobs = await engine.find('alike.');
    expect([jobs.get(tenth)?.name, jobs.get(second)?.name]).toEqual(['alike.1.10', 'alike.1.2']);
    await engine.cancel([tenth, second]);
  });

  it('goes on where a node dies', async () => {
    const place = await openPlace();
    const running = place.start(place.evalWords('there', '1,2', ON_SLURM), slurm.cluster.env, ['job-epoch']);
    await running.whileStopped('job-epoch', async (epoch) => {
      const { host } = await eventOfItsWorker(running, 'worker-started', epoch);
      await slurm.cluster.killNode(String(host));
    });
    const outcome = await running.ended;
    expectAllWell(outcome);
    expect(
      outcome.events.filter(({ type, expected }) => type === 'worker-ended' && expected === false),
    ).not.toEqual([]);
    expect(await numbersOf(join(place.folder, 'there'))).toEqual(await undisturbedNumbers('1,2'));
  });
});

function warningsOf({ events }: Outcome): string {
  return events
    .filter(({ type }) => type === 'warning')
    .map(({ message }) => message)
    .join('\n');
}

/** No job failed for good. */
function expectAllWell({ exitCode, error, events }: Outcome): void {
  expect({ exitCode, error }).toEqual({ exitCode: 0, error: null });
  const failed = events.filter(({ type }) => type === 'job-failed');
  expect(failed.filter(({ willRetry }) => willRetry !== true)).toEqual([]);
}
