/** Slurm: each place is a batch job that becomes the pilot; its ticket is a file that the pilot reads and removes. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FsaError } from '../../../errors.js';
import { INHERITED } from '../../environment.js';
import {
  type Engine,
  type EngineJobs,
  type EngineJobState,
  type NodeStarter,
  type PlaceRequest,
  type Submission,
  UnansweredError,
} from '../engine.js';
import { scriptOf, wordsOfPilotEnd } from '../pilot-command.js';
import type { Patience } from '../patience.js';
import { readEnd } from '../read-end.js';
import { removeTicket, TICKET_VARIABLE, writeTicket } from '../ticket-file.js';
import { type CommandInput, runSlurm } from './slurm-command.js';
import { withoutNodes } from './slurm-exclude.js';

export interface SlurmOptions {
  readonly partition: string | null;
  readonly extraArguments: readonly string[];
}

const SUBMIT_TRIES = 5;
const FIND_TRIES = 5;
const FIND_PAUSE_MS = 500;
/** One that hangs at each try is not tried for ten minutes. */
const SUBMIT_SECONDS = 120;
/** The controller did not answer: it may have taken the job all the same. */
const NO_ANSWER = /did not answer|unable to contact|timed out|connection (refused|reset)|communication/i;

const QUEUED = new Set([
  'PENDING',
  'CONFIGURING',
  'REQUEUED',
  'REQUEUE_HOLD',
  'REQUEUE_FED',
  'RESV_DEL_HOLD',
]);
const RUNNING = new Set([
  'RUNNING',
  'COMPLETING',
  'SUSPENDED',
  'STOPPED',
  'SIGNALING',
  'STAGE_OUT',
  'RESIZING',
]);

export function openSlurm(options: SlurmOptions, patience: Patience): Engine {
  return new Slurm(options, patience);
}

class Slurm implements Engine {
  readonly name = 'Slurm';
  readonly #outputs = new Map<string, string>();

  constructor(
    private readonly options: SlurmOptions,
    readonly patience: Patience,
  ) {}

  async probe(): Promise<string> {
    const version = (await this.#slurm('sinfo', ['--version'])).trim();
    const nodes = (await this.#slurm('sinfo', ['-h', '-o', '%D %T'])).trim().split('\n').join(', ');
    return `${version}; nodes: ${nodes}`;
  }

  async submit(submission: Submission): Promise<string> {
    const { name, sharesDisk, ticket, folder } = submission;
    const output = join(folder, `${name}.out`);
    const how = sharesDisk
      ? await byFiles(submission, output)
      : { ...(await overTheWire(submission)), env: { [TICKET_VARIABLE]: ticket } };
    try {
      const id = await this.#sbatch(submission, how).catch(async (error: unknown) => {
        // Where no other node would do, one of those is better than none.
        const isRefused = error instanceof FsaError && error.code === 'CONFIG' && submission.avoid.length > 0;
        if (!isRefused) throw error;
        return await this.#sbatch({ ...submission, avoid: [] }, how);
      });
      this.#outputs.set(id, output);
      return id;
    } catch (error) {
      await removeTicket(folder, name);
      throw error;
    }
  }

  async find(prefix: string): Promise<EngineJobs> {
    const said = await this.#slurm('squeue', ['-h', '--me', '-t', 'all', '-o', '%i|%j|%T|%N|%r']);
    const lines = said.split('\n').filter((line) => line.trim() !== '');
    const rows = lines.map((line) => line.trim().split('|')).filter((fields) => fields.length >= 5);
    // A list that is none is no list without jobs.
    if (rows.length === 0 && lines.length > 0) throw notUnderstood('squeue', said);
    const jobs = new Map<string, EngineJobState & { name: string }>();
    for (const [id = '', name = '', state = '', node = '', ...why] of rows)
      if (name.startsWith(prefix)) jobs.set(id, { name, ...stateOf(state, node, why.join('|')) });
    return jobs;
  }

  async cancel(ids: readonly string[]): Promise<void> {
    if (ids.length > 0) await this.#slurm('scancel', ids);
  }

