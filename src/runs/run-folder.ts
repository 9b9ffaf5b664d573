/** A run folder as one object: lock, run.json, journal, and the folders of its jobs. */
import { mkdir, readFile, rename } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { z } from 'zod';
import { FsaError } from '../errors.js';
import type { FsaEvent } from '../events.js';
import { writeFileAtomic, writeJsonAtomic } from '../storage/atomic-write.js';
import { lockFolder, type FolderLock } from '../storage/folder-lock.js';
import { describeDifferences } from './identity.js';
import { Journal } from './journal.js';
import { jobStateSchema, runFileSchema, type JobState, type ResultsFile, type RunFile } from './types.js';

export class RunFolder {
  private constructor(
    readonly folder: string,
    private readonly lock: FolderLock,
    private readonly journal: Journal,
  ) {}

  /**
   * Makes or takes up a run folder. A folder of another kind of run, or of one whose result would differ
   * (data, hyperparameters, lock), is refused with what differs; `replace` sets the old one aside instead.
   * @throws FsaError RUN_FOLDER
   */
  static async open(folder: string, run: RunFile, options: { replace: boolean }): Promise<RunFolder> {
    await mkdir(folder, { recursive: true });
    const lock = await lockFolder(folder);
    try {
      const old = await readRunFile(folder);
      if (old !== null && options.replace) {
        await lock.release();
        await setAside(folder);
        return await RunFolder.open(folder, run, { replace: false });
      }
      if (old !== null) refuseOther(folder, old, run);
      await writeJsonAtomic(
        join(folder, RUN_FILE),
        old === null ? run : { ...run, createdAt: old.createdAt },
      );
      return new RunFolder(folder, lock, await Journal.open(join(folder, 'journal.ndjson')));
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  record(event: FsaEvent): void {
    this.journal.add(event);
  }

  /** Folder of a job, made when needed. */
  async jobFolder(jobId: string): Promise<string> {
    const folder = join(this.folder, 'jobs', jobId);
    await mkdir(folder, { recursive: true });
    return folder;
  }

  async readState(jobId: string): Promise<JobState | null> {
    return await readJobState(this.folder, jobId);
  }

  async writeState(state: Omit<JobState, 'schema' | 'updatedAt'>): Promise<void> {
    const folder = await this.jobFolder(state.jobId);
    const whole: JobState = { schema: 1, ...state, updatedAt: new Date().toISOString() };
    await writeJsonAtomic(join(folder, 'state.json'), whole);
  }

  async writeResults(results: ResultsFile): Promise<void> {
    await writeJsonAtomic(join(this.folder, 'results.json'), results);
  }

  /** Writes a file of the run, whole or not at all. */
  async write(name: string, content: string): Promise<void> {
    await writeFileAtomic(join(this.folder, name), content);
  }

  async close(): Promise<void> {
    try {
      await this.journal.close();
    } finally {
      await this.lock.release();
    }
  }
}

const RUN_FILE = 'run.json';

/** run.json of a folder; null where there is none. */
export async function readRunFile(folder: string): Promise<RunFile | null> {
  return await readChecked(
    join(folder, RUN_FILE),
    runFileSchema,
    'Restore the file, or choose another folder with --output.',
  );
}

/** state.json of a job; null where the job has not begun or the file is damaged (the job is done again). */
export async function readJobState(folder: string, jobId: string): Promise<JobState | null> {
  try {
    return await readChecked(join(folder, 'jobs', jobId, 'state.json'), jobStateSchema, '');
  } catch {
    return null;
  }
}

/** A JSON file checked against its schema; null where there is no file. */
export async function readChecked<T>(path: string, schema: z.ZodType<T>, advice: string): Promise<T | null> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new FsaError('RUN_FOLDER', `${basename(path)} is damaged.`, { where: path, advice, cause });
  }
}

function refuseOther(folder: string, old: RunFile, now: RunFile): void {
  const problems = describeDifferences(old, now);
  if (problems.length === 0) return;
  throw new FsaError('RUN_FOLDER', 'The folder holds a run whose results would be different.', {
    where: folder,
    problems,
    advice:
      'Choose another folder with --output, undo the changes to go on with this run, or use --replace to set the old run aside and start anew.',
  });
}

async function setAside(folder: string): Promise<void> {
  const stamp = new Date().toISOString().replace(/[:.]/g, '-');
  await rename(folder, `${folder}.${stamp}`);
}
