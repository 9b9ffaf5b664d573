/** `fsa distill`: teach a student the teacher's answers (section 3 of the paper); one long, resumable job. */
import { basename, join, resolve } from 'node:path';
import type { Config } from '../../config/schema.js';
import type { FsaError } from '../../errors.js';
import { readRunFile } from '../../runs/run-folder.js';
import type { Distilled, RunFile } from '../../runs/types.js';
import type { Runtime } from '../../runtime/locate.js';
import type { Slot } from '../../runtime/slot.js';
import { readLimits } from '../../runtime/limits.js';
import { requireRuntime } from '../../runtime/drift.js';
import { DEFAULT_RETRY_POLICY, Schedule, type Job } from '../../scheduler/schedule.js';
import { listFiles } from '../../storage/digest.js';
import { refuseThread } from '../../workers/host.js';
import type { Worker } from '../../workers/worker.js';
import { Attempt, recordFailure, type AttemptContext } from '../run/attempt.js';
import { dispatch } from '../run/dispatch.js';
import { withCleanup } from '../run/with-cleanup.js';
import { openRun, type OpenRun } from '../run/open-run.js';
import { resolveConfig, type RunOptions } from '../run/options.js';
import { cancelled, type RunWork } from '../run/run-handle.js';
import { readDataNotes, recordedThreads } from '../run/run-file.js';
import { RunShare } from '../run/share.js';
import { findRankSlot, findSlots, placementIdentity, withKernels } from '../run/slots.js';
import { withWorkers } from '../run/worker-executor.js';
import { findCorpus } from '../sources/corpus.js';
import { judgeModel } from '../sources/judge-model.js';
import { resolveModel, type ModelSource } from '../sources/model.js';
import { prepareRunCorpus, type RunCorpus } from './corpus.js';
import { knownCorpusHashes, MODEL_HASH, readFinished } from './finished.js';
import { distillJobId, factsOf, identityOf, specOf } from './plan.js';
import { shardsOf } from './shards.js';

export type DistillOptions = RunOptions;

export interface DistillResult extends Distilled {
  readonly folder: string;
  /** In Hugging Face format. */
  readonly modelFolder: string;
}

interface Inputs {
  readonly config: Config;
  readonly cwd: string;
  readonly folder: string;
  readonly runtime: Runtime;
  readonly files: readonly string[];
  readonly validation: readonly string[];
  readonly model: ModelSource;
  readonly slots: readonly Slot[];
  readonly shards: number;
  readonly identity: Readonly<Record<string, unknown>>;
  readonly before: RunFile | null;
}

/**
 * Distils a student, going on from the last checkpoint, or returning the finished result at once.
 * @throws FsaError
 */
export async function distill(options: DistillOptions, work: RunWork): Promise<DistillResult> {
  const startedMs = performance.now();
  const inputs = await readInputs(options, work.signal);
  const { folder, identity, model, before } = inputs;
  const verify = options.verify ?? false;
  const sources = [...inputs.files, ...inputs.validation];
  const wanted = { identity, modelDigest: model.digest, sources, verify };
  // Which rows are dropped depends on the benchmark's files, too.
  const { dropOverlaps } = inputs.config.distill;
  const known = dropOverlaps ? null : await knownCorpusHashes(before, wanted);
  const ended = known === null ? null : await readFinished(folder, wanted, known, work.emit);
  const corpus = ended === null ? await prepareRunCorpus(inputs, { ...work, verify }) : null;
  const opened = await openRun(
    folder,
    {
      kind: 'distill',
      name: basename(folder),
      config: inputs.config,
      identity,
      hashes: { ...(corpus?.hashes ?? known ?? {}), [MODEL_HASH]: model.digest },
      runtime: inputs.runtime,
      device: inputs.slots[0]?.device ?? 'cpu',
      notes:
        corpus === null
          ? (before?.notes ?? [])
          : [...(await readDataNotes(inputs.files, inputs.cwd)), ...corpus.notes],
      sources: corpus?.sources ?? before?.sources,
    },
    { replace: options.replace, emit: work.emit },
  );
  const inRun = { ...work, emit: opened.emit };
  return await withCleanup(
    async () => {
      const hashes = corpus?.hashes ?? known ?? {};
      // Where the job was known before, it was looked for already.
      const finished = known === null ? await readFinished(folder, wanted, hashes, opened.emit) : ended;
      return await trainToEnd(inputs, { corpus, finished, hashes }, opened, inRun, startedMs);
    },
    () => opened.run.close(),
  );
}

