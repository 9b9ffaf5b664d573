/**
 * Workers in places that an engine gives. The engine is asked now and then whether a place will ever come, has come,
 * or is gone; whether a worker lives, the wire says first (host.ts), and then nobody waits for the engine's word.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isFsaError } from '../../errors.js';
import { PY_RUNTIME_FOLDER } from '../../runtime/locate.js';
import type { BlobPass, Blobs } from '../blobs/blobs.js';
import { INHERITED } from '../environment.js';
import { REMOTE_LIMITS } from '../types.js';
import { bindAddressOf, outerAddresses } from './addresses.js';
import { DiskProbe } from './disk-probe.js';
import {
  type Engine,
  type EngineJobs,
  type NodeStarter,
  type PlaceRequest,
  type Submission,
  UnansweredError,
} from './engine.js';
import type { LaunchCommand, LaunchedProcess, Launcher } from './launcher.js';
import { RemoteProcess } from './remote-process.js';
import { TakeBack, wordsOf } from './take-back.js';
import { hasTicket, removeAllTickets, removeTicket } from './ticket-file.js';

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
  /** Whether places see our files; `auto` finds out. */
  readonly sharedDisk: 'auto' | 'yes' | 'no';
  /** Serves files to those that do not; null where all do. */
  readonly blobs: Blobs | null;
  /** Where a place keeps what was sent to it. */
  readonly cache: { readonly folder: string | null; readonly bytes: number };
  readonly onWarning: (message: string) => void;
  /** How often the engine is asked. */
  readonly pollSeconds?: number;
}

const POLL_SECONDS = 3;
/** An engine that fails now and then is no news. */
const MENTIONED_SILENCES = 3;
const FIRST_TRIES = 3;
const FIRST_PAUSE_MS = 300;
const BRIEF_MS = 5_000;
const AGAIN_AFTER_SECONDS = 5;
const LONGEST_PAUSE_SECONDS = 60;

export class RemoteLauncher implements Launcher {
  readonly bind: Launcher['bind'];
  readonly limits = REMOTE_LIMITS;
  readonly #places = new Map<string, RemoteProcess>();
  readonly #takeBack: TakeBack;
  readonly #avoided = new Set<string>();
  /** Of an earlier fsa, told to end. */
  readonly #ended = new Set<string>();
  readonly #probe: DiskProbe;
  readonly #stopping = new AbortController();
  /** Whether the engine has ever taken a job of ours. */
  #hasGiven = false;
  #submitted = 0;
  #timer: NodeJS.Timeout | null = null;
  #asking: Promise<void> | null = null;
  /** Questions in a row that got no answer. */
  #unanswered = 0;

  constructor(
    private readonly engine: Engine,
    private readonly options: RemoteOptions,
  ) {
    const { address, port, folder, sharedDisk } = options;
    this.#probe = new DiskProbe(folder, sharedDisk);
    this.#takeBack = new TakeBack(engine, options.onWarning);
    this.bind = { address: bindAddressOf(address), port };
  }

  /** Ends what a fsa that died has left with the engine: its workers would compute for nobody. */
  async clear(): Promise<number> {
    const jobs = await this.#findAtFirst();
    const left = livingOf(jobs);
    await this.engine.cancel(left);
    await removeAllTickets(this.options.folder);
    return left.length;
  }

