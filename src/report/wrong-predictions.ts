/** The test sentences that went wrong, read from the cells of a report: what lines say is worked out once. */
import { readFile } from 'node:fs/promises';
import type { Task } from '../tasks/vocabulary.js';
import { isMistaken } from './marks.js';
import { predictionLineSchema, type PredictionLine } from '../runs/types.js';

/**
 * Cells of a dataset hold mostly the same lines, byte for byte: each is parsed and judged once, and cells
 * share what came of it. Right lines are dropped, so a thousand cells fit in memory.
 */
export class MistakenLines {
  /** By task and by the bytes of a line; null where the line is right, or no prediction. */
  readonly #known = new Map<Task, Map<string, PredictionLine | null>>();

  /**
   * The mistaken lines of a predictions.jsonl, in their order; lines that are no predictions are passed over.
   * @returns null where there is no file
   */
  async read(path: string, task: Task): Promise<PredictionLine[] | null> {
    const bytes = await readIfThere(path);
    if (bytes === null) return null;
    const known = this.#known.get(task) ?? new Map<string, PredictionLine | null>();
    this.#known.set(task, known);
    const mistaken: PredictionLine[] = [];
    for (let start = 0; start < bytes.length; ) {
      const at = bytes.indexOf(0x0a, start);
      const end = at < 0 ? bytes.length : at;
      // Latin-1 is the cheapest name of these bytes: one character each, nothing decoded.
      const key = bytes.toString('latin1', start, end);
      let line = known.get(key);
      if (line === undefined) {
        line = parseMistaken(bytes.toString('utf8', start, end), task);
        known.set(key, line);
      }
      if (line !== null) mistaken.push(line);
      start = end + 1;
    }
    return mistaken;
  }
}

function parseMistaken(text: string, task: Task): PredictionLine | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const line = predictionLineSchema.safeParse(value);
  return line.success && isMistaken(task, line.data) ? line.data : null;
}

async function readIfThere(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return null;
  }
}
