/** sinks/<tracker>.json in a run folder: how far each tracker has come. */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeJsonAtomic } from '../storage/atomic-write.js';
import { hashValue } from '../storage/digest.js';
import { positionSchema, START, type Position } from './follow-run.js';

const sentSchema = z.object({ schema: z.literal(1), tracker: z.string(), position: positionSchema });

/** Where to read on; the start where the file is missing or damaged: everything is then sent again, to no harm. */
export async function readSent(folder: string, tracker: string): Promise<Position> {
  try {
    return sentSchema.parse(JSON.parse(await readFile(pathOf(folder, tracker), 'utf8'))).position;
  } catch {
    return START;
  }
}

export async function writeSent(folder: string, tracker: string, position: Position): Promise<void> {
  await mkdir(join(folder, 'sinks'), { recursive: true });
  await writeJsonAtomic(pathOf(folder, tracker), { schema: 1, tracker, position });
}

function pathOf(folder: string, tracker: string): string {
  const kind = tracker.replace(/=.*$/s, '');
  return join(folder, 'sinks', `${kind}-${hashValue(tracker).slice(0, 8)}.json`);
}
