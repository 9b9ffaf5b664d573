/** The test sentences that went wrong, read from the cells of a report: what lines say is worked out once. */
import { readFile } from 'node:fs/promises';
import { isWrong, type ReadingRules } from './prediction-diff.js';
import { predictionLineSchema, type PredictionLine } from '../runs/types.js';

/**
 * Cells of a dataset hold mostly the same lines, byte for byte: each is parsed and judged once, and cells
 * share what came of it. Right lines are dropped, so a thousand cells fit in memory.
 */
export class WrongPredictions {
  /** By task, labels and the bytes of a line; null where the line is right, or no prediction. */
  readonly #known = new Map<string, Map<string, PredictionLine | null>>();

  /**
   * The wrong lines of a predictions.jsonl, in their order; lines that are no predictions are passed over.
   * @returns null where there is no file
   */
  async read(path: string, rules: ReadingRules): Promise<PredictionLine[] | null> {
    const bytes = await readIfThere(path);
    if (bytes === null) return null;
    const reading = JSON.stringify([rules.task, rules.polarities]);
    const known = this.#known.get(reading) ?? new Map<string, PredictionLine | null>();
    this.#known.set(reading, known);
    const wrong: PredictionLine[] = [];
    for (let start = 0; start < bytes.length; ) {
      const at = bytes.indexOf(0x0a, start);
      const end = at < 0 ? bytes.length : at;
      // Latin-1 is the cheapest name of these bytes: one character each, nothing decoded.
      const key = bytes.toString('latin1', start, end);
      let line = known.get(key);
      if (line === undefined) {
        line = parseWrong(bytes.toString('utf8', start, end), rules);
        known.set(key, line);
      }
      if (line !== null) wrong.push(line);
      start = end + 1;
    }
    return wrong;
  }
}

function parseWrong(text: string, rules: ReadingRules): PredictionLine | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const line = predictionLineSchema.safeParse(value);
  return line.success && isWrong(rules, line.data) ? line.data : null;
}

async function readIfThere(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return null;
  }
}
