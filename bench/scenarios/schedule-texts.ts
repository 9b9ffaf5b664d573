/**
 * What workers say. Texts as students write them: most are right, most of the others wrong in a way that other seeds
 * and epochs are wrong in, too, and a few are like no other.
 */
import type { GoldRow } from '../../src/pipelines/eval/datasets.js';
import type { MetricRecord } from '../../src/rpc/messages.js';
import { keepTextOf } from '../../src/rpc/metric-lines.js';
import { seededRandom } from '../../src/scoring/random.js';

const RIGHT = 0.6;
const LIKE_NO_OTHER = 0.05;

/** Lists that are made beforehand, so that they cost nothing while others are at work. */
const LISTS = 200;
/** The same of the records of each epoch. */
const EPOCH_LISTS = 5;

/** @returns gives texts for all rows, others at each call */
export function textsOf(rows: readonly GoldRow[], seed: number): () => string[] {
  const random = seededRandom(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const usual = rows.map((row) => usualMistakes(row, pick(rows)));
  const lists = Array.from({ length: LISTS }, () =>
    rows.map(({ gold }, index) => (random() < RIGHT ? gold : pick(usual[index] ?? []))),
  );
  let calls = 0;
  return () => {
    calls += 1;
    const texts = [...(lists[calls % LISTS] ?? [])];
    for (let count = 0; count < LIKE_NO_OTHER * rows.length; count += 1) {
      const place = Math.floor(random() * rows.length);
      texts[place] = `${rows[place]?.gold ?? ''} ; words ${calls} | positive`;
    }
    // Strings of their own, as the wire gives them.
    return JSON.parse(JSON.stringify(texts)) as string[];
  };
}

/**
 * Records are read from lists, too, of which each has tens of thousands of figures: no cache holds the words for them.
 * @returns gives the records of an epoch's optimizer steps, others at each call, with the text that they come in
 */
export function recordsOf(steps: number, epochs: number): (epoch: number) => MetricRecord[] {
  const random = seededRandom(3);
  const lists = Array.from({ length: epochs * EPOCH_LISTS }, (_, index) => {
    const epoch = (index % epochs) + 1;
    const records = recordsOfEpoch(epoch, steps, random);
    const message = { type: 'metrics', jobId: 'cell', term: 1, attempt: 1, records };
    return { records, message: Buffer.from(JSON.stringify(message)) };
  });
  let calls = 0;
  return (epoch) => {
    calls += 1;
    const place = (Math.floor(calls / epochs) % EPOCH_LISTS) * epochs + epoch - 1;
    const { records, message } = lists[place] as (typeof lists)[number];
    const own = [...records];
    keepTextOf(own, message.toString('latin1'));
    return own;
  };
}

function recordsOfEpoch(epoch: number, steps: number, random: () => number): MetricRecord[] {
  return Array.from({ length: steps }, (_, index) => ({
    step: (epoch - 1) * steps + index + 1,
    epoch,
    loss: 3 * random(),
    validationLoss: null,
    learningRate: 3e-4 * random(),
    gradientNorm: 2 * random(),
    tokens: 1000 + index,
    tokensPerSecond: 20_000 * random(),
  }));
}

function usualMistakes({ gold }: GoldRow, other: GoldRow): string[] {
  return [
    '',
    gold.replace('positive', 'negative'),
    gold.replace('negative', 'neutral'),
    gold.split(' ; ').slice(1).join(' ; '),
    `${gold} ; ${other.gold}`,
    other.gold,
  ];
}
