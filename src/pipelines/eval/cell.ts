/** One attempt at one cell: fine-tune with decisions from here, score the test texts, keep what came of it. */
import { join } from 'node:path';
import type { Config } from '../../config/schema.js';
import { FsaError } from '../../errors.js';
import type { JobFacts } from '../../events.js';
import type { OutputOf } from '../../rpc/messages.js';
import type { RunFolder } from '../../runs/run-folder.js';
import type { CellResult } from '../../runs/types.js';
import { removeFolder } from '../../storage/disk-calls.js';
import { EpochLog, readEpochs, removeEpochs } from '../../runs/epoch-log.js';
import { Attempt, type AttemptContext, type JobWorker } from '../run/attempt.js';
import { withCleanup } from '../run/with-cleanup.js';
import { scoreDev, scoreTest } from './cell-scores.js';
import { DevScores, LostScoresError } from './dev-scores.js';
import type { Cell } from './plan.js';
import { toPredictionLines } from './prediction-lines.js';

export interface CellContext extends AttemptContext {
  readonly config: Config;
}

/**
 * Runs a cell on a worker to its result. State, metrics and predictions are on disk when it resolves.
 * @throws FsaError JOB_FAILED, WORKER_LOST, CANCELLED
 */
export async function runCell(
  worker: JobWorker,
  cell: Cell,
  attempt: number,
  context: CellContext,
): Promise<CellResult> {
  const { run } = context;
  const { folder, isNew } = await run.openJob(cell.id);
  // The log of epochs has them all, also where there is no state yet.
  const before = isNew ? [] : await readEpochs(folder, (await run.readState(cell.id))?.devF1 ?? []);
  try {
    return await tryCell(worker, cell, attempt, { ...context, folder, isNew, dev: new DevScores(before) });
  } catch (error) {
    // A checkpoint without the scores of its epochs leads nowhere.
    if (!(error instanceof LostScoresError) || isNew) throw error;
    context.emit({ type: 'warning', message: `${error.message} The cell begins anew.`, where: cell.label });
    await forgetEpochs(folder, run);
    return await tryCell(worker, cell, attempt, { ...context, folder, isNew, dev: new DevScores([]) });
  }
}

interface TryContext extends CellContext {
  /** Of the job. */
  readonly folder: string;
  /** Whether nothing was in it. */
  readonly isNew: boolean;
  readonly dev: DevScores;
}

async function forgetEpochs(folder: string, { isLocal }: Pick<RunFolder, 'isLocal'>): Promise<void> {
  await removeFolder(join(folder, 'checkpoint'), isLocal);
  await removeEpochs(folder, isLocal);
}

async function tryCell(
  worker: JobWorker,
  cell: Cell,
  attempt: number,
  context: TryContext,
): Promise<CellResult> {
  const { run, folder, isNew, dev } = context;
  const { epochs } = context.config.eval;
  const trying = new Attempt({ facts: factsOf(cell), attempt, epochs, metricsFolder: folder }, context);
  // A new cell has nothing to say yet that its folder does not say.
  if (isNew) await run.nameMaker();
  else await trying.writeState('running', { devF1: [...dev.f1] });
  const { device, threads } = worker.slot;
  const log = await EpochLog.open(folder, run.isLocal);
  const output = await withCleanup(
    async () =>
      await trying.run(
        worker,
        (lastRecordedStep) => cell.specFor({ device, threads }, { jobFolder: folder, lastRecordedStep }),
        judgeEpochs(cell, log, context),
      ),
    () => log.close(),
  );
  return await run.endings.run(async () => await endCell(cell, { output, trying, worker }, context));
}

interface Ending {
  readonly output: OutputOf<'finetune'> | OutputOf<'generate'>;
  readonly trying: Attempt;
  readonly worker: JobWorker;
}

/** Scores the test texts and keeps what came of the cell. */
async function endCell(
  cell: Cell,
  { output, trying, worker }: Ending,
  { run, config, folder, dev }: TryContext,
): Promise<CellResult> {
  const { device, threads } = worker.slot;
  const [texts, tested] =
    output.kind === 'finetune' ? [output.testTexts, output.bestEpoch] : [output.texts, 0];
  requireBestTested(cell, tested, dev.bestEpoch);
  const outputs = await run.writeOutput(`jobs/${cell.id}/predictions.jsonl`, toPredictionLines(cell, texts));
  const result: CellResult = {
    jobId: cell.id,
    ...cell.key,
    bestEpoch: tested,
    devF1: [...dev.f1],
    ...scoreTest(cell, texts, config),
    usage: usageOf(cell, output, dev.f1.length),
    device,
    threads,
    seconds: trying.seconds,
  };
  await trying.writeState('done', { devF1: [...dev.f1], cell: result, outputs });
  // Three times the model's size, of no use once the result is written.
  await forgetEpochs(folder, run);
  trying.finish(summaryOf(result));
  return result;
}

/** Seconds of generation over dev and test; what hardware costs is asked when a report is made. */
function usageOf(
  { dataset }: Cell,
  output: OutputOf<'finetune'> | OutputOf<'generate'>,
  epochs: number,
): NonNullable<CellResult['usage']> {
  const [seconds, rows] =
    output.kind === 'finetune'
      ? [output.generateSeconds, dataset.dev.length * epochs + dataset.test.length]
      : [output.seconds, dataset.test.length];
  const unpaid = { usdPerThousand: null, inputTokensPerThousand: null, outputTokensPerThousand: null };
  const secondsPerThousand = rows === 0 ? null : (1000 * seconds) / rows;
  return { secondsPerThousand, ...unpaid, p50Ms: null, p95Ms: null, unanswered: 0 };
}

/** Which job a cell's events are of. */
export function factsOf({
  id,
  label,
  key: { task, dataset, model, seed },
}: Pick<Cell, 'id' | 'label' | 'key'>): JobFacts {
  return { jobId: id, label, task, dataset, model, seed };
}

/** Scores each epoch's dev texts and decides whether it is the best so far. */
function judgeEpochs(
  cell: Cell,
  log: EpochLog,
  { config, emit, dev, run }: TryContext,
): Parameters<Attempt['run']>[2] {
  const losses = { sum: 0, count: 0 };
  return {
    onMetrics: (records) => {
      for (const { loss } of records) {
        if (loss === null) continue;
        losses.sum += loss;
        losses.count += 1;
      }
    },
    onGenerated: async (epoch, texts) => {
      const devF1 = scoreDev(cell, texts, config);
      const best = dev.judge(epoch, devF1);
      const appending = log.append(epoch, devF1, run.epochSyncs.take());
      // Waiting for nothing would keep the texts of every cell until its turn comes again.
      if (appending !== undefined) await appending;
      const meanLoss = losses.count === 0 ? null : losses.sum / losses.count;
      [losses.sum, losses.count] = [0, 0];
      const { epochs } = config.eval;
      emit({
        type: 'job-epoch',
        ...factsOf(cell),
        epoch,
        epochs,
        devF1,
        bestEpoch: dev.bestEpoch,
        meanLoss,
      });
      return { best, stop: false };
    },
  };
}

function requireBestTested({ label }: Cell, tested: number, best: number): void {
  if (tested === best) return;
  throw new FsaError('PROTOCOL', `The worker tested epoch ${tested}, not epoch ${best}.`, { where: label });
}

function summaryOf({ subsets, bestEpoch }: CellResult): string {
  const f1 = subsets.all?.f1 ?? null;
  if (f1 === null) return '';
  return `F1 ${(100 * f1).toFixed(2)}${bestEpoch === 0 ? '' : ` (best epoch ${bestEpoch})`}`;
}
