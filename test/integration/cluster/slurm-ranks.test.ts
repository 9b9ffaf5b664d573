/** One student on two machines of a Slurm: the worker starts its other rank there with `srun`. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  expectClearError,
  openPlace,
  studentOf,
  wordsOf,
  type Place,
  type Running,
  type Said,
} from '../../faults/fault-place.js';
import { STEPS, undisturbedStudent } from '../../faults/undisturbed-run.js';
import { holdTraining } from '../../helpers/hold-training.js';
import { ranksOf } from '../../helpers/marked-processes.js';
import { noSlurm, useSlurm } from '../../helpers/slurm.js';

const SPREAD = ['gpusPerSlot=0', 'cpusPerSlot=1', 'ranksPerNode=1'].flatMap((set) => [
  '--set',
  `cluster.${set}`,
]);
const ON_SLURM = ['--ranks', '2', '--on', 'slurm', ...SPREAD];

describe.skipIf(noSlurm !== null)('fsa distill --on slurm --ranks 2', { timeout: 600_000 }, () => {
  const slurm = useSlurm();

  const ranksOn = async (node: string, place: Place): Promise<number[]> =>
    await ranksOf(place.folder, `SLURMD_NODENAME=${node}`);
  const secondNode = async (running: Running): Promise<string> => {
    const { host } = await running.event('worker-started');
    const nodes = (await slurm.cluster.command('scontrol', ['show', 'hostnames', String(host)]))
      .trim()
      .split('\n');
    expect(nodes).toHaveLength(2);
    return nodes[1] ?? '';
  };

  it('gives the student of two local ranks, to the bit, though one dies and the job is cancelled', async () => {
    const place = await openPlace();
    const wanted = await undisturbedStudent(STEPS, 2);
    const start = (run: string): Running =>
      place.start(place.distillWords(run, STEPS, ON_SLURM), slurm.cluster.env);

    const calm = start('calm');
    const calmNode = await secondNode(calm);
    const training = await holdTraining(place.folder, 'calm');
    expect(await ranksOn(calmNode, place)).toEqual(training.ranks);
    expect(training.ranks).toHaveLength(1);
    training.letGo();
    expect(await calm.ended).toMatchObject({ exitCode: 0, error: null });
    expect(await studentOf(join(place.folder, 'calm'))).toEqual(wanted);
    expect(await ranksOn(calmNode, place)).toEqual([]);

    const bereft = start('bereft');
    const [rank] = (await holdTraining(place.folder, 'bereft')).ranks;
    process.kill(rank ?? expect.fail('it has no rank'), 'SIGKILL');
    const { error, willRetry } = await bereft.event('job-failed');
    expect({ error, willRetry }).toMatchObject({ error: { code: 'WORKER_LOST' }, willRetry: true });
    expect((error as { message: string }).message).toContain('Rank 1 of 2 was killed by SIGKILL');
    expect(await bereft.ended).toMatchObject({ exitCode: 0, error: null });
    expect(await studentOf(join(place.folder, 'bereft'))).toEqual(wanted);

    const cancelled = start('cancelled');
    const { job } = await cancelled.event('worker-queued');
    const leaving = await holdTraining(place.folder, 'cancelled');
    await slurm.cluster.cancel(job);
    leaving.letGo();
    const outcome = await cancelled.ended;
    expect(outcome).toMatchObject({ exitCode: 0, error: null });
    // Handed over: the end of the rank is not what ended the attempt.
    expect(outcome.events.filter(({ type }) => type === 'worker-queued')).toHaveLength(2);
    const ends = outcome.events.filter(({ type }) => type === 'job-failed');
    expect(ends).toMatchObject([{ willRetry: true, attempt: 1 }]);
    expect((ends[0]?.['error'] as { message: string }).message).toContain('had to leave');
    expect(await studentOf(join(place.folder, 'cancelled'))).toEqual(wanted);

    const stopping = start('stopped');
    const other = await secondNode(stopping);
    const interrupted = await holdTraining(place.folder, 'stopped');
    stopping.kill('SIGINT');
    interrupted.letGo();
    const stopped = await stopping.ended;
    expectClearError(stopped, 130, 'CANCELLED');
    expect(stopped.stderr).toContain('SIGINT received: finishing the step and saving');
    expect(wordsOf(stopped.error as Said)).toMatch(/Run the same command again/);
    await expect.poll(async () => await ranksOn(other, place), { timeout: 60_000 }).toEqual([]);
    await expect.poll(slurm.cluster.unfinished, { timeout: 60_000 }).toBe('');
    const resumed = await start('stopped').ended;
    expect(resumed).toMatchObject({ exitCode: 0, error: null });
    expect(resumed.stdout).toContain('Training goes on from the checkpoint at step');
    expect(await studentOf(join(place.folder, 'stopped'))).toEqual(wanted);
  });

  it('refuses ranks that cannot be dealt like that', async () => {
    const place = await openPlace();
    const three = [...ON_SLURM, '--ranks', '3', '--set', 'cluster.ranksPerNode=2'];
    const outcome = await place.run(place.distillWords('run', 6, three), slurm.cluster.env);
    expect(outcome).toMatchObject({ exitCode: 2, error: { code: 'CONFIG', where: 'cluster.ranksPerNode' } });
    const apart = [...ON_SLURM, '--set', 'cluster.sharedDisk=no'];
    const refused = await place.run(place.distillWords('run', 6, apart), slurm.cluster.env);
    expect(refused).toMatchObject({ exitCode: 2, error: { where: 'cluster.sharedDisk: no' } });
    // No node has so many processors.
    const many = await place.run(
      place.distillWords('many', 6, [...ON_SLURM, '--ranks', '4', '--set', 'cluster.ranksPerNode=4']),
      slurm.cluster.env,
    );
    const words = wordsOf(expectClearError(many, 2, 'CONFIG'));
    expect(words).toMatch(/ask for fewer ranks, or fewer on each machine with cluster\.ranksPerNode/);
  });
});
