/** sinks/<tracker>.json in a run folder: how far each tracker has come. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeJsonAtomic } from '../storage/atomic-write.js';
import { hashValue } from '../storage/digest.js';
import { positionSchema, START, type Position } from './follow-run.js';
import { makeFolder } from '../storage/make-folder.js';

const sentSchema = z.object({
  schema: z.literal(1),
  tracker: z.string(),
  position: positionSchema,
  /** Whether the last thing sent of the run as a whole was its end. Absent in older files. */
  ended: z.boolean().default(false),
  /** Whether the tracker was told that this is all, after everything up to the position. Absent in older files: it was. */
  told: z.boolean().default(true),
});

export interface Sent {
  readonly position: Position;
  readonly ended: boolean;
  readonly told: boolean;
}

/** How far a tracker has come; nowhere where the file is missing or damaged: everything is then sent again, to no harm. */
export async function readSent(folder: string, tracker: string): Promise<Sent> {
  try {
    return sentSchema.parse(JSON.parse(await readFile(pathOf(folder, tracker), 'utf8')));
  } catch {
    return { position: START, ended: false, told: false };
  }
}

export async function writeSent(folder: string, tracker: string, sent: Sent): Promise<void> {
  await makeFolder(join(folder, 'sinks'));
  await writeJsonAtomic(pathOf(folder, tracker), { schema: 1, tracker, ...sent });
}

function pathOf(folder: string, tracker: string): string {
  const kind = tracker.replace(/=.*$/s, '');
  return join(folder, 'sinks', `${kind}-${hashValue(tracker).slice(0, 8)}.json`);
}
