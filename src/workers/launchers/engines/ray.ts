/** Ray: each place is a job of its REST interface whose entry is the pilot. Nothing of Ray is installed here. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { readProxies } from '../../../config/environment.js';
import { FsaError, messageOf } from '../../../errors.js';
import { openClient, type HttpClient } from '../../../net/client.js';
import { join } from 'node:path';
import { PY_RUNTIME_FOLDER } from '../../../runtime/locate.js';
import {
  type Engine,
  type EngineJobs,
  type EngineJobState,
  type NodeStarter,
  type PlaceRequest,
  type Submission,
  UnansweredError,
} from '../engine.js';
import { jsonOrNull } from '../../../storage/json-or-null.js';
import type { Patience } from '../patience.js';
import { quote, scriptOf } from '../pilot-command.js';
import { TICKET_VARIABLE, writeTicket } from '../ticket-file.js';

export interface RayOptions {
  /** Of the dashboard: `http://head:8265`. */
  readonly address: string;
}

const ASK_SECONDS = 30;
/** Ten thousand jobs take some 10 MB. */
const MOST_BYTES = 200e6;
// The time for the whole answer is up before that for a part of it.
const LIMITS = { stallMs: 2 * ASK_SECONDS * 1000, connectMs: 10_000, redirects: 2 };
/** Run by the Python that Ray is installed in. */
const GANG = join(PY_RUNTIME_FOLDER, 'fsa_runtime', 'ray_gang.py');
/** What it says when the machines are there. */
const PLACED = /^fsa gang placed on (\S+)$/m;
const UNITS: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

const version = z.object({ ray_version: z.string() });
const submitted = z.object({ submission_id: z.string() });
const jobs = z.array(
  z.object({
    submission_id: z.string().nullable(),
    status: z.string(),
    message: z.string().nullish(),
    driver_agent_http_address: z.string().nullish(),
    driver_exit_code: z.int().nullish(),
  }),
);
const logs = z.object({ logs: z.string() });
const nodes = z.object({
  data: z.object({
    result: z.object({
      result: z.array(z.object({ state: z.string(), resources_total: z.record(z.string(), z.number()) })),
    }),
  }),
});

export function openRay(options: RayOptions, patience: Patience): Engine {
  return new Ray(options, patience);
}

class Ray implements Engine {
  readonly name = 'Ray';
  readonly #address: string;
  readonly #client: HttpClient;
  /** By the names of their submissions; Ray refuses a name that it remembers, from a run in a folder that was since removed. */
  readonly #ids = new Map<string, string>();
  /** Jobs of several machines; the first of them once they are there. */
  readonly #gangs = new Map<string, string | null>();

