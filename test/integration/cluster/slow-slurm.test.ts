/** A Slurm whose commands take long, before or after they do their work: the same run, and nothing is asked for twice. */
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  expectClearError,
  numbersOf,
  openPlace,
  type Outcome,
  type Place,
} from '../../faults/fault-place.js';
import { openSlurm } from '../../../src/workers/launchers/engines/slurm.js';
import { Patience } from '../../../src/workers/launchers/patience.js';
import { noSlurm, useSlurm } from '../../helpers/slurm.js';

const COMMANDS = ['sbatch', 'squeue', 'scancel', 'sinfo', 'scontrol'];
const HOLD = ['--set', 'cluster.extraArguments=[--hold]'];
const ON_SLURM = [
  ...['--on', 'slurm', '--parallel', '2'],
  ...['gpusPerSlot=0', 'cpusPerSlot=1'].flatMap((set) => ['--set', `cluster.${set}`]),
];

describe.skipIf(noSlurm !== null)('a slow Slurm', { timeout: 300_000 }, () => {
  const slurm = useSlurm(60_000);

  /** Puts shell scripts before commands; `real "$@"` in them is the command itself. */
  const before = async (
    { folder }: Place,
    scripts: Readonly<Record<string, string>>,
  ): Promise<{ PATH: string; SLURM_CONF: string }> => {
    const bin = join(folder, 'bin');
    await mkdir(bin);
    for (const [name, script] of Object.entries(scripts)) {
      const head = `#!/bin/sh\necho ${name} "$@" >> ${folder}/asked\nreal() { /usr/bin/${name} "$@"; }\n`;
      await writeFile(join(bin, name), `${head}${script}\n`);
      await chmod(join(bin, name), 0o755);
    }
    return { ...slurm.cluster.env, PATH: `${bin}:${slurm.cluster.env.PATH}` };
  };
  const askedFor = async ({ folder }: Place, command: string): Promise<string[]> => {
    const lines = (await readFile(join(folder, 'asked'), 'utf8')).split('\n');
    return lines.filter((line) => line.startsWith(`${command} `));
  };

  it.each([
    ['before', 'sleep 4; real "$@"'],
    ['after', 'real "$@"; code=$?; sleep 4; exit $code'],
  ])('that takes long %s it does its work gives the same figures without a word', async (_, script) => {
    const place = await openPlace();
    const env = await before(place, Object.fromEntries(COMMANDS.map((name) => [name, script])));
    expect(await place.run(place.evalWords('here', '1,2'))).toMatchObject({ exitCode: 0 });
    const outcome = await place.run(place.evalWords('there', '1,2', ON_SLURM), env);
    expect(outcome).toMatchObject({ exitCode: 0, error: null });
    expect(warningsOf(outcome)).toBe('');
    expect(outcome.events.filter(({ type }) => type === 'job-failed')).toEqual([]);
    expect(await numbersOf(join(place.folder, 'there'))).toEqual(await numbersOf(join(place.folder, 'here')));
    const names = (await askedFor(place, 'sbatch')).map((line) => /--job-name=(\S+)/.exec(line)?.[1]);
    expect(new Set(names).size).toBe(names.length);
    await expect.poll(slurm.cluster.unfinished, { timeout: 60_000 }).toBe('');
  });

  it('is not asked a second time for what it may have taken', async () => {
    const place = await openPlace();
    const taken =
      'real "$@" >/dev/null; echo "sbatch: error: Socket timed out on send/recv operation" >&2; exit 1';
    const silent = `[ $(grep -c ^squeue ${place.folder}/asked) -gt 2 ] || exit 1; real "$@"`;
    const env = await before(place, { sbatch: taken, squeue: silent });
    for (const [key, value] of Object.entries(env)) vi.stubEnv(key, value);
    onTestFinished(() => void vi.unstubAllEnvs());
    const engine = openSlurm({ partition: null, extraArguments: ['--hold'] }, new Patience());
    const one = { nodes: 1, ranksPerNode: 1, gpus: 0, cpus: 1, memory: null, timeLimitMinutes: null };
    const id = await engine.submit({
      name: 'once.1.1',
      python: '/bin/true',
      pilot: '/nowhere',
      sharesDisk: true,
      ticket: '{}',
      folder: join(place.folder, 'places'),
      place: { ...one, graceSeconds: 60 },
      avoid: [],
    });
    expect(await askedFor(place, 'sbatch')).toHaveLength(1);
    expect((await engine.find('once.')).get(id)).toMatchObject({ name: 'once.1.1', state: 'queued' });
    await engine.withdraw('once.1.1');
    expect((await engine.find('once.')).get(id)?.state).toBe('ended');
  });

  it('keeps nobody who wants to stop; what may be left is said with the command that ends it', async () => {
    const place = await openPlace();
    const env = await before(place, { scancel: 'exec sleep 1000' });
    const running = place.start(place.evalWords('run', '1', [...ON_SLURM, ...HOLD]), env);
    const id = String((await running.event('worker-queued'))['job']).replace('Slurm job ', '');
    running.kill('SIGINT');
    const outcome = await running.ended;
    expectClearError(outcome, 130, 'CANCELLED');
    expect(warningsOf(outcome)).toMatch(
      new RegExp(`^Job ${id} may still be with Slurm\\. \`scancel ${id}\` ends it now\\.`),
    );
    await slurm.cluster.command('scancel', [id]);
  });

  it('that has not said whether it took a job is left with the command that ends it by its name', async () => {
    const place = await openPlace();
    const env = await before(place, {
      sbatch: 'real "$@" >/dev/null; exec sleep 1000',
      scancel: 'exec sleep 1000',
    });
    const running = place.start(place.evalWords('run', '1', [...ON_SLURM, ...HOLD]), env);
    await expect.poll(slurm.cluster.unfinished, { timeout: 60_000 }).not.toBe('');
    running.kill('SIGINT');
    const outcome = await running.ended;
    expectClearError(outcome, 130, 'CANCELLED');
    const [, command = ''] =
      /^Slurm did not say whether it took a job .*`scancel (--name=\S+)`/.exec(warningsOf(outcome)) ?? [];
    await slurm.cluster.command('scancel', [command]);
    expect(await slurm.cluster.unfinished()).toBe('');
  });
});

function warningsOf({ events }: Outcome): string {
  return events
    .filter(({ type }) => type === 'warning')
    .map(({ message }) => String(message))
    .join('\n');
}
