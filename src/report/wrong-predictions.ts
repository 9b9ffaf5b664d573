/** The test sentences that went wrong, read from the cells of a report: what lines say is worked out once. */
import { readFile } from 'node:fs/promises';
import type { ScoringRules } from '../scoring/metrics.js';
import { type CellSentences, type CountedSentence, countedSentence } from './cell-sentences.js';
import { isWrong } from './prediction-diff.js';
import { predictionLineSchema, type PredictionLine } from '../runs/types.js';

/** A predictions.jsonl, as far as a report needs it. */
export interface ReadPredictions {
  /** The wrong lines, in their order. */
  readonly wrong: readonly PredictionLine[];
  readonly sentences: CellSentences;
}

/** A line that is a prediction. */
interface KnownLine {
  /** Null where it is right. */
  readonly wrong: PredictionLine | null;
  readonly sentence: CountedSentence;
}

/**
 * Cells of a dataset hold mostly the same lines, byte for byte: each is parsed and judged once, and cells
 * share what came of it. Right lines are dropped, so a thousand cells fit in memory.
 */
export class WrongPredictions {
  /** By task, labels, rule and the bytes of a line; null where the line is no prediction. */
  readonly #known = new Map<string, Map<string, KnownLine | null>>();

  /**
   * The lines of a predictions.jsonl; those that are no predictions are passed over.
   * @returns null where there is no file
   */
  async read(path: string, rules: ScoringRules): Promise<ReadPredictions | null> {
    const bytes = await readIfThere(path);
    if (bytes === null) return null;
    const reading = JSON.stringify([rules.task, rules.polarities, rules.duplicates]);
    const known = this.#known.get(reading) ?? new Map<string, KnownLine | null>();
    this.#known.set(reading, known);
    const wrong: PredictionLine[] = [];
    const sentences: CountedSentence[] = [];
    for (let start = 0; start < bytes.length; ) {
      const at = bytes.indexOf(0x0a, start);
      const end = at < 0 ? bytes.length : at;
      // Latin-1 is the cheapest name of these bytes: one character each, nothing decoded.
      const key = bytes.toString('latin1', start, end);
      let line = known.get(key);
      if (line === undefined) {
        line = readLine(bytes.toString('utf8', start, end), rules);
        known.set(key, line);
      }
      if (line !== null) sentences.push(line.sentence);
      if (line?.wrong != null) wrong.push(line.wrong);
      start = end + 1;
    }
    return { wrong, sentences };
  }
}

function readLine(text: string, rules: ScoringRules): KnownLine | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const line = predictionLineSchema.safeParse(value);
  if (!line.success) return null;
  return {
    wrong: isWrong(rules, line.data) ? line.data : null,
    sentence: countedSentence(rules, line.data),
  };
}

async function readIfThere(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return null;
  }
}
