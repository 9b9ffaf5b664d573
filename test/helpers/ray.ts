/** A Ray of two nodes on this machine, for one test file: a head with one processor, and a second node with two. */
import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import { freePorts } from './free-ports.js';
import { endIfThere, processesWith } from './marked-processes.js';
import { toolsBin } from './tools-venv.js';

const REQUIREMENTS = resolve(import.meta.dirname, '../fixtures/ray/requirements.txt');
/** So many for one node: ten of its parts, then its workers'. */
const PORTS_PER_NODE = 60;
/** The least that it takes. */
const OBJECT_STORE_BYTES = 80_000_000;
/** The address that tells it from the head, also on the loopback interface. */
export const SECOND_NODE = '127.0.0.2';
const UP_WITHIN_SECONDS = 120;

/** Its programs; null where it cannot be installed. An error where FSA_REQUIRE_ALL forbids to skip tests. */
export const rayBin: string | null = await toolsBin(REQUIREMENTS).catch((cause: unknown) => {
  if (process.env['FSA_REQUIRE_ALL'] === undefined) return null;
  throw new Error('FSA_REQUIRE_ALL is set, and Ray cannot be installed.', { cause });
});

export interface RayCluster {
  /** Of its dashboard. */
  readonly address: string;
  /** As a power cut does: its raylet, its agents and the jobs there end without a word. */
  readonly killSecondNode: () => Promise<void>;
  /** @param job `Ray job x`, as events have it, or its name alone */
  readonly stopJob: (job: unknown) => Promise<void>;
  /** Waits until the worker of a job that is stopped has been told to leave. */
  readonly toldToLeave: (job: unknown) => Promise<void>;
  /** Workers that were started on the head. */
  readonly workersOnHead: () => Promise<number[]>;
  /** Jobs that wait or run, and groups that hold machines. */
  readonly unfinished: () => Promise<string[]>;
  readonly close: () => Promise<void>;
}

/** @param folder with a short path: sockets lie below it. To be closed, before it goes */
export async function openRay(bin: string, folder: string): Promise<RayCluster> {
  const port = await freePorts(2 * PORTS_PER_NODE + 2);
  const address = `http://127.0.0.1:${port + 1}`;
  const markOf = (node: string): string => `FSA_TEST_RAY_NODE=${join(folder, node)}`;
  const start = (node: string, ports: number, words: readonly string[]): void => {
    const all = ['start', '--block', '--disable-usage-stats', ...words, ...portWords(ports)];
    const own = ['--temp-dir', join(folder, node), '--object-store-memory', String(OBJECT_STORE_BYTES)];
    const child = spawn(join(bin, 'ray'), [...all, ...own], {
      stdio: 'ignore',
      detached: true,
      env: environmentOf(bin, markOf(node)),
    });
    child.unref();
  };
  const close = async (): Promise<void> => {
    for (const node of ['1', '2']) for (const pid of await processesWith(markOf(node))) endIfThere(pid);
  };
  const dashboard = ['--dashboard-host', '127.0.0.1', '--dashboard-port', String(port + 1)];
  start('1', port + 2, ['--head', '--num-cpus', '1', '--port', String(port), ...dashboard]);
  try {
    const [head] = await nodesWhen(address, 1);
    const words = ['--address', `${head ?? ''}:${port}`, '--node-ip-address', SECOND_NODE];
    start('2', port + 2 + PORTS_PER_NODE, [...words, '--num-cpus', '2']);
    await nodesWhen(address, 2);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    address,
    close,
    killSecondNode: async () => {
      for (const pid of await processesWith(markOf('2'))) endIfThere(pid);
    },
    unfinished: async () => {
      const jobs = await ask<readonly { submission_id: string | null; status: string }[]>(
        `${address}/api/jobs/`,
      );
      const groups = await ask<{
        readonly data: { readonly result: { readonly result: readonly { name: string; state: string }[] } };
      }>(`${address}/api/v0/placement_groups`);
      return [
        ...jobs
          .filter(({ status }) => /PENDING|RUNNING/.test(status))
          .map((job) => `job ${job.submission_id ?? ''}`),
        ...groups.data.result.result
          .filter(({ state }) => state !== 'REMOVED')
          .map(({ name }) => `group ${name}`),
      ];
    },
    stopJob: async (job) => {
      await ask(`${address}/api/jobs/${idOf(job)}/stop`, 'POST');
    },
    toldToLeave: async (job) => {
      // What a place prints (pilot.py).
      const said = async (): Promise<string> =>
        (await ask<{ readonly logs: string | null }>(`${address}/api/jobs/${idOf(job)}/logs`)).logs ?? '';
      while (!(await said()).includes('came, and the worker is told')) await sleep(50);
    },
    workersOnHead: async () => {
      const pilots = await processesWith(markOf('1'));
      const theirs = await Promise.all(
        pilots.map(async (pid) => await processesWith(`FSA_WORKER_PARENT_PID=${pid}`)),
      );
      return theirs.flat();
    },
  };
}

function idOf(job: unknown): string {
  return String(job).replace('Ray job ', '');
}

/** Of nothing that is set for the test's own process: Ray would speak to itself through a proxy. */
function environmentOf(bin: string, mark: string): Record<string, string> {
  const [name = '', value = ''] = mark.split('=');
  const { PATH = '', HOME = '' } = process.env;
  return { PATH: `${bin}:${PATH}`, HOME, RAY_USAGE_STATS_ENABLED: '0', [name]: value };
}

/** Every port by name: those that Ray chooses itself collide with a second node's. */
function portWords(first: number): string[] {
  const parts = [
    'node-manager-port',
    'object-manager-port',
    'runtime-env-agent-port',
    'dashboard-agent-listen-port',
    'dashboard-agent-grpc-port',
    'metrics-export-port',
  ];
  const workers = ['--min-worker-port', first + 10, '--max-worker-port', first + PORTS_PER_NODE - 1];
  return [...parts.flatMap((part, index) => [`--${part}`, first + index]), ...workers].map(String);
}

/** The addresses of so many nodes, when they are there. */
async function nodesWhen(address: string, count: number): Promise<string[]> {
  interface Answer {
    readonly data: { readonly result: { readonly result: readonly { state: string; node_ip: string }[] } };
  }
  const until = Date.now() + UP_WITHIN_SECONDS * 1000;
  for (;;) {
    const answer = await ask<Answer>(`${address}/api/v0/nodes`).catch(() => null);
    const alive = (answer?.data.result.result ?? []).filter(({ state }) => state === 'ALIVE');
    if (alive.length === count) return alive.map(({ node_ip: ip }) => ip);
    if (Date.now() > until) throw new Error(`Ray has ${alive.length} of ${count} nodes.`);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

async function ask<T>(url: string, method: 'GET' | 'POST' = 'GET'): Promise<T> {
  const { body } = await request(url, { method });
  return (await body.json()) as T;
}
