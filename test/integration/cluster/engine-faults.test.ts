/** Commands of Slurm that hang, or say what is no answer: a sentence, in bounded time, and nothing is left. */
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  expectClearError,
  isLinux,
  openPlace,
  processesIn,
  wordsOf,
  type Place,
} from '../../faults/fault-place.js';
import { eventWhere } from '../../helpers/events.js';
import { processesWith } from '../../helpers/marked-processes.js';
import { noSlurm, useSlurm } from '../../helpers/slurm.js';

const ON_SLURM = [
  '--on',
  'slurm',
  '--parallel',
  '1',
  '--set',
  'cluster.gpusPerSlot=0',
  '--set',
  'cluster.cpusPerSlot=1',
];
const CHECK = ['cluster', 'check', '--json', ...ON_SLURM.filter((word) => !/^(--parallel|1)$/.test(word))];
const LIST = 'exit 0';
const HANG = 'sleep 1000';
const GREETING = 'echo "Welcome to the cluster!"';

/** Puts commands first in PATH. @param path what comes after them */
async function withCommands(
  { folder }: Place,
  commands: Readonly<Record<string, string>>,
  path = process.env['PATH'] ?? '',
): Promise<{ readonly PATH: string; readonly FSA_TEST_MARK: string }> {
  const bin = join(folder, 'bin');
  await mkdir(bin, { recursive: true });
  for (const [name, body] of Object.entries(commands)) {
    await writeFile(join(bin, name), `#!/bin/sh\n${body}\n`);
    await chmod(join(bin, name), 0o755);
  }
  return { PATH: `${bin}:${path}`, FSA_TEST_MARK: folder };
}

/** Its remote workers, and what watches over them. */
async function workersIn({ folder }: Place): Promise<number[]> {
  const here = new Set(processesIn(folder));
  return (await processesWith('FSA_WORKER_REMOTE=1')).filter((pid) => here.has(pid));
}

async function expectNothingLeft({ folder }: Place): Promise<void> {
  await expect.poll(async () => await processesWith(`FSA_TEST_MARK=${folder}`)).toEqual([]);
}

describe.skipIf(!isLinux)('a command of Slurm', { timeout: 120_000 }, () => {
  it.each([
    ['sinfo', CHECK, {}],
    ['squeue', null, {}],
    ['sbatch', null, { squeue: LIST, scancel: LIST }],
  ] as const)('%s that hangs keeps nobody who wants to stop', async (name, check, others) => {
    const place = await openPlace();
    const asked = join(place.folder, 'asked');
    const env = await withCommands(place, { ...others, [name]: `touch ${asked}; ${HANG}` });
    const running = place.start(check ?? place.evalWords('run', '1', ON_SLURM), env);
    await expect
      .poll(() => existsSync(asked), {
        timeout: 60_000,
      })
      .toBe(true);
    running.kill('SIGINT');
    expectClearError(await running.ended, 130, 'CANCELLED');
    await expectNothingLeft(place);
  });

  it.each([
    ['squeue', { squeue: GREETING }],
    ['sbatch', { squeue: LIST, sbatch: GREETING }],
  ])('%s that says something else is named', async (name, commands) => {
    const place = await openPlace();
    const env = await withCommands(place, commands);
    const outcome = await place.run(place.evalWords('run', '1', ON_SLURM), env);
    const words = wordsOf(expectClearError(outcome, 3, 'RUNTIME'));
    expect(words).toContain(`${name} says what Slurm does not say.`);
    expect(words).toContain('it said: Welcome to the cluster!');
  });
});

describe.skipIf(noSlurm !== null)('Slurm', { timeout: 200_000 }, () => {
  const slurm = useSlurm(200_000);

  it('that answers every other time, and then lists nothing or hangs, loses no cell and doubles none', async () => {
    const place = await openPlace();
    const how = join(place.folder, 'how');
    await writeFile(how, 'flaky');
    const flaky = (name: string): string =>
      [
        `n=$(cat ${place.folder}/${name}.count 2>/dev/null || echo 0); echo $((n + 1)) > ${place.folder}/${name}.count`,
        `case $(cat ${how}) in silent) exit 0;; hang) sleep 1000;; esac`,
        `[ $((n % 2)) = 1 ] || { echo "${name}: error: Socket timed out on send/recv operation" >&2; exit 1; }`,
        `exec /usr/bin/${name} "$@"`,
      ].join('\n');
    const commands = { squeue: flaky('squeue'), sbatch: flaky('sbatch'), scancel: flaky('scancel') };
    const env = { ...slurm.cluster.env, ...(await withCommands(place, commands, slurm.cluster.env.PATH)) };
    const askedOnceMore = async (times: number): Promise<void> => {
      const count = async (): Promise<number> =>
        Number(await readFile(join(place.folder, 'squeue.count'), 'utf8'));
      const before = await count();
      await expect.poll(count, { timeout: 60_000 }).toBeGreaterThanOrEqual(before + times);
    };
    const running = place.start(place.evalWords('run', '1,2', ON_SLURM), env, ['job-epoch']);
    // Its worker stands still meanwhile, so that Slurm is asked while there is work to lose.
    const held = { pids: [] as number[] };
    await running.whileStopped('job-epoch', async () => {
      held.pids = await workersIn(place);
      expect(held.pids).not.toEqual([]);
      for (const pid of held.pids) process.kill(pid, 'SIGSTOP');
      await writeFile(how, 'silent');
    });
    // One list without our job is no news of its end.
    await askedOnceMore(2);
    await writeFile(how, 'hang');
    await askedOnceMore(1);
    for (const pid of held.pids) process.kill(pid, 'SIGCONT');
    await eventWhere(running, 'job-finished', () => true);
    await writeFile(how, 'flaky');
    const outcome = await running.ended;
    expect(outcome).toMatchObject({ exitCode: 0, error: null });
    expect(outcome.events.filter(({ type }) => type === 'job-started')).toHaveLength(2);
    await expectNothingLeft(place);
    await expect.poll(slurm.cluster.unfinished, { timeout: 60_000 }).toBe('');
  });
});