  /** An engine that fails now and then is asked again; one that is not there, or is long silent, is not. */
  async #findAtFirst(): Promise<EngineJobs> {
    const { patience } = this.engine;
    for (let tries = 1; ; tries += 1) {
      const startedMs = performance.now();
      try {
        return await this.engine.find(`${this.options.prefix}.`);
      } catch (error) {
        const isBrief = performance.now() - startedMs < BRIEF_MS;
        if (!isBrief || patience.ending || tries === FIRST_TRIES) throw error;
        await sleep(FIRST_PAUSE_MS * tries);
      }
    }
  }

  async start({ python, arguments: words, env, log, slot }: LaunchCommand): Promise<LaunchedProcess> {
    const { prefix, term, folder, place, blobs } = this.options;
    this.#submitted += 1;
    const name = `${prefix}.${term}.${this.#submitted}`;
    const output = join(folder, `${name}.out`);
    const pass = blobs?.admit(output);
    const own = Object.entries(env).filter(([variable]) => !INHERITED_NAMES.has(variable));
    const starter = place.nodes > 1 ? this.engine.nodeStarter({ name, place }) : null;
    const ticket = {
      endpoints: this.#endpoints(env['FSA_WORKER_ENDPOINT'] ?? ''),
      python,
      arguments: words,
      inherit: [...INHERITED, ...(starter?.variables ?? [])],
      gpu: slot.device !== 'cpu',
      env: {
        ...Object.fromEntries(own),
        ...(starter === null ? {} : ranksBy(starter, place)),
        FSA_WORKER_GRACE_SECONDS: String(place.graceSeconds),
        FSA_WORKER_FILES: pass === undefined ? '' : JSON.stringify(await this.#filesBy(pass)),
      },
    };
    const { sharesDisk } = this.#probe;
    const id = await this.#submit({
      name,
      python,
      pilot: join(PY_RUNTIME_FOLDER, 'fsa_runtime', 'pilot.py'),
      sharesDisk,
      ticket: JSON.stringify(ticket),
      folder,
      place,
      avoid: [...this.#avoided],
    }).catch(async (error: unknown) => {
      pass?.revoke();
      await log.close();
      throw error;
    });
    const process = new RemoteProcess(`${this.engine.name} job ${id}`, {
      cancel: (hasHungUp) => this.#takeBack.cancel(id, hasHungUp),
      ask: () => void this.#ask(),
      isWaitedFor: () => this.engine.patience.hurried,
      begin: pass?.begin,
      ended: async (failed) => {
        pass?.revoke();
        this.#places.delete(id);
        if (this.#places.size === 0) this.#rest();
        if (failed && (await hasTicket(folder, name))) this.#probe.unseen(this.options.onWarning);
        await removeTicket(folder, name);
        await log.write(Buffer.from(await this.engine.logs(id).catch(() => '')));
        await log.close();
      },
    });
    this.#places.set(id, process);
    this.#timer ??= setInterval(() => void this.#ask(), (this.options.pollSeconds ?? POLL_SECONDS) * 1000);
    void this.#ask();
    return process;
  }

  /** @param node as its worker calls it: no further place is asked for there, where the engine can be told so */
  avoid(node: string): void {
    this.#avoided.add(node);
  }

  readonly stop = (): void => {
    this.engine.patience.end();
    this.#stopping.abort();
  };

  async close(): Promise<void> {
    this.#rest();
    await this.#takeBack.settled();
    this.engine.patience.stop();
    await this.#asking;
    this.engine.close();
    await this.#probe.close();
    await this.options.blobs?.close();
  }

  /** An engine that has given places is waited for where it is away: the work in those goes on meanwhile. */
  async #submit(submission: Submission): Promise<string> {
    const { signal } = this.#stopping;
    const isStopping = (): boolean => signal.aborted;
    let mayBeTaken = false;
    for (let pause = AGAIN_AFTER_SECONDS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_SECONDS)) {
      try {
        // Never a second one beside a first: the two would be one worker.
        if (mayBeTaken) await this.#withdraw(submission);
        mayBeTaken = true;
        const id = await this.engine.submit(submission);
        this.#hasGiven = true;
        return id;
      } catch (error) {
        // Also one that refuses: it has given just such a place, and limits of a user's jobs pass.
        const says = isFsaError(error) && ['RUNTIME', 'CONFIG'].includes(error.code);
        if (says && this.#hasGiven && !isStopping()) {
          this.options.onWarning(
            `${this.engine.name} gave no place, and is asked again in ${pause} s: ${wordsOf(error)}`,
          );
          await sleep(pause * 1000, null, { signal }).catch(() => undefined);
          if (!isStopping()) continue;
        }
        if (error instanceof UnansweredError) await this.#takeBack.withdraw(submission.name);
        throw error;
      }
    }
  }

  /** An engine may have taken what it did not answer to. */
  async #withdraw({ name, folder }: Submission): Promise<void> {
    await removeTicket(folder, name);
    await this.engine.withdraw(name);
  }

  async #filesBy({ port, token, fingerprint }: BlobPass): Promise<Record<string, unknown>> {
    const { folder, bytes } = this.options.cache;
    return {
      port,
      token,
      fingerprint,
      probe: await this.#probe.word(),
      cacheFolder: folder,
      cacheBytes: bytes,
    };
  }

  /** Nobody is asked while nothing is awaited. */
  #rest(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  /** `tcp://0.0.0.0:1234` as workers can reach it, the likeliest first. */
  #endpoints(bound: string): string[] {
    const port = bound.split(':').at(-1) ?? '';
    const { address } = this.options;
    const own = address === null ? [...outerAddresses(), '127.0.0.1'] : [address];
    return own.map((host) => `tcp://${host}:${port}`);
  }

  async #ask(): Promise<void> {
    this.#asking ??= this.#hear().finally(() => (this.#asking = null));
    await this.#asking;
  }

  async #hear(): Promise<void> {
    try {
      const jobs: EngineJobs = await this.engine.find(`${this.options.prefix}.`);
      this.#unanswered = 0;
      for (const [id, process] of this.#places) process.hear(jobs.get(id) ?? null);
      await this.#endStrays(jobs);
    } catch (error) {
      this.#unanswered += 1;
      if (this.#unanswered === MENTIONED_SILENCES)
        this.options.onWarning(`${this.engine.name} does not answer: ${wordsOf(error)}`);
    }
  }

  /** What a fsa that died had asked for, where the engine took it up only after `clear`. */
  async #endStrays(jobs: EngineJobs): Promise<void> {
    const { prefix, term } = this.options;
    const others = [...jobs].filter(([, { name }]) => !name.startsWith(`${prefix}.${term}.`));
    const strays = livingOf(new Map(others)).filter((id) => !this.#ended.has(id));
    for (const id of strays) this.#ended.add(id);
    await this.engine.cancel(strays);
  }
}

function livingOf(jobs: EngineJobs): string[] {
  return [...jobs].filter(([, { state }]) => state !== 'ended').map(([id]) => id);
}

/** For the worker (fsa_runtime/train/rank_places.py). */
function ranksBy({ command }: NodeStarter, { ranksPerNode }: PlaceRequest): Record<string, string> {
  return { FSA_RANKS_PER_NODE: String(ranksPerNode), FSA_RANK_COMMAND: JSON.stringify(command) };
}

const INHERITED_NAMES = new Set<string>(INHERITED);
