/** One attempt at one cell: fine-tune with verdicts from here, score the test texts, keep what came of it. */
import { appendFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { POLARITIES } from '../../tasks/vocabulary.js';
import type { Config } from '../../config/schema.js';
import { FsaError } from '../../errors.js';
import type { Emit } from '../../events.js';
import type { Placement } from '../../rpc/messages.js';
import { aheadOfRecords, dropCheckpointsAhead } from '../../runs/drop-unrecorded-checkpoints.js';
import { MetricsLog } from '../../runs/metrics-log.js';
import type { RunFolder } from '../../runs/run-folder.js';
import type { CellResult, PredictionLine } from '../../runs/types.js';
import { scoreSentences, scoreSubsets, type ScoringRules } from '../../scoring/metrics.js';
import { writeFileAtomic } from '../../storage/atomic-write.js';
import { namePath } from '../../storage/file-handle.js';
import type { Worker } from '../../workers/worker.js';
import type { Cell } from './plan.js';

export interface CellSurroundings {
  readonly run: RunFolder;
  readonly config: Config;
  readonly emit: Emit;
  readonly signal: AbortSignal;
}

/**
 * Runs a cell on a worker to its result. State, metrics and predictions are on disk when it resolves.
 * @throws FsaError JOB_FAILED, WORKER_LOST, CANCELLED
 */
export async function runCell(
  worker: Worker,
  cell: Cell,
  attempt: number,
  around: CellSurroundings,
): Promise<CellResult> {
  const { run, config, emit, signal } = around;
  const startedMs = performance.now();
  const folder = await run.jobFolder(cell.id);
  const placement: Placement = { device: worker.slot.device, threads: worker.slot.threads };
  const before = await run.readState(cell.id);
  // A checkpoint without the scores of its epochs leads nowhere: the cell begins anew.
  if (before === null) await rm(join(folder, 'checkpoint'), { recursive: true, force: true });
  const devF1 = [...(before?.devF1 ?? [])];
  const base = {
    jobId: cell.id,
    label: cell.label,
    attempts: attempt,
    cell: null,

    distilled: null,
    error: null,
  };
  await run.writeState({ ...base, status: 'running', devF1 });
  emit({ type: 'job-started', jobId: cell.id, label: cell.label, workerId: worker.id, attempt });

  const metricsPath = join(folder, 'metrics.jsonl');
  for (const step of await dropCheckpointsAhead(join(folder, 'checkpoint'), metricsPath))
    emit({ type: 'warning', message: aheadOfRecords(step), where: cell.label });
  const metrics = await MetricsLog.open(metricsPath);
  let lossSum = 0;
  let lossCount = 0;
  try {
    const output = await worker.run(cell.specFor(placement, folder), {
      jobId: cell.id,
      attempt,
      signal,
      cancelMode: () => 'save-and-stop',
      onProgress: (progress) => {
        const { phase, done, total, epoch, loss, tokensPerSecond, secondsLeft } = progress;
        const epochs = config.eval.epochs;
        const numbers = { phase, done, total, epoch, epochs, loss, tokensPerSecond, secondsLeft };
        emit({ type: 'job-progress', jobId: cell.id, label: cell.label, workerId: worker.id, ...numbers });
      },
      onMetrics: async (records) => {
        for (const { loss } of records) {
          if (loss === null) continue;
          lossSum += loss;
          lossCount += 1;
        }
        await metrics.append(records);
      },
      onGenerated: async (epoch, texts) => {
        const f1 = scoreDev(cell, texts, config);
        const verdict = judgeEpoch(devF1, epoch, f1, cell);
        await run.writeState({ ...base, status: 'running', devF1 });
        const meanLoss = lossCount === 0 ? null : lossSum / lossCount;
        [lossSum, lossCount] = [0, 0];
        const bestEpoch = bestEpochOf(devF1);
        const { jobId, label } = base;
        emit({
          type: 'job-epoch',
          jobId,
          label,
          epoch,
          epochs: config.eval.epochs,
          devF1: f1,
          bestEpoch,
          meanLoss,
        });
        return verdict;
      },
      onSaved: ({ step, path }) => emit({ type: 'checkpoint-saved', jobId: cell.id, step, path }),
      onNotice: (message) => emit({ type: 'warning', message, where: cell.label }),
    });
    const texts = output.kind === 'finetune' ? output.testTexts : output.texts;
    const bestEpoch = output.kind === 'finetune' ? output.bestEpoch : 0;
    if (bestEpoch !== bestEpochOf(devF1)) {
      throw new FsaError(
        'PROTOCOL',
        `The worker tested epoch ${bestEpoch}, not epoch ${bestEpochOf(devF1)}.`,
        { where: cell.label },
      );
    }
    const predictions = toPredictions(cell, texts);
    await writeFileAtomic(
      join(folder, 'predictions.jsonl'),
      predictions.map((line) => `${JSON.stringify(line)}\n`).join(''),
    );
    const result: CellResult = {
      jobId: cell.id,
      ...cell.key,
      bestEpoch,
      devF1,
      subsets: scoreSubsets(
        cell.dataset.test.map((row, index) => ({ ...row, prediction: texts[index] as string })),
        { ...rulesOf(cell), duplicates: config.eval.duplicates },
      ),
      ...labelsOf(cell),
      ...placement,
      seconds: (performance.now() - startedMs) / 1000,
    };
    await run.writeState({ ...base, status: 'done', devF1, cell: result });
    // Three times the model's size, of no use once the result is written.
    await rm(join(folder, 'checkpoint'), { recursive: true, force: true });
    const f1 = result.subsets.all?.f1 ?? null;
    const summary = f1 === null ? '' : `F1 ${(100 * f1).toFixed(2)} (best epoch ${bestEpoch})`;
    emit({ type: 'job-finished', jobId: cell.id, label: cell.label, seconds: result.seconds, summary });
    return result;
  } finally {
    await metrics.close();
  }
}

function rulesOf({ key, dataset }: Cell): Pick<ScoringRules, 'task' | 'polarities'> {
  return { task: key.task, polarities: dataset.polarities };
}

/** Labels are told where they are not the usual ones. */
function labelsOf({ dataset: { polarities } }: Cell): Pick<CellResult, 'polarities'> {
  return polarities === POLARITIES ? {} : { polarities: [...polarities] };
}

/** Writes down why an attempt failed, with the end of the worker's log beside it. */
export async function recordFailure(
  run: RunFolder,
  cell: Cell,
  attempt: number,
  error: FsaError,
): Promise<void> {
  const folder = await run.jobFolder(cell.id);
  const cause = error.cause instanceof Error ? (error.cause.stack ?? error.cause.message) : '';
  const log = join(folder, 'worker.log');
  await appendFile(log, `attempt ${attempt}: ${error.describe()}\n${cause}\n`).catch((full: unknown) => {
    throw namePath(full, log);
  });
  const devF1 = (await run.readState(cell.id))?.devF1 ?? [];
  const { code, message } = error;
  const status = code === 'CANCELLED' ? 'cancelled' : 'failed';
  await run.writeState({
    jobId: cell.id,
    label: cell.label,
    status,
    attempts: attempt,
    error: { code, message },
    devF1,
    cell: null,
    distilled: null,
  });
}

function scoreDev(cell: Cell, texts: readonly string[], config: Config): number {
  const { dev } = cell.dataset;
  refuseOtherCount(cell, texts.length, dev.length, 'dev');
  const rows = dev.map(({ sentence, gold, goldTuples }, index) => ({
    sentence,
    gold,
    goldTuples,
    prediction: texts[index] as string,
  }));
  const { duplicates } = config.eval;
  return scoreSentences(rows, { ...rulesOf(cell), duplicates }).f1 ?? 0;
}

/** Puts an epoch's score in its place and says whether it beats all earlier ones (strictly, as published). */
function judgeEpoch(
  devF1: number[],
  epoch: number,
  f1: number,
  cell: Cell,
): { best: boolean; stop: boolean } {
  if (epoch > devF1.length + 1) {
    throw new FsaError('RUN_FOLDER', `The scores of the epochs before ${epoch} are lost.`, {
      where: cell.label,
      advice: `Delete the folder jobs/${cell.id} of the run and run the command again.`,
    });
  }
  // A resumed attempt may do an epoch again; its scores and those after it are replaced.
  devF1.length = epoch - 1;
  const best = devF1.every((earlier) => f1 > earlier);
  devF1.push(f1);
  return { best, stop: false };
}

/** 1-based; the first of equals; 0 where there are none. */
function bestEpochOf(devF1: readonly number[]): number {
  return devF1.length === 0 ? 0 : devF1.indexOf(Math.max(...devF1)) + 1;
}

function toPredictions(cell: Cell, texts: readonly string[]): PredictionLine[] {
  const { test } = cell.dataset;
  refuseOtherCount(cell, texts.length, test.length, 'test');
  return test.map(({ id, sentence, gold, goldTuples, subsets }, index) => ({
    id,
    sentence,
    gold,
    goldTuples: [...goldTuples],
    text: texts[index] as string,
    subsets: [...subsets],
  }));
}

function refuseOtherCount(cell: Cell, got: number, wanted: number, split: string): void {
  if (got === wanted) return;
  throw new FsaError('PROTOCOL', `The worker gave ${got} texts for ${wanted} ${split} sentences.`, {
    where: cell.label,
  });
}
