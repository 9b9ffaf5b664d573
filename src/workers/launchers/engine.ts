/** What gives places for workers: Slurm, Ray, a list of hosts. It places, queues and ends; life is judged by the wire. */

import { FsaError } from '../../errors.js';
import type { Patience } from './patience.js';

/** An engine did not say whether it took a job. */
export class UnansweredError extends FsaError {}

/** What a worker needs. */
export interface PlaceRequest {
  /** Machines, given all at once; the worker runs on the first, and starts ranks on the others. */
  readonly nodes: number;
  /** Ranks on each machine. */
  readonly ranksPerNode: number;
  /** Of each machine. */
  readonly gpus: number;
  /** Of each machine. */
  readonly cpus: number;
  /** Of each machine. */
  readonly memory: string | null;
  readonly timeLimitMinutes: number | null;
  /** So long before the time is up the pilot is to hear of it. */
  readonly graceSeconds: number;
}

export interface Submission {
  /** Not given to any other job. */
  readonly name: string;
  /** The Python that runs the pilot. */
  readonly python: string;
  /** Path of pilot.py. */
  readonly pilot: string;
  /** Whether a place reads our files; where not, all that it needs goes with the job. */
  readonly sharesDisk: boolean;
  /** One line of JSON that nobody else may read. */
  readonly ticket: string;
  /** A folder of this run's user alone, for what an engine needs as files. */
  readonly folder: string;
  readonly place: PlaceRequest;
  /** Machines, by the engine's names, that are of no use; given all the same where the engine cannot leave them out. */
  readonly avoid: readonly string[];
}

/** How a process in a place starts another on a further machine of that place. */
export interface NodeStarter {
  /** Words before the other process's own; `{node}` stands for the number of the machine, which counts from 0. */
  readonly command: readonly string[];
  /** Variables of the place that it needs. */
  readonly variables: readonly string[];
}

export type EngineJobState =
  | { readonly state: 'queued'; readonly why: string | null }
  | { readonly state: 'running'; readonly where: string | null }
  /** `failed`: not ended by anybody, nor by its node, but by what it ran. */
  | { readonly state: 'ended'; readonly how: string; readonly failed?: boolean };

/** An engine's jobs, by their ids there. */
export type EngineJobs = ReadonlyMap<string, EngineJobState & { readonly name: string }>;

export interface Engine {
  /** For people: `Slurm`. */
  readonly name: string;
  /** How long its answers are waited for. */
  readonly patience: Patience;
  /**
   * Says in a few words what answers.
   * @throws FsaError RUNTIME where nothing does
   */
  probe(): Promise<string>;
  /**
   * @returns the job's id
   * @throws FsaError CONFIG with the engine's words where it can never give such a place, RUNTIME where it does not do
   * as it is asked (`UnansweredError` where it may have taken the job all the same)
   */
  submit(submission: Submission): Promise<string>;
  /** Jobs whose names begin with `prefix`, ended ones as long as the engine remembers them. @throws while it does not answer */
  find(prefix: string): Promise<EngineJobs>;
  /** Ends jobs, wherever they are; those that have ended already are no fault. */
  cancel(ids: readonly string[]): Promise<void>;
  /**
   * Ends what was taken under this very name, also where `submit` never heard of it.
   * @throws where the engine does not answer
   */
  withdraw(name: string): Promise<void>;
  /** A command for people that ends jobs by their ids, or what was taken under a name; null where there is none. */
  byHand(what: { readonly ids: readonly string[] } | { readonly name: string }): string | null;
  /** The end of what a job printed; empty where nothing is to be had. */
  logs(id: string): Promise<string>;
  /** null where its places are one machine each. */
  nodeStarter(submission: Pick<Submission, 'name' | 'place'>): NodeStarter | null;
  /** Lets go of what is open here. */
  close(): void;
}