  constructor(
    { address }: RayOptions,
    readonly patience: Patience,
  ) {
    this.#address = address.replace(/\/+$/, '');
    const endpoint = { endpoint: this.#address, token: null, proxy: readProxies() };
    this.#client = openClient({ ...endpoint, errorCode: 'API', addressName: 'cluster.rayAddress' }, LIMITS);
  }

  async probe(): Promise<string> {
    const { ray_version: ray } = await this.#call(version, 'GET', '/api/version');
    const all = await this.#nodes();
    return `Ray ${ray}; ${all.length} nodes, ${sum(all, 'CPU')} CPUs, ${sum(all, 'GPU')} GPUs`;
  }

  async submit(submission: Submission): Promise<string> {
    const { name, python, pilot, sharesDisk, ticket, folder, place } = submission;
    await this.#refuseImpossible(place);
    // Ray gives variables back to whoever asks, and writes them into a log: the ticket goes by a file where it can.
    const words = sharesDisk
      ? [pilot, await writeTicket(folder, name, ticket)]
      : ['-c', await readFile(pilot, 'utf8'), 'environment'];
    const pilotWords = [python, '-I', ...words];
    const ownId = `${name}.${randomBytes(3).toString('hex')}`;
    this.#ids.set(name, ownId);
    const { submission_id: id } = await this.#call(submitted, 'POST', '/api/jobs/', {
      submission_id: ownId,
      ...(place.nodes > 1 ? gangOf(name, place, pilotWords) : entryOf(place, pilotWords)),
      ...(sharesDisk ? {} : { runtime_env: { env_vars: { [TICKET_VARIABLE]: ticket } } }),
      metadata: { fsa: name },
    });
    if (place.nodes > 1) this.#gangs.set(id, null);
    return id;
  }

  async find(prefix: string): Promise<EngineJobs> {
    const found = new Map<string, EngineJobState & { name: string }>();
    for (const job of await this.#call(jobs, 'GET', '/api/jobs/')) {
      const { submission_id: id } = job;
      if (id?.startsWith(prefix) === true)
        found.set(id, { name: nameIn(id), ...(await this.#stateOf(id, job)) });
    }
    return found;
  }

  async cancel(ids: readonly string[]): Promise<void> {
    // Side by side: where Ray is silent, one is waited for as long as all.
    await Promise.all(
      ids.map(async (id) => {
        await this.#call(z.unknown(), 'POST', `/api/jobs/${encodeURIComponent(id)}/stop`);
      }),
    );
  }

  async withdraw(name: string): Promise<void> {
    const id = this.#ids.get(name);
    if (id !== undefined && (await this.find(name)).has(id)) await this.cancel([id]);
  }

  byHand(what: { readonly ids: readonly string[] } | { readonly name: string }): string {
    const ids = 'ids' in what ? what.ids : [this.#ids.get(what.name) ?? ''];
    return ids.map((id) => `ray job stop --address=${this.#address} ${id}`).join(' && ');
  }

  async logs(id: string): Promise<string> {
    return (await this.#call(logs, 'GET', `/api/jobs/${encodeURIComponent(id)}/logs`)).logs;
  }

  nodeStarter({ name, place }: Pick<Submission, 'name' | 'place'>): NodeStarter {
    return { command: ['python', GANG, name, shapeOf(place), '{node}'], variables: ['RAY_ADDRESS'] };
  }

  close(): void {
    void this.#client.close();
  }

  /** A job of several machines runs for Ray while it still waits for them. */
  async #stateOf(id: string, job: RayJob): Promise<EngineJobState> {
    const state = stateOf(job);
    if (state.state !== 'running' || this.#gangs.get(id) === undefined) return state;
    const where = this.#gangs.get(id) ?? PLACED.exec(await this.logs(id).catch(() => ''))?.[1] ?? null;
    this.#gangs.set(id, where);
    return where === null
      ? { state: 'queued', why: 'waits for all its machines' }
      : { state: 'running', where };
  }

  /** Ray lets a job that no node can ever hold wait for ever, and says nothing. */
  async #refuseImpossible({ nodes: needed, cpus, gpus }: PlaceRequest): Promise<void> {
    const all = await this.#nodes();
    const fitting = all.filter(({ CPU = 0, GPU = 0 }) => CPU >= cpus && GPU >= gpus);
    if (fitting.length >= needed || all.length === 0) return;
    const wanted = shapeWords(cpus, gpus);
    if (fitting.length > 0)
      throw new FsaError(
        'CONFIG',
        `${needed} nodes of Ray with ${wanted} are needed, and ${fitting.length} have so much.`,
        { where: 'cluster.ranksPerNode', advice: 'Ask for more ranks on each machine, or for fewer ranks.' },
      );
    const shapes = all.map(({ CPU = 0, GPU = 0 }) => shapeWords(CPU, GPU));
    throw new FsaError('CONFIG', `No node of Ray has ${wanted}.`, {
      where: 'cluster',
      problems: [...new Set(shapes)].map((shape) => `a node has ${shape}`),
      advice: 'Ask for less with cluster.cpusPerSlot and cluster.gpusPerSlot.',
    });
  }

  #silence(): string {
    return this.patience.ending ? 'no answer' : `no answer within ${ASK_SECONDS} s`;
  }

  async #nodes(): Promise<Record<string, number>[]> {
    const found = nodes.safeParse(await this.#call(z.unknown(), 'GET', '/api/v0/nodes'));
    if (!found.success) return [];
    const alive = found.data.data.result.result.filter(({ state }) => state === 'ALIVE');
    return alive.map(({ resources_total: resources }) => resources);
  }

  /** @throws FsaError RUNTIME with what Ray said */
  async #call<T>(answer: z.ZodType<T>, method: 'GET' | 'POST', path: string, body?: unknown): Promise<T> {
    const url = this.#address + path;
    return await this.patience.limit(ASK_SECONDS, async (signal) => {
      try {
        const parsed = answer.safeParse(jsonOrNull(await this.#textOf(url, method, body, signal)));
        if (parsed.success) return parsed.data;
        throw new Error('what answers there does not speak as the dashboard of Ray does');
      } catch (cause) {
        const Kind = signal.aborted ? UnansweredError : FsaError;
        throw new Kind('RUNTIME', 'Ray does not do what it is asked.', {
          where: url,
          problems: [signal.aborted ? this.#silence() : messageOf(cause)],
          advice: 'Check cluster.rayAddress: it is the address of the dashboard, such as http://head:8265.',
          cause,
        });
      }
    });
  }

  async #textOf(url: string, method: 'GET' | 'POST', body: unknown, signal: AbortSignal): Promise<string> {
    const json =
      body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    const response =
      method === 'GET'
        ? await this.#client.get(url, { signal })
        : await this.#client.send(url, { method, signal, ...json });
    const pieces: Buffer[] = [];
    let bytes = 0;
    for await (const piece of response.body) {
      pieces.push(piece);
      bytes += piece.length;
      if (bytes > MOST_BYTES)
        throw new Error(`more than ${MOST_BYTES / 1e6} MB came: that is no answer of Ray`);
    }
    const text = Buffer.concat(pieces).toString('utf8');
    if (response.status >= 200 && response.status < 300) return text;
    throw new Error(`status ${response.status}: ${text.trim().split('\n').at(-1)?.slice(0, 500) ?? ''}`);
  }
}

function shapeWords(cpus: number, gpus: number): string {
  const many = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
  return `${many(cpus, 'CPU')} and ${many(gpus, 'GPU')}`;
}

/** Of the submission, in the id of its job. */
function nameIn(id: string): string {
  return id.slice(0, id.lastIndexOf('.'));
}

type RayJob = z.infer<typeof jobs>[number];

function entryOf({ cpus, gpus, memory }: PlaceRequest, words: readonly string[]): Record<string, unknown> {
  return {
    entrypoint: scriptOf(words),
    entrypoint_num_cpus: cpus,
    ...(gpus > 0 ? { entrypoint_num_gpus: gpus } : {}),
    ...(memory === null ? {} : { entrypoint_memory: bytesOf(memory) }),
  };
}

/** The entry itself needs little: it asks for the machines, and starts the pilot on the first. */
function gangOf(name: string, place: PlaceRequest, words: readonly string[]): Record<string, unknown> {
  const entry = ['python', GANG, 'open', name, shapeOf(place), 'sh', '-c', scriptOf([...words, 'held'])];
  return { entrypoint: `exec ${entry.map(quote).join(' ')}`, entrypoint_num_cpus: 0 };
}

function shapeOf({ nodes: count, ranksPerNode, cpus, gpus, memory }: PlaceRequest): string {
  const bytes = memory === null ? null : bytesOf(memory);
  return JSON.stringify({ nodes: count, ranksPerNode, cpus, gpus, memory: bytes });
}

function stateOf(job: RayJob): EngineJobState {
  if (job.status === 'PENDING') return { state: 'queued', why: job.message ?? null };
  if (job.status === 'RUNNING') return { state: 'running', where: hostOf(job.driver_agent_http_address) };
  const code = job.driver_exit_code == null ? '' : ` with code ${job.driver_exit_code}`;
  const failed = job.status === 'FAILED' && job.driver_exit_code != null && job.driver_exit_code > 0;
  return { state: 'ended', failed, how: `is ${job.status.toLowerCase()} for Ray${code}` };
}

/** The machine of a job is said by the address of Ray's agent there. */
function hostOf(agent: string | null | undefined): string | null {
  return agent == null || !URL.canParse(agent) ? null : new URL(agent).hostname;
}

/** `16G` in bytes. @throws FsaError CONFIG for another form */
function bytesOf(memory: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([KMGT]?)i?B?$/i.exec(memory.trim());
  const unit = match === null ? undefined : UNITS[(match[2] ?? '').toUpperCase()];
  if (match !== null && unit !== undefined) return Math.round(Number(match[1]) * unit);
  throw new FsaError('CONFIG', `${memory} is no amount of memory.`, {
    where: 'cluster.memory',
    advice: 'Write it as 500M or 16G.',
  });
}

function sum(all: readonly Record<string, number>[], resource: string): number {
  return all.reduce((total, resources) => total + (resources[resource] ?? 0), 0);
}
