/** Trainings in several processes that stand still when something befalls them: they wait for nobody by themselves. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { listFiles } from '../../src/storage/digest.js';
import { ranksOf } from './marked-processes.js';

export interface HeldTraining {
  /** Its processes beside the worker. */
  readonly ranks: readonly number[];
  readonly letGo: () => void;
}

/**
 * Waits for the first checkpoint of an attempt, and stops its ranks, without which no further step is made.
 * @param folder in which the run's folder lies
 */
export async function holdTraining(folder: string, run: string, attempt = 1): Promise<HeldTraining> {
  const own = join(folder, run, 'checkpoint', `attempt-1-${attempt}`);
  while (!(await hasCheckpoint(own))) await sleep(10);
  const ranks = await ranksOf(folder);
  for (const pid of ranks) process.kill(pid, 'SIGSTOP');
  return { ranks, letGo: () => ranks.forEach(goOn) };
}

async function hasCheckpoint(folder: string): Promise<boolean> {
  const files = await listFiles(folder).catch(() => []);
  return files.some((name) => name.startsWith('checkpoint-'));
}

function goOn(pid: number): void {
  try {
    process.kill(pid, 'SIGCONT');
  } catch {
    // Whatever befell it ended it.
  }
}
