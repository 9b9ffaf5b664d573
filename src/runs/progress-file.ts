/** progress.json of a run: what goes on at this moment, for whoever looks from outside. The journal keeps what stays. */
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { isProcessAlive } from '../storage/process-alive.js';
import { readTextIfThere } from '../storage/read-text.js';
import { PROGRESS_FILE, type Progress } from './progress-sink.js';

const jobProgress = z.object({
  jobId: z.string(),
  label: z.string(),
  workerId: z.string(),
  phase: z.string(),
  done: z.number(),
  total: z.number(),
  epoch: z.number().nullable(),
  epochs: z.number().nullable(),
  loss: z.number().nullable(),
  tokensPerSecond: z.number().nullable(),
  secondsLeft: z.number().nullable(),
  share: z.number(),
});

const progressSchema = z.object({
  schema: z.literal(1),
  updatedAt: z.string(),
  host: z.string(),
  pid: z.int(),
  ended: z.boolean(),
  overallShare: z.number().nullable(),
  secondsLeft: z.number().nullable(),
  jobs: z.array(jobProgress),
  teaching: z.object({ done: z.number(), total: z.number(), failed: z.number() }).nullable(),
});

/** What a run says of itself now; null where it says nothing that can be read. */
export async function readProgress(folder: string): Promise<Progress | null> {
  const text = await readTextIfThere(join(folder, PROGRESS_FILE)).catch(() => null);
  if (text === null) return null;
  try {
    return progressSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** Whether somebody is still at work on the run; a process of another machine is believed. */
export function isUnderWay({ ended, host, pid }: Progress): boolean {
  return !ended && (host !== hostname() || isProcessAlive(pid));
}
