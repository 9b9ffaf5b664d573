/**
 * Workers in places that an engine gives. The engine is asked now and then whether a place will ever come, has come,
 * or is gone; whether a worker lives, the wire says first (host.ts), and then nobody waits for the engine's word.
 */
import { networkInterfaces } from 'node:os';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { isFsaError } from '../../errors.js';
import { PY_RUNTIME_FOLDER } from '../../runtime/locate.js';
import { INHERITED } from '../environment.js';
import { REMOTE_LIMITS } from '../types.js';
import type { Engine, EngineJobs, EngineJobState, PlaceRequest } from './engine.js';
import type { LaunchCommand, LaunchedProcess, Launcher, Placed, ProcessEnd } from './launcher.js';

export interface RemoteOptions {
  /** Begins the names of the run's jobs, and of no other run's. */
  readonly prefix: string;
  /** How many times the run has been taken up. */
  readonly term: number;
  /** For tickets and outputs, on a file system of the nodes; of this user alone. */
  readonly folder: string;
  readonly place: PlaceRequest;
  readonly address: string | null;
  readonly port: number | null;
  readonly onWarning: (message: string) => void;
  /** How often the engine is asked. */
  readonly pollSeconds?: number;
}

const POLL_SECONDS = 3;
/** A job may take so long to appear in the engine's list. */
const APPEARS_WITHIN_MS = 60_000;
const CANCEL_TRIES = 5;

export class RemoteLauncher implements Launcher {
  readonly bind: Launcher['bind'];
  readonly limits = REMOTE_LIMITS;
  readonly #places = new Map<string, RemoteProcess>();
  #submitted = 0;
  #timer: NodeJS.Timeout | null = null;
  #asking = false;
  #silent = false;

  constructor(
    private readonly engine: Engine,
    private readonly options: RemoteOptions,
  ) {
    const { address, port } = options;
    this.bind = { address: address !== null && isIP(address) > 0 ? address : '0.0.0.0', port };
  }

  /** Ends what a fsa that died has left with the engine: its workers would compute for nobody. */
  async clear(): Promise<number> {
    const jobs = await this.engine.find(`${this.options.prefix}.`);
    const left = [...jobs].filter(([, { state }]) => state !== 'ended').map(([id]) => id);
    await this.engine.cancel(left);
    return left.length;
  }

  async start({ python, arguments: words, env, log, slot }: LaunchCommand): Promise<LaunchedProcess> {
    const { prefix, term, folder, place } = this.options;
    this.#submitted += 1;
    const own = Object.entries(env).filter(([name]) => !INHERITED_NAMES.has(name));
    const ticket = {
      endpoints: this.#endpoints(env['FSA_WORKER_ENDPOINT'] ?? ''),
      python,
      arguments: words,
      inherit: INHERITED,
      gpu: slot.device !== 'cpu',
      env: { ...Object.fromEntries(own), FSA_WORKER_GRACE_SECONDS: String(place.graceSeconds) },
    };
    const id = await this.engine
      .submit({
        name: `${prefix}.${term}.${this.#submitted}`,
        python,
        pilot: join(PY_RUNTIME_FOLDER, 'fsa_runtime', 'pilot.py'),
        ticket: JSON.stringify(ticket),
        folder,
        place,
      })
      .catch(async (error: unknown) => {
        await log.close();
        throw error;
      });
    const process = new RemoteProcess(`${this.engine.name} job ${id}`, {
      cancel: () => void this.#cancel(id),
      ask: () => void this.#ask(),
      ended: async () => {
        this.#places.delete(id);
        if (this.#places.size === 0) this.close();
        await log.write(Buffer.from(await this.engine.logs(id).catch(() => '')));
        await log.close();
      },
    });
    this.#places.set(id, process);
    this.#timer ??= setInterval(() => void this.#ask(), (this.options.pollSeconds ?? POLL_SECONDS) * 1000);
    void this.#ask();
    return process;
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.engine.close();
  }

  /** `tcp://0.0.0.0:1234` as workers can reach it, the likeliest first. */
  #endpoints(bound: string): string[] {
    const port = bound.split(':').at(-1) ?? '';
    const { address } = this.options;
    const own = address === null ? [...outerAddresses(), '127.0.0.1'] : [address];
    return own.map((host) => `tcp://${host}:${port}`);
  }

  async #ask(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    try {
      const jobs: EngineJobs = await this.engine.find(`${this.options.prefix}.`);
      this.#silent = false;
      for (const [id, process] of this.#places) process.hear(jobs.get(id) ?? null);
    } catch (error) {
      if (!this.#silent) this.options.onWarning(`${this.engine.name} does not answer: ${wordsOf(error)}`);
      this.#silent = true;
    } finally {
      this.#asking = false;
    }
  }

  async #cancel(id: string): Promise<void> {
    for (let tries = 1; tries <= CANCEL_TRIES; tries += 1) {
      try {
        await this.engine.cancel([id]);
        return;
      } catch (error) {
        if (tries === CANCEL_TRIES)
          this.options.onWarning(`Job ${id} may still be with ${this.engine.name}: ${wordsOf(error)}`);
        await new Promise((resolve) => setTimeout(resolve, 1000 * tries).unref());
      }
    }
  }
}

interface Hooks {
  readonly cancel: () => void;
  readonly ask: () => void;
  readonly ended: () => Promise<void>;
}

class RemoteProcess implements LaunchedProcess {
  readonly pid = null;
  readonly placed: Promise<Placed>;
  readonly ended: Promise<ProcessEnd>;
  #running = true;
  #place!: (placed: Placed) => void;
  #end!: (end: ProcessEnd) => void;
  #seen = false;
  readonly #submittedMs = performance.now();

  constructor(
    readonly job: string,
    private readonly hooks: Hooks,
  ) {
    this.placed = new Promise((resolve) => (this.#place = resolve));
    this.ended = new Promise<ProcessEnd>((resolve) => (this.#end = resolve)).then(async (end) => {
      await hooks.ended();
      return end;
    });
  }

  get running(): boolean {
    return this.#running;
  }

  /** What the engine says of the job; null where it does not know it (any more). */
  hear(state: EngineJobState | null): void {
    if (state !== null) this.#seen = true;
    if (state?.state === 'running') this.#place({ where: state.where });
    if (state?.state === 'ended') this.#settle({ exitCode: null, signal: null, how: state.how });
    if (state !== null || !this.#running) return;
    if (this.#seen || performance.now() - this.#submittedMs > APPEARS_WITHIN_MS)
      this.#settle({ exitCode: null, signal: null, how: 'is not known to the engine any more' });
  }

  /** Counts as ended from now on; the engine ends it when it can. */
  kill(): void {
    if (!this.#running) return;
    this.hooks.cancel();
    this.#settle({ exitCode: null, signal: 'SIGKILL' });
  }

  async end(graceSeconds: number): Promise<void> {
    const asking = setInterval(this.hooks.ask, 500);
    const late = new Promise((resolve) => setTimeout(resolve, graceSeconds * 1000).unref());
    await Promise.race([this.ended, late]);
    clearInterval(asking);
    this.kill();
    await this.ended;
  }

  #settle(end: ProcessEnd): void {
    this.#running = false;
    this.#end(end);
  }
}

const INHERITED_NAMES = new Set<string>(INHERITED);

function outerAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, family }) => !internal && family === 'IPv4')
    .map(({ address }) => address);
}

function wordsOf(error: unknown): string {
  if (isFsaError(error)) return [error.message, ...error.problems].join(' ');
  return error instanceof Error ? error.message : String(error);
}
