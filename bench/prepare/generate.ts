/**
 * A corpus of any size from one seed: about two kilobytes a row, as the published one has, and words as
 * unevenly spread as in real reviews (300,000 of them; the ten most frequent make a third of the text), so
 * that neither a tokenizer's cache nor a dictionary of words looks better here than it would there.
 */
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';

const WORDS = 300_000;
/** How uneven: the share of the k most frequent words is (ln k / ln WORDS)^(1 / UNEVENNESS). */
const UNEVENNESS = 1.6;
const ONSETS = ['b', 'd', 'f', 'g', 'h', 'k', 'l', 'm', 'n', 'p', 'r', 's', 't', 'v', 'w', 'st', 'tr', 'pl'];
const VOWELS = ['a', 'e', 'i', 'o', 'u', 'ea', 'ou', 'é'];
const ENDS = ['', '', 'n', 's', 't', 'r', 'ng', 'st'];
const ROWS_PER_FILE = 20_000;
const SENTENCES = 7;
const ANSWER_LINES = 11;

/** Writes JSON lines into files of 20,000 rows; their paths. */
export async function generateCorpus(folder: string, rows: number): Promise<string[]> {
  const draw = randomFrom(42);
  const words = Array.from({ length: WORDS }, () => makeWord(draw));
  const word = (): string => words[Math.floor(WORDS ** (draw() ** UNEVENNESS)) - 1] as string;
  const sentence = (): string => {
    const count = 8 + Math.floor(draw() * 12);
    const list = Array.from({ length: count }, () => (draw() < 0.08 ? `${word()},` : word()));
    list[0] = `${list[0]?.[0]?.toUpperCase() ?? ''}${list[0]?.slice(1) ?? ''}`;
    return `${list.join(' ')}${draw() < 0.01 ? '…' : '.'}`;
  };
  const paths: string[] = [];
  for (let start = 0; start < rows; start += ROWS_PER_FILE) {
    const path = join(folder, `corpus_v${paths.length}.json`);
    const file = createWriteStream(path);
    for (let id = start; id < Math.min(rows, start + ROWS_PER_FILE); id++) {
      const Text = Array.from({ length: SENTENCES }, sentence).join(' ');
      const lines = Array.from({ length: ANSWER_LINES }, () => `- ${word()}: ${sentence()}`);
      const row = { ID: id, Text, Overall: 1 + Math.floor(draw() * 5), mixtral_response: lines.join('\n') };
      if (!file.write(`${JSON.stringify(row)}\n`)) await once(file, 'drain');
    }
    file.end();
    await once(file, 'close');
    paths.push(path);
  }
  return paths;
}

/** Frequent words are drawn like the rest; in a language they are shorter. */
function makeWord(draw: () => number): string {
  const of = (list: readonly string[]): string => list[Math.floor(draw() * list.length)] as string;
  const syllables = 1 + Math.floor(draw() * 3);
  return Array.from({ length: syllables }, () => of(ONSETS) + of(VOWELS) + of(ENDS)).join('');
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
