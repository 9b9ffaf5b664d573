/**
 * Checkpoints that know more than metrics.jsonl. A worker saves without waiting for us to write its records:
 * when we die in between, the checkpoint is there and the records before it are lost for good, unless
 * its steps are done again.
 */
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { readMetrics } from './metrics-log.js';

/** `checkpoint-<number>-step-<optimizer steps done>` (fsa_runtime/train/checkpoint.py). */
const NAME = /^checkpoint-\d{6}-step-(\d+)$/;

/** A distillation may carry the record of its last step, which is sent after the validation it waits for. */
const countersSchema = z.object({ job: z.object({ unvalidated: z.unknown() }) });

/**
 * Removes the checkpoints of steps whose records are not all in a metrics file; training goes on from an older
 * one and gives the same numbers.
 * @returns the steps of what was removed
 */
export async function dropCheckpointsAhead(checkpointFolder: string, metricsPath: string): Promise<number[]> {
  const names = await readdir(checkpointFolder).catch(() => []);
  if (names.length === 0) return [];
  const recorded = await lastStepWithoutGap(metricsPath);
  const dropped: number[] = [];
  for (const name of names) {
    const step = Number(NAME.exec(name)?.[1] ?? 0);
    const folder = join(checkpointFolder, name);
    if (step - ((await carriesRecord(folder)) ? 1 : 0) <= recorded) continue;
    await rm(folder, { recursive: true, force: true });
    dropped.push(step);
  }
  return dropped;
}

/** What the user is told of a checkpoint that was dropped. */
export function aheadOfRecords(step: number): string {
  return `The records up to step ${step} are not all there: its checkpoint is passed over, its steps are done again.`;
}

/** The last optimizer step up to which every step has its line. */
async function lastStepWithoutGap(metricsPath: string): Promise<number> {
  let last = 0;
  for (const { step } of await readMetrics(metricsPath)) {
    if (step > last + 1) break;
    last = Math.max(last, step);
  }
  return last;
}

async function carriesRecord(folder: string): Promise<boolean> {
  try {
    const counters = countersSchema.parse(JSON.parse(await readFile(join(folder, 'counters.json'), 'utf8')));
    return counters.job.unvalidated !== null && counters.job.unvalidated !== undefined;
  } catch {
    return false;
  }
}
