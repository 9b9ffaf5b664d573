/**
 * epochs.ndjson of a cell: the dev F1 of each epoch, a sealed line as soon as it is known. A worker goes on only
 * when its line is written, so that no checkpoint is ahead of the scores it needs.
 */
import { join } from 'node:path';
import { z } from 'zod';
import { removeFile } from '../storage/disk-calls.js';
import { seal, unseal } from '../storage/sealed-json.js';
import { LineFile, readJsonLines } from './lines.js';

const FILE = 'epochs.ndjson';
const lineSchema = z.object({ epoch: z.int().min(1), devF1: z.number() });

/** Lines of a run that wait for the disk in one second: those of a thousand cells would be most of what they cost. */
const SYNCS_PER_SECOND = 10;

/** Which lines wait for the disk: all but of very many cells, of which some begin anew after a failure of power. */
export class SyncAllowance {
  #windowMs = -Infinity;
  #taken = 0;

  constructor(private readonly now = (): number => performance.now()) {}

  take(): boolean {
    const nowMs = this.now();
    if (nowMs - this.#windowMs >= 1000) [this.#windowMs, this.#taken] = [nowMs, 0];
    this.#taken += 1;
    return this.#taken <= SYNCS_PER_SECOND;
  }
}

/** The file while an attempt adds to it. */
export class EpochLog {
  private constructor(private readonly file: LineFile) {}

  /** Takes off what a kill left of a line; makes the file where there is none. */
  static async open(jobFolder: string, isLocal: boolean): Promise<EpochLog> {
    return new EpochLog(await LineFile.open(join(jobFolder, FILE), isLocal));
  }

  /**
   * Adds an epoch's score; those of later epochs, which an earlier attempt left, are void from then on.
   * @param isSynced waits until it is on the disk, which a failure of power does not take back
   */
  append(epoch: number, devF1: number, isSynced = true): void | Promise<void> {
    return this.file.append(`${JSON.stringify(seal({ epoch, devF1 }))}\n`, isSynced);
  }

  async close(): Promise<void> {
    await this.file.close();
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

/** For a job that begins anew, or whose state has all scores. */
export async function removeEpochs(jobFolder: string, isLocal: boolean): Promise<void> {
  await removeFile(join(jobFolder, FILE), isLocal);
}