  async withdraw(name: string): Promise<void> {
    await this.#slurm('scancel', [`--name=${name}`]);
  }

  byHand(what: { readonly ids: readonly string[] } | { readonly name: string }): string {
    return 'ids' in what ? `scancel ${what.ids.join(' ')}` : `scancel --name=${what.name}`;
  }

  async logs(id: string): Promise<string> {
    const said = await readEnd(this.#outputs.get(id) ?? '');
    return said === '' ? await this.#wordsOfEnd(id) : said;
  }

  /** Each step sees the whole of what the job has on its machine, as the worker does on the first. */
  nodeStarter({ place: { cpus, gpus } }: { readonly place: PlaceRequest }): NodeStarter {
    const all = [`--cpus-per-task=${cpus}`, ...(gpus > 0 ? [`--gres=gpu:${gpus}`] : [])];
    const one = ['--nodes=1', '--ntasks=1', '--relative={node}', ...all];
    return {
      command: ['srun', '--quiet', '--overlap', '--export=ALL', '--kill-on-bad-exit=1', ...one],
      variables: ['SLURM_CONF', 'SLURM_JOB_ID'],
    };
  }

  close(): void {
    // Nothing is open between two commands.
  }

  #argumentsOf({ name, place, avoid }: Submission, { output, env }: HowToRun): string[] {
    const { partition, extraArguments } = this.options;
    const { nodes, gpus, cpus, memory, timeLimitMinutes, graceSeconds } = place;
    return [
      '--parsable',
      `--job-name=${name}`,
      `--output=${output}`,
      '--open-mode=append',
      // A ticket serves once: what the engine would start again is started anew by us.
      '--no-requeue',
      `--nodes=${nodes}`,
      `--ntasks=${nodes}`,
      '--ntasks-per-node=1',
      `--cpus-per-task=${cpus}`,
      ...(gpus > 0 ? [`--gres=gpu:${gpus}`] : []),
      ...(memory === null ? [] : [`--mem=${memory}`]),
      ...(timeLimitMinutes === null ? [] : [`--time=${timeLimitMinutes}`]),
      ...(partition === null ? [] : [`--partition=${partition}`]),
      `--signal=B:USR1@${graceSeconds}`,
      // By name, so that no value stands in a list of processes; and not all, since some are secrets.
      `--export=${[...INHERITED, ...Object.keys(env)].join(',')}`,
      ...withoutNodes(avoid, extraArguments),
    ];
  }

  async #sbatch(submission: Submission, how: HowToRun): Promise<string> {
    const { name } = submission;
    const words = this.#argumentsOf(submission, how);
    const untilMs = performance.now() + SUBMIT_SECONDS * 1000;
    for (let tries = 1; ; tries += 1) {
      try {
        return jobIn(await this.#slurm('sbatch', words, how));
      } catch (error) {
        if (!(error instanceof FsaError)) throw error;
        const isNoAnswer = NO_ANSWER.test(error.problems.join(' ')) || error instanceof NotUnderstoodError;
        if (!isNoAnswer) throw asRefusal(error, submission.place);
        // Without an answer it may have been taken: a second one would wait for a ticket that is gone.
        if (this.patience.ending) throw asUnanswered(error);
        const taken = await this.#idOf(name, untilMs).catch(() => {
          throw asUnanswered(error);
        });
        if (taken !== null) return taken;
        if (tries === SUBMIT_TRIES || this.#isOver(untilMs)) throw error;
      }
    }
  }

  /** null where Slurm says that it has none of this name. @throws while it does not answer */
  async #idOf(name: string, untilMs: number): Promise<string | null> {
    for (let tries = 1; ; tries += 1) {
      try {
        // Of this very name: it begins those of others, too.
        return [...(await this.find(name))].find(([, job]) => job.name === name)?.[0] ?? null;
      } catch (error) {
        if (tries === FIND_TRIES || this.#isOver(untilMs)) throw error;
        await sleep(FIND_PAUSE_MS * tries);
      }
    }
  }

  #isOver(untilMs: number): boolean {
    return this.patience.ending || performance.now() > untilMs;
  }

  /** Where nothing of a job's output comes back, its exit code says as much as there is to know. */
  async #wordsOfEnd(id: string): Promise<string> {
    const shown = await this.#slurm('scontrol', ['show', 'job', id]);
    const [, code = ''] = /\bExitCode=(\d+):/.exec(shown) ?? [];
    const [, host = 'its node'] = /\bBatchHost=(\S+)/.exec(shown) ?? [];
    return wordsOfPilotEnd(Number(code), host);
  }

  async #slurm(command: string, words: readonly string[], input: CommandInput = {}): Promise<string> {
    return await runSlurm(command, words, input, this.patience);
  }
}

