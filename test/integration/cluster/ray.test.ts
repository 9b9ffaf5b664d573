import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  expectClearError,
  numbersOf,
  openPlace,
  studentOf,
  type Outcome,
  type Running,
  type Said,
} from '../../faults/fault-place.js';
import { STEPS, undisturbedNumbers, undisturbedStudent } from '../../faults/undisturbed-run.js';
import { eventOfItsWorker, eventWhere } from '../../helpers/events.js';
import { holdTraining } from '../../helpers/hold-training.js';
import { ranksOf } from '../../helpers/marked-processes.js';
import { openSlowProxy } from '../../helpers/slow-proxy.js';
import { openRay, rayBin, SECOND_NODE, type RayCluster } from '../../helpers/ray.js';
import { SAMPLE_STUDENT } from '../../helpers/small-data.js';

describe.skipIf(rayBin === null)('fsa on Ray', () => {
  let cluster: RayCluster;
  let folder: string;

  beforeAll(async () => {
    // Not in TMPDIR, which may have a long path.
    folder = await mkdtemp('/tmp/fsa-ray-');
    cluster = await openRay(rayBin ?? '', folder);
  });
  afterAll(async () => {
    await cluster.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  const onRay = (...sets: readonly string[]): string[] => rayAt(cluster.address, ...sets);
  const rayAt = (address: string, ...sets: readonly string[]): string[] => {
    const settings = [`rayAddress=${address}`, 'gpusPerSlot=0', 'cpusPerSlot=1', ...sets];
    return ['--on', 'ray', '--parallel', '2', ...settings.flatMap((set) => ['--set', `cluster.${set}`])];
  };

  it('gives the figures of this machine for 2 models and 2 seeds, though a job is stopped on the way', async () => {
    const place = await openPlace();
    const other = join(place.folder, 'other');
    await cp(SAMPLE_STUDENT, other, { recursive: true });
    const models = ['--model', `other=${other}`];
    expect(await place.run(place.evalWords('here', '1,2', models))).toMatchObject({ exitCode: 0 });

    const running = place.start(place.evalWords('there', '1,2', [...models, ...onRay()]), {}, ['job-epoch']);
    await running.whileStopped('job-epoch', async (epoch) => {
      const { host } = await eventOfItsWorker(running, 'worker-started', epoch);
      expect(host).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
      const { job } = await eventOfItsWorker(running, 'worker-queued', epoch);
      await cluster.stopJob(job);
      await cluster.toldToLeave(job);
    });
    const outcome = await running.ended;
    expectAllWell(outcome);
    const warnings = outcome.events.filter(({ type }) => type === 'warning').map(({ message }) => message);
    expect(warnings.join('\n')).toMatch(/has to leave: its place is needed for others/);
    expect(await numbersOf(join(place.folder, 'there'))).toEqual(await numbersOf(join(place.folder, 'here')));
    const left = await readdir(join(place.folder, 'there', 'workers', 'places'));
    expect(left.filter((name) => name.endsWith('.ticket'))).toEqual([]);
  });

  it('is checked with one worker before a run is spread over it', async () => {
    const place = await openPlace();
    const words = onRay().filter((word) => !/^(--parallel|2)$/.test(word));
    const outcome = await place.run(['cluster', 'check', '--json', ...words]);
    expect(outcome).toMatchObject({ exitCode: 0, error: null });
    expect(JSON.stringify(outcome.events.at(-1))).toMatch(/Ray [\d.]+; 2 nodes, 3 CPUs.*"devices":\["cpu/);
  });

  it.each([
    ['before', { before: 4, after: 0 }],
    ['after', { before: 0, after: 4 }],
  ])('that is slow, %s it does as it is asked, gives the same figures without a word', async (_, seconds) => {
    const place = await openPlace();
    const proxy = await openSlowProxy(cluster.address, seconds);
    const outcome = await place.run(place.evalWords('there', '1,2', rayAt(proxy.address)));
    expectAllWell(outcome);
    expect(outcome.events.filter(({ type }) => /^(warning|job-failed)$/.test(type))).toEqual([]);
    expect(proxy.asked.filter((one) => one === 'POST /api/jobs/').length).toBeLessThanOrEqual(2);
    expect(await numbersOf(join(place.folder, 'there'))).toEqual(await undisturbedNumbers('1,2'));
    await expect.poll(cluster.unfinished, { timeout: 60_000 }).toEqual([]);
  });

  it('that does not answer keeps nobody who wants to stop, and what may be left is said', async () => {
    const place = await openPlace();
    const proxy = await openSlowProxy(cluster.address, { before: 0, after: 12 });
    const running = place.start(place.evalWords('run', '1', rayAt(proxy.address)));
    await expect.poll(async () => (await cluster.unfinished()).length, { timeout: 100_000 }).toBe(1);
    running.kill('SIGINT');
    const outcome = await running.ended;
    expectClearError(outcome, 130, 'CANCELLED');
    const [job = ''] = await cluster.unfinished();
    const words = outcome.events.map(({ message }) => String(message)).join('\n');
    expect(words).toMatch(/Ray did not say whether it took a job of this run/);
    expect(words).toContain(
      `\`ray job stop --address=${proxy.address} ${job.replace('job ', '')}\` ends it now.`,
    );
    await cluster.stopJob(job.replace('job ', ''));
  });

  it('says at once what no node can ever give', async () => {
    const place = await openPlace();
    const outcome = await place.run(place.evalWords('run', '1', onRay('cpusPerSlot=64')));
    expect(outcome).toMatchObject({ exitCode: 2, error: { code: 'CONFIG' } });
    expect(JSON.stringify(outcome.error)).toMatch(/No node of Ray has 64 CPUs.*a node has 2 CPUs/);
  });

  it('makes the student of two local ranks on two nodes, to the bit, though one dies and the job is stopped', async () => {
    const place = await openPlace();
    const ranks = ['--ranks', '2'];
    const spread = onRay('ranksPerNode=1').filter((word) => !/^(--parallel|2)$/.test(word));
    const wanted = await undisturbedStudent(STEPS, 2);
    const start = (run: string): Running =>
      place.start(place.distillWords(run, STEPS, [...ranks, ...spread]));
    const running = start('there');
    const [rank] = (await holdTraining(place.folder, 'there')).ranks;
    process.kill(rank ?? expect.fail('it has no rank'), 'SIGKILL');
    const { error, willRetry } = await running.event('job-failed');
    expect({ error, willRetry }).toMatchObject({ error: { code: 'WORKER_LOST' }, willRetry: true });
    expect((error as { message: string }).message).toContain('Rank 1 of 2 was killed by SIGKILL');
    const leaving = await holdTraining(place.folder, 'there', 2);
    const again = await running.event('job-started', 2);
    const { job } = await eventWhere(
      running,
      'worker-queued',
      ({ workerId }) => workerId === again['workerId'],
    );
    await cluster.stopJob(job);
    await cluster.toldToLeave(job);
    leaving.letGo();
    const outcome = await running.ended;
    expectAllWell(outcome);
    expect(JSON.stringify(outcome.events.filter(({ type }) => type === 'job-failed'))).toContain(
      'had to leave',
    );
    expect(await studentOf(join(place.folder, 'there'))).toEqual(wanted);
    await expect.poll(async () => await ranksOf(place.folder), { timeout: 60_000 }).toEqual([]);

    const stopping = start('stopped');
    const interrupted = await holdTraining(place.folder, 'stopped');
    stopping.kill('SIGINT');
    interrupted.letGo();
    const stopped = await stopping.ended;
    expectClearError(stopped, 130, 'CANCELLED');
    expect(stopped.stderr).toContain('SIGINT received: finishing the step and saving');
    // Nothing is left, neither a rank nor a job nor a group that holds machines.
    await expect.poll(async () => await ranksOf(place.folder), { timeout: 60_000 }).toEqual([]);
    await expect.poll(cluster.unfinished, { timeout: 60_000 }).toEqual([]);
    const resumed = await start('stopped').ended;
    expectAllWell(resumed);
    expect(resumed.stdout).toContain('Training goes on from the checkpoint at step');
    expect(await studentOf(join(place.folder, 'stopped'))).toEqual(wanted);

    const much = place.distillWords('much', 6, ['--ranks', '3', ...spread]);
    const refused = await place.run(much);
    expect(refused).toMatchObject({ exitCode: 2, error: { where: 'cluster.ranksPerNode' } });
  });

  it('goes on where a node dies', async () => {
    const place = await openPlace();
    const words = place.evalWords('there', '1,2,3', onRay());
    const running = place.start(words, {}, ['job-epoch', 'job-epoch 2']);
    // The head has room for one: it stands still until another is at work, which is on the second node.
    let held: number[] = [];
    const isOnSecondNode = async (epoch: Said): Promise<boolean> =>
      (await eventOfItsWorker(running, 'worker-started', epoch))['host'] === SECOND_NODE;
    await running.whileStopped('job-epoch', async (epoch) => {
      if (await isOnSecondNode(epoch)) {
        await cluster.killSecondNode();
        return;
      }
      held = await cluster.workersOnHead();
      expect(held).not.toEqual([]);
      for (const pid of held) process.kill(pid, 'SIGSTOP');
    });
    await running.whileStopped('job-epoch 2', async (epoch) => {
      if (held.length === 0) return;
      expect(await isOnSecondNode(epoch)).toBe(true);
      await cluster.killSecondNode();
      for (const pid of held) process.kill(pid, 'SIGCONT');
    });
    const outcome = await running.ended;
    expectAllWell(outcome);
    const lost = outcome.events.filter(({ type, expected }) => type === 'worker-ended' && expected === false);
    expect(lost.length).toBeGreaterThan(0);
    expect(await numbersOf(join(place.folder, 'there'))).toEqual(await undisturbedNumbers('1,2,3'));
  });
});

function expectAllWell(outcome: Outcome): void {
  expect(outcome).toMatchObject({ exitCode: 0, error: null });
  const failed = outcome.events.filter(({ type }) => type === 'job-failed');
  expect(failed.filter(({ willRetry }) => willRetry !== true)).toEqual([]);
}
