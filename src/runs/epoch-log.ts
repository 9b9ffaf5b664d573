/**
 * epochs.ndjson of a cell: the dev F1 of each epoch, a sealed line as soon as it is known. A worker goes on only
 * when its line is on the disk, so that no checkpoint is ahead of the scores it needs.
 */
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { namePath } from '../storage/file-handle.js';
import { seal, unseal } from '../storage/sealed-json.js';
import { keepWholeLines, readJsonLines } from './lines.js';

const FILE = 'epochs.ndjson';
const lineSchema = z.object({ epoch: z.int().min(1), devF1: z.number() });

/** Adds an epoch's score; those of later epochs, which an earlier attempt left, are void from then on. */
export async function appendEpoch(jobFolder: string, epoch: number, devF1: number): Promise<void> {
  const path = join(jobFolder, FILE);
  try {
    const file = await open(path, 'a');
    try {
      await file.appendFile(`${JSON.stringify(seal({ epoch, devF1 }))}\n`);
      await file.datasync();
    } finally {
      await file.close();
    }
  } catch (error) {
    throw namePath(error, path);
  }
}

/**
 * The scores of a job's epochs so far.
 * @param before those that its state has
 */
export async function readEpochs(jobFolder: string, before: readonly number[]): Promise<number[]> {
  const scores = [...before];
  try {
    for await (const value of readJsonLines(join(jobFolder, FILE))) {
      const line = lineSchema.safeParse(unseal(value));
      // Without one epoch nothing is known of those after it.
      if (!line.success || line.data.epoch > scores.length + 1) break;
      scores.length = line.data.epoch - 1;
      scores.push(line.data.devF1);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return scores;
}

/** Takes off what a kill left of a line, before an attempt adds its own; makes the file where there is none. */
export async function openEpochs(jobFolder: string): Promise<void> {
  await keepWholeLines(join(jobFolder, FILE));
}

/** For a job that begins anew, or whose state has all scores. */
export async function removeEpochs(jobFolder: string): Promise<void> {
  await rm(join(jobFolder, FILE), { force: true });
}
