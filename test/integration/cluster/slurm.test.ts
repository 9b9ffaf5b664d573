import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { numbersOf, openPlace, studentOf, type Outcome } from '../../faults/fault-place.js';
import { SAMPLE_STUDENT } from '../../helpers/small-data.js';
import { noSlurm, openSlurm, type SlurmCluster } from '../../helpers/slurm.js';

const PLACE = ['--on', 'slurm', '--set', 'cluster.gpusPerSlot=0', '--set', 'cluster.cpusPerSlot=1'];
const LONG = { timeout: 900_000 };
const ON_SLURM = [...PLACE, '--parallel', '2'];

describe.skipIf(noSlurm !== null)('fsa on Slurm', { timeout: 300_000 }, () => {
  let cluster: SlurmCluster;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fsa-slurm-'));
    cluster = await openSlurm(folder);
  }, 60_000);
  afterAll(async () => {
    await cluster.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('gives the figures of this machine for 2 models and 2 seeds, though a worker is cancelled on the way', async () => {
    const place = await openPlace();
    const other = join(place.folder, 'other');
    await cp(SAMPLE_STUDENT, other, { recursive: true });
    const models = ['--model', `other=${other}`];
    expect(await place.run(place.evalWords('here', '1,2', models))).toMatchObject({ exitCode: 0 });

    const running = place.start(place.evalWords('there', '1,2', [...models, ...ON_SLURM]), cluster.env);
    const { job } = await running.event('worker-queued');
    const { host } = await running.event('worker-started');
    expect(host).toMatch(/^n[123]$/);
    await running.event('job-epoch');
    await cluster.command('scancel', [String(job).replace('Slurm job ', '')]);
    const outcome = await running.ended;
    expect(outcome).toMatchObject({ exitCode: 0, error: null });
    expect(warningsOf(outcome)).toMatch(/has to leave: its place is needed for others/);
    expect(await numbersOf(join(place.folder, 'there'))).toEqual(await numbersOf(join(place.folder, 'here')));
    // Tickets serve once, and no job is left behind.
    const places = await readdir(join(place.folder, 'there', 'workers', 'places'));
    expect(places.filter((name) => name.endsWith('.ticket'))).toEqual([]);
    expect((await cluster.command('squeue', ['-h', '-t', 'running,pending'])).trim()).toBe('');
  });

  it('goes on where places are taken for others', LONG, async () => {
    const place = await openPlace();
    const words = (run: string, more: readonly string[] = []): string[] =>
      place.evalWords(run, '1,2', ['--epochs', '40', ...more]);
    expect(await place.run(words('here'))).toMatchObject({ exitCode: 0 });
    const running = place.start(words('there', ON_SLURM), cluster.env);
    await running.event('job-epoch');
    const greedy = ['--partition=high', '--exclusive', '--nodes=3', '--output=/dev/null', '--wrap=sleep 2'];
    await cluster.command('sbatch', greedy);
    const outcome = await running.ended;
    expectAllWell(outcome);
    expect(warningsOf(outcome)).toMatch(/has to leave: its place is needed for others/);
    expect(await numbersOf(join(place.folder, 'there'))).toEqual(await numbersOf(join(place.folder, 'here')));
  });

  // Slurm counts in whole minutes; of each, a worker has ten seconds until it has to leave. FSA_MINUTES=1 asks for it.
  it.skipIf(process.env['FSA_MINUTES'] === undefined)('goes on where its time is up', LONG, async () => {
    const place = await openPlace();
    const words = (run: string, more: readonly string[] = []): string[] =>
      place.evalWords(run, '1,2', ['--epochs', '60', ...more]);
    expect(await place.run(words('here'))).toMatchObject({ exitCode: 0 });
    const minute = ['timeLimitMinutes=1', 'graceSeconds=50'].flatMap((set) => ['--set', `cluster.${set}`]);
    const outcome = await place.run(words('there', [...ON_SLURM, ...minute]), cluster.env);
    expectAllWell(outcome);
    expect(warningsOf(outcome)).toMatch(/has to leave, in 50 s: its time is up/);
    expect(await numbersOf(join(place.folder, 'there'))).toEqual(await numbersOf(join(place.folder, 'here')));
  });

  it('makes the student of this machine, to the bit', async () => {
    const place = await openPlace();
    expect(await place.run(place.distillWords('here'))).toMatchObject({ exitCode: 0 });
    expect(await place.run(place.distillWords('there', 6, PLACE), cluster.env)).toMatchObject({
      exitCode: 0,
    });
    expect(await studentOf(join(place.folder, 'there'))).toEqual(await studentOf(join(place.folder, 'here')));
  });

  it('asks for what the settings say a place needs', async () => {
    const place = await openPlace();
    const asked = { gpusPerSlot: 1, cpusPerSlot: 2, memory: '300M', timeLimitMinutes: 7, partition: 'high' };
    const more = [...Object.entries(asked), ['extraArguments', '[--nice=5, --comment=from-fsa]']];
    const sets = more.flatMap(([key, value]) => ['--set', `cluster.${key}=${String(value)}`]);
    const running = place.start(place.evalWords('asks', '1', [...ON_SLURM, ...sets]), cluster.env);
    const { job } = await running.event('worker-queued');
    const shown = await cluster.command('scontrol', ['show', 'job', String(job).replace('Slurm job ', '')]);
    running.kill('SIGINT');
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
    const queued = async (): Promise<string> =>
      (await cluster.command('squeue', ['-h', '-t', 'running,pending'])).trim();
    await expect.poll(queued, { timeout: 60_000 }).toBe('');
  });

  it('is checked with one worker before a run is spread over it', async () => {
    const place = await openPlace();
    const words = ['cluster', 'check', '--json', ...PLACE];
    const outcome = await place.run(words, cluster.env);
    expect(outcome).toMatchObject({ exitCode: 0, error: null });
    expect(JSON.stringify(outcome.events.at(-1))).toMatch(/slurm[^"]*nodes: 3 idle.*"devices":\["cpu/);
    expect((await readdir(place.folder)).filter((name) => name.startsWith('.fsa'))).toEqual([]);
  });

  it('says at once, in the words of Slurm, what it can never give', async () => {
    const place = await openPlace();
    const words = place.evalWords('run', '1', [...ON_SLURM, '--set', 'cluster.partition=nowhere']);
    const outcome = await place.run(words, cluster.env);
    expect(outcome).toMatchObject({ exitCode: 2, error: { code: 'CONFIG' } });
    expect(JSON.stringify(outcome.error)).toMatch(
      /Slurm gives no such place.*invalid partition specified: nowhere/is,
    );
  });

  it('goes on where a node dies', async () => {
    const place = await openPlace();
    const words = (run: string): string[] => place.evalWords(run, '1,2', ['--epochs', '3']);
    expect(await place.run(words('here'))).toMatchObject({ exitCode: 0 });
    const running = place.start([...words('there'), ...ON_SLURM], cluster.env);
    const { host } = await running.event('worker-started');
    await running.event('job-epoch');
    await cluster.killNode(String(host));
    const outcome = await running.ended;
    expectAllWell(outcome);
    expect(await numbersOf(join(place.folder, 'there'))).toEqual(await numbersOf(join(place.folder, 'here')));
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
