/** A small student without weights: every known word is a term, its polarity by a list. For tests of what stands around a model. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Model, Prediction } from '../../src/index.js';

const POLARITY_OF: Readonly<Record<string, string>> = {
  soup: 'positive',
  service: 'negative',
  table: 'neutral',
};

export interface KeywordModel extends Model {
  /** Sizes of the batches it was given. */
  readonly batches: number[];
  /** Called before each batch; what it throws is the model's failure. */
  before: (texts: readonly string[]) => Promise<void> | void;
}

export function keywordModel({ batchMs = 0 } = {}): KeywordModel {
  const model: KeywordModel = {
    info: {
      task: 'atsa',
      elements: ['term', 'polarity'],
      polarities: ['positive', 'negative', 'neutral'],
      digest: 'd'.repeat(64),
      maxInputTokens: 512,
      maxGeneratedTokens: 100,
      backend: 'onnx',
      precision: 'fp32',
    },
    batches: [],
    before: () => undefined,
    predict: async (texts, { raw = false } = {}) => {
      model.batches.push(texts.length);
      await model.before(texts);
      if (batchMs > 0) await sleep(batchMs);
      return texts.map((text) => predict(text, raw));
    },
    close: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return model;
}

function predict(text: string, raw: boolean): Prediction {
  const tuples = Object.entries(POLARITY_OF).flatMap(([term, polarity]) => {
    const at = text.indexOf(term);
    if (at < 0) return [];
    const from = Array.from(text.slice(0, at)).length;
    return [{ term, polarity, from, to: from + term.length }];
  });
  const written = tuples.map(({ term, polarity }) => `${term} | ${polarity}`).join(' ; ');
  const counts = { inputTokens: text.length, outputTokens: written.length };
  return { tuples, malformed: 0, truncated: false, ...(raw ? { text: written } : {}), ...counts };
}