async function readInputs(options: DistillOptions, signal: AbortSignal): Promise<Inputs> {
  refuseThread();
  const cwd = options.cwd ?? process.cwd();
  const config = await resolveConfig(options);
  const folder = resolve(cwd, options.output ?? 'runs/distill');
  const runtime = await requireRuntime();
  const files = await findCorpus(config.distill.corpus, cwd);
  const { validation } = config.distill;
  const model = await resolveModel(config.model, cwd, signal);
  await judgeModel(model, { resizes: true });
  const before = options.replace === true ? null : await readRunFile(folder);
  const shards = shardsOf(config, before);
  const found = await findPlaces(config, before);
  const slots = await withKernels(found, {
    runtime,
    precision: config.distill.precision,
    generates: false,
    before,
  });
  const placement = { lock: runtime.lockHash, ...placementIdentity(slots) };
  const identity = identityOf(config, placement, shards);
  const held = validation === null ? [] : await findCorpus([validation], cwd);
  return { config, cwd, folder, runtime, files, validation: held, model, slots, shards, identity, before };
}

async function findPlaces(config: Config, before: RunFile | null): Promise<Slot[]> {
  const { ranks } = config.distill;
  const threads = recordedThreads(before);
  if (ranks > 1) return [await findRankSlot(config, { ranks, threads })];
  const all = readLimits().processors.value;
  return await findSlots(config, { parallel: 1, perGpu: 1, threads: threads ?? all });
}

interface Known {
  /** null where the run has ended and nothing had to be prepared. */
  readonly corpus: RunCorpus | null;
  readonly finished: Distilled | null;
  readonly hashes: Readonly<Record<string, string>>;
}

async function trainToEnd(
  inputs: Inputs,
  { corpus, finished, hashes }: Known,
  opened: OpenRun,
  work: RunWork,
  startedMs: number,
): Promise<DistillResult> {
  const { folder, slots, identity, model } = inputs;
  const run = basename(folder);
  const id = distillJobId(identity, model.digest, hashes);
  work.emit({
    type: 'run-started',
    run,
    folder,
    kind: 'distill',
    jobs: 1,
    alreadyDone: finished === null ? 0 : 1,
    slots: slots.map(({ name }) => name),
  });
  const job: Job = { id, affinity: model.digest, cost: 1 };
  const distilled =
    finished ?? (corpus === null ? null : await trainOn(corpus, job, inputs, { ...work, run: opened.run }));
  if (distilled === null) throw cancelled(work.signal);
  const seconds = (performance.now() - startedMs) / 1000;
  work.emit({ type: 'run-finished', run, folder, done: 1, failed: 0, seconds });
  return { ...distilled, folder, modelFolder: join(folder, 'model') };
}

/** @returns null where the run was cancelled before the job ended */
async function trainOn(
  corpus: RunCorpus,
  job: Job,
  inputs: Inputs,
  work: Omit<AttemptContext, 'share'>,
): Promise<Distilled | null> {
  const { config, folder, runtime, slots } = inputs;
  const context = { ...work, share: new RunShare([job]) };
  const end: { distilled: Distilled | null; failure: FsaError | null } = { distilled: null, failure: null };
  const runJob = async (worker: Worker, { id }: Job, attempt: number): Promise<void> => {
    end.distilled = await runAttempt(worker, corpus, { id, attempt }, inputs, context);
  };
  await withWorkers<Job>(
    {
      ...{ runtime, config, folder, runJob, workers: 1, ranks: config.distill.ranks },
      ...{ term: work.run.term, emit: work.emit, signal: work.signal },
    },
    async (executor) => {
      await dispatch({
        schedule: new Schedule([job], DEFAULT_RETRY_POLICY, () => performance.now()),
        slots,
        executor,
        onFailure: async ({ id }, attempt, error, willRetry) => {
          end.failure = error;
          await recordFailure({ facts: factsOf(id, config), attempt }, error, willRetry, context);
        },
        signal: work.signal,
      });
    },
  );
  if (end.distilled === null && end.failure !== null) throw end.failure;
  return end.distilled;
}

async function runAttempt(
  worker: Worker,
  corpus: RunCorpus,
  { id, attempt }: { readonly id: string; readonly attempt: number },
  { config, model, folder, shards }: Inputs,
  context: AttemptContext,
): Promise<Distilled> {
  const facts = factsOf(id, config);
  const trying = new Attempt({ facts, attempt, epochs: null, metricsFolder: folder }, context);
  await trying.writeState('running');
  const placement = worker.slot;
  const output = await trying.run(
    worker,
    (lastRecordedStep) => specOf({ config, model, corpus, folder, placement, shards, lastRecordedStep }),
    {
      onMetrics: (records) => {
        for (const { step, validationLoss } of records) {
          if (validationLoss === null) continue;
          context.emit({ type: 'job-validated', ...facts, step, validationLoss });
        }
      },
    },
  );
  const { kind: _kind, modelFolder, ...distilled } = output;
  const names = (await listFiles(modelFolder)).map((name) => `model/${name}`);
  await trying.writeState('done', { distilled, outputs: await context.run.seal(names) });
  trying.finish(summaryOf(distilled));
  return distilled;
}

function summaryOf({ finalLoss, validationLoss }: Distilled): string {
  const validation = validationLoss === null ? '' : `, validation loss ${validationLoss.toFixed(4)}`;
  return `loss ${finalLoss.toFixed(4)}${validation}`;
}