/** A command that ended well, and said what is none of its answers. */
class NotUnderstoodError extends FsaError {}

function notUnderstood(command: string, said: string): NotUnderstoodError {
  const first = said.trim().split('\n')[0]?.slice(0, 200) ?? '';
  return new NotUnderstoodError('RUNTIME', `${command} says what Slurm does not say.`, {
    where: command,
    problems: [first === '' ? 'it said nothing' : `it said: ${first}`],
    advice: `See what stands first in PATH under the name ${command}.`,
  });
}

/** The number of the job; sites have their own words printed before it. @throws NotUnderstoodError */
function jobIn(said: string): string {
  const found = said
    .split('\n')
    .map((line) => /^(\d+)(;.*)?$/.exec(line.trim())?.[1])
    .findLast((id) => id !== undefined);
  if (found === undefined) throw notUnderstood('sbatch', said);
  return found;
}

function stateOf(state: string, node: string, why: string): EngineJobState {
  if (QUEUED.has(state)) return { state: 'queued', why: why === '' || why === 'None' ? null : why };
  if (RUNNING.has(state)) return { state: 'running', where: node === '' ? null : node };
  const words = why === '' || why === 'None' ? '' : ` (${why})`;
  const failed = state === 'FAILED';
  return { state: 'ended', failed, how: `is ${state.toLowerCase().replaceAll('_', ' ')} for Slurm${words}` };
}

interface HowToRun {
  readonly script: string;
  /** On the node. */
  readonly output: string;
  /** What the job is given besides what it inherits; by name, so that no value stands in a list of processes. */
  readonly env: Readonly<Record<string, string>>;
}

async function byFiles(
  { name, python, pilot, ticket, folder }: Submission,
  output: string,
): Promise<HowToRun> {
  const path = await writeTicket(folder, name, ticket);
  return { script: batchScript([python, '-I', pilot, path]), output, env: {} };
}

/** Slurm copies the script to the node; what the worker prints, the pilot sends. */
async function overTheWire({ python, pilot }: Submission): Promise<Omit<HowToRun, 'env'>> {
  const source = await readFile(pilot, 'utf8');
  return { script: batchScript([python, '-I', '-c', source, 'environment']), output: '/dev/null' };
}

function batchScript(words: readonly string[]): string {
  return `#!/bin/sh\n${scriptOf(words)}\n`;
}

function asUnanswered(cause: FsaError): UnansweredError {
  const { message, problems } = cause;
  const advice = 'Ask Slurm with sinfo and squeue.';
  return new UnansweredError('RUNTIME', message, { where: 'sbatch', problems, advice, cause });
}

function asRefusal(error: FsaError, { ranksPerNode }: PlaceRequest): FsaError {
  // One that is not installed says nothing.
  if (error.where !== 'sbatch' || error.problems.length === 0) return error;
  return new FsaError('CONFIG', 'Slurm gives no such place.', {
    where: 'cluster',
    problems: error.problems,
    advice: `Change cluster.partition, gpusPerSlot, cpusPerSlot, memory, timeLimitMinutes or extraArguments${ranksPerNode > 1 ? ', or ask for fewer ranks, or fewer on each machine with cluster.ranksPerNode' : ''}.`,
  });
}
