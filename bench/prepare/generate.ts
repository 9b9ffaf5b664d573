/** A corpus of any size from one seed: about two kilobytes a row, as the published one has. */
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';

const OPENINGS = ['We went there', 'My brother ordered', 'After a week', 'To be honest', 'For the price'];
const THINGS = [
  'soup',
  'keyboard',
  'waiter',
  'battery',
  'terrace',
  'screen',
  'bill',
  'music',
  'hinge',
  'dessert',
];
const WORDS = [
  'slow',
  'lovely',
  'cold',
  'bright',
  'rude',
  'quick',
  'broken',
  'fresh',
  'loud',
  'plain',
  'cheap',
  'solid',
];
const ROWS_PER_FILE = 20_000;
const SENTENCES = 6;

/** Writes JSON lines into files of 20,000 rows; their paths. */
export async function generateCorpus(folder: string, rows: number): Promise<string[]> {
  const draw = randomFrom(42);
  const of = <T>(list: readonly T[]): T => list[Math.floor(draw() * list.length)] as T;
  const sentence = (): string =>
    `${of(OPENINGS)} the ${of(THINGS)} was ${of(WORDS)} and the ${of(THINGS)} ${of(WORDS)}, number ${Math.floor(draw() * 10_000)}.`;
  const paths: string[] = [];
  for (let start = 0; start < rows; start += ROWS_PER_FILE) {
    const path = join(folder, `corpus_v${paths.length}.json`);
    const file = createWriteStream(path);
    for (let id = start; id < Math.min(rows, start + ROWS_PER_FILE); id++) {
      const Text = Array.from({ length: SENTENCES }, sentence).join(' ');
      const lines = Array.from({ length: 3 * SENTENCES }, () => `- ${of(THINGS)}: ${sentence()}`);
      const row = { ID: id, Text, Overall: 1 + Math.floor(draw() * 5), mixtral_response: lines.join('\n') };
      if (!file.write(`${JSON.stringify(row)}\n`)) await once(file, 'drain');
    }
    file.end();
    await once(file, 'close');
    paths.push(path);
  }
  return paths;
}

/** Mulberry32. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
