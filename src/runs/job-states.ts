/** What the jobs of a run folder have come to, and whether what they made is still there. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fitsSeal } from '../storage/file-seal.js';
import { mapBounded } from '../storage/map-bounded.js';
import { readSealedText } from '../storage/sealed-json.js';
import { readChecked } from './read-checked.js';
import { jobStateSchema, type JobState } from './types.js';

/** state.json of a job; null where the job has not begun or the file is damaged (the job is done again). */
export async function readJobState(folder: string, jobId: string): Promise<JobState | null> {
  try {
    const path = join(folder, 'jobs', jobId, 'state.json');
    return await readChecked(path, (text) => jobStateSchema.parse(readSealedText(text)), '');
  } catch {
    return null;
  }
}

/** The states of all jobs of a folder, in the order of their ids; damaged ones are passed over. */
export async function listJobStates(folder: string): Promise<JobState[]> {
  return await mapJobs(folder, async (id) => await readJobState(folder, id));
}

/** What there is to say of each job that has a folder, in the order of their ids. */
export async function mapJobs<T>(folder: string, look: (jobId: string) => Promise<T | null>): Promise<T[]> {
  const ids = await readdir(join(folder, 'jobs')).catch(() => []);
  return (await mapBounded(ids.sort(), look)).filter((one) => one !== null);
}

/**
 * Outputs of a finished job that are gone or no longer hold what they held, by path below the run folder.
 * @param insist reads every byte, also where size and date are as they were
 */
export async function findDamage(
  folder: string,
  { outputs }: Pick<JobState, 'outputs'>,
  insist = false,
): Promise<string[]> {
  const damaged: string[] = [];
  for (const [name, sealed] of Object.entries(outputs ?? {})) {
    if (!(await fitsSeal(join(folder, name), sealed, insist))) damaged.push(name);
  }
  return damaged;
}
