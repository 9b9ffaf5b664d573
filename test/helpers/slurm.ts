/** A Slurm of three nodes on this machine, for one test file: its own controller, key and ports, nothing of the system's. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll } from 'vitest';
import { ROOT } from './cli.js';
import { freePorts } from './free-ports.js';
import { endIfThere, processesWith } from './marked-processes.js';

const run = promisify(execFile);

/** Why there is none; null where there is. An error where FSA_REQUIRE_ALL forbids to skip tests. */
export const noSlurm: string | null = (() => {
  if (['slurmctld', 'slurmd', 'munged'].every((name) => existsSync(`/usr/sbin/${name}`))) return null;
  const why = 'slurm-wlm and munge are not installed';
  if (process.env['FSA_REQUIRE_ALL'] !== undefined) throw new Error(`FSA_REQUIRE_ALL is set, and ${why}.`);
  return why;
})();

export interface SlurmCluster {
  /** For everybody who speaks to it. */
  readonly env: { readonly SLURM_CONF: string; readonly PATH: string };
  /** Ends every daemon. */
  readonly close: () => Promise<void>;
  /** As a power cut does: its daemon and what runs there end without a word. */
  readonly killNode: (name: string) => Promise<void>;
  readonly command: (name: string, words: readonly string[]) => Promise<string>;
  /**
   * Cancels a job, as its owner does, and waits until its worker has been told to leave.
   * @param job `Slurm job 1`, as events have it
   */
  readonly cancel: (job: unknown) => Promise<void>;
  /** Does something that ends a job sooner or later, and waits as `cancel` does. */
  readonly untilToldToLeave: (job: unknown, work: () => Promise<unknown>) => Promise<void>;
  /** Jobs that wait or run, a line each. */
  readonly unfinished: () => Promise<string>;
}

/**
 * One for all tests of a `describe`, there from the first on.
 * @param openMs the longest it may take to come up; vitest's own limit where it is not given
 */
export function useSlurm(openMs?: number): { readonly cluster: SlurmCluster } {
  const place: { folder?: string; cluster?: SlurmCluster } = {};
  beforeAll(async () => {
    place.folder = await mkdtemp(join(tmpdir(), 'fsa-slurm-'));
    place.cluster = await openSlurm(place.folder);
  }, openMs);
  afterAll(async () => {
    await place.cluster?.close();
    if (place.folder !== undefined) await rm(place.folder, { recursive: true, force: true });
  });
  return {
    get cluster() {
      if (place.cluster === undefined) throw new Error('Slurm is there from the first test on.');
      return place.cluster;
    },
  };
}

/** To be closed, before its folder goes. */
export async function openSlurm(folder: string): Promise<SlurmCluster> {
  const script = join(ROOT, 'test/fixtures/slurm-cluster.sh');
  const PATH = `/usr/sbin:${process.env['PATH'] ?? ''}`;
  await run('bash', [script, folder, '3', String(await freePorts(20))], { env: { ...process.env, PATH } });
  const env = { SLURM_CONF: join(folder, 'slurm.conf'), PATH };
  const command = async (name: string, words: readonly string[]): Promise<string> =>
    (await run(name, words, { env: { ...process.env, ...env } })).stdout;
  const untilToldToLeave: SlurmCluster['untilToldToLeave'] = async (job, work) => {
    const shown = await command('scontrol', ['show', 'job', idOf(job)]);
    const output = /StdOut=(\S+)/.exec(shown)?.[1] ?? '';
    await work();
    // What a place prints (pilot.py).
    while (!readFileSync(output, 'utf8').includes('came, and the worker is told')) await sleep(20);
  };
  return {
    env,
    untilToldToLeave,
    cancel: async (job) => {
      await untilToldToLeave(job, async () => await command('scancel', [idOf(job)]));
    },
    close: async () => {
      for (const pid of await pidsOf(folder)) endIfThere(pid);
    },
    killNode: async (name) => {
      endIfThere(Number(readFileSync(join(folder, 'run', `slurmd.${name}.pid`), 'utf8')));
      // Another test file's Slurm has nodes of these names, too.
      const ours = new Set(await processesWith(`SLURM_CONF=${env.SLURM_CONF}`));
      const there = await processesWith(`SLURMD_NODENAME=${name}`);
      for (const pid of there.filter((one) => ours.has(one))) endIfThere(pid);
    },
    command,
    unfinished: async () =>
      (await command('squeue', ['-h', '-t', 'running,pending,completing', '-o', '%i %j %T'])).trim(),
  };
}

/** `Slurm job 1` as events say it. */
export function idOf(job: unknown): string {
  return String(job).replace('Slurm job ', '');
}

async function pidsOf(folder: string): Promise<number[]> {
  const names = await readdir(join(folder, 'run')).catch(() => []);
  const files = [...names.map((name) => join(folder, 'run', name)), join(folder, 'munge', 'pid')];
  return files.filter((file) => existsSync(file)).map((file) => Number(readFileSync(file, 'utf8')));
}
