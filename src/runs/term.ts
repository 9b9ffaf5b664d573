/** term.json: how many times a run folder has been taken up. Tells the attempts of one time from those of another. */
import { join } from 'node:path';
import { z } from 'zod';
import { writeJsonAtomic } from '../storage/atomic-write.js';
import { readTextIfThere } from '../storage/read-text.js';

const TERM_FILE = 'term.json';
const termSchema = z.strictObject({ schema: z.literal(1), term: z.int().min(1) });

/** Counts on; where the file is damaged, from the time of day in seconds, which no count has reached. */
export async function beginTerm(folder: string): Promise<number> {
  const path = join(folder, TERM_FILE);
  const text = await readTextIfThere(path);
  const term = text === null ? 1 : nextAfter(text);
  await writeJsonAtomic(path, { schema: 1, term });
  return term;
}

function nextAfter(text: string): number {
  try {
    return termSchema.parse(JSON.parse(text)).term + 1;
  } catch {
    return Math.floor(Date.now() / 1000);
  }
}
