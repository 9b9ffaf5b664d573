/** Benchmark sentences that stand inside corpus texts: a model trained on them has seen the test. */
import { readCorpus } from './corpus.js';
import { type ReadingProgress, readingTeller } from '../formats/reading-progress.js';

export interface Overlap<Sentence> {
  readonly sentence: Sentence;
  readonly file: string;
  readonly line: number;
  readonly rowId: string;
}

export interface Overlaps<Sentence> {
  readonly found: readonly Overlap<Sentence>[];
  /** Sentences too short to look for: by chance they stand in many reviews. */
  readonly tooShort: number;
  readonly rowsSearched: number;
}

export interface FindOverlapsOptions {
  /** Shorter sentences are not looked for. */
  readonly minimumWords?: number;
  readonly onProgress?: ((progress: ReadingProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

const MINIMUM_WORDS = 6;

/**
 * Finds sentences that stand word for word in the reviews of corpus files. Case, the width of white space
 * and what encloses the sentence do not count; punctuation inside it does. The time is linear in the size
 * of the corpus: one hash per word looks up the sentences that could begin there. Bad rows are passed
 * over (reading for training refuses them).
 */
export async function findOverlaps<Sentence extends { readonly sentence: string }>(
  sentences: readonly Sentence[],
  corpusFiles: readonly string[],
  options: FindOverlapsOptions = {},
): Promise<Overlaps<Sentence>> {
  const words = options.minimumWords ?? MINIMUM_WORDS;
  const { index, tooShort } = indexSentences(sentences, words);
  const found: Overlap<Sentence>[] = [];
  let rowsSearched = 0;
  const { signal } = options;
  const nextFile = await readingTeller(corpusFiles, options.onProgress);
  for (const file of corpusFiles) {
    const tell = nextFile();
    let rows = 0;
    const onBytes = (bytes: number): void => tell(rows, bytes);
    for await (const row of readCorpus(file, { signal, onBytes, onBadRow: () => undefined })) {
      rows++;
      rowsSearched++;
      for (const sentence of sentencesIn(row.text, index, words)) {
        found.push({ sentence, file, line: row.line, rowId: row.id });
      }
    }
  }
  return { found, tooShort, rowsSearched };
}

/** Finds which of the sentences stand in a text; what is too short to be looked for is not found. */
export function sentenceFinder<Sentence extends { readonly sentence: string }>(
  sentences: readonly Sentence[],
): (text: string) => ReadonlySet<Sentence> {
  const { index } = indexSentences(sentences, MINIMUM_WORDS);
  const none = new Set<Sentence>();
  return (text) => (index.size === 0 ? none : sentencesIn(text, index, MINIMUM_WORDS));
}

/** Whether a sentence has enough words to be looked for. */
export function isLongEnough(sentence: string, minimumWords = MINIMUM_WORDS): boolean {
  return splitWords(normalise(sentence)).starts.length >= minimumWords;
}

/** The lines to leave out, by file, as `prepareCorpus` takes them. */
export function overlappingRows(overlaps: Overlaps<unknown>): Map<string, Set<number>> {
  const rows = new Map<string, Set<number>>();
  for (const { file, line } of overlaps.found) {
    const lines = rows.get(file);
    if (lines === undefined) rows.set(file, new Set([line]));
    else lines.add(line);
  }
  return rows;
}

interface Entry<Sentence> {
  readonly sentence: Sentence;
  /** Normalised, from the first word's start to the last word's end. */
  readonly core: string;
}

function indexSentences<Sentence extends { readonly sentence: string }>(
  sentences: readonly Sentence[],
  words: number,
): { index: Map<number, Entry<Sentence>[]>; tooShort: number } {
  const index = new Map<number, Entry<Sentence>[]>();
  let tooShort = 0;
  for (const sentence of sentences) {
    const text = normalise(sentence.sentence);
    const tokens = splitWords(text);
    const first = runHashes(tokens, words)[0];
    if (first === undefined) {
      tooShort++;
      continue;
    }
    const entry = { sentence, core: text.slice(tokens.starts[0], tokens.ends.at(-1)) };
    const entries = index.get(first);
    if (entries === undefined) index.set(first, [entry]);
    else entries.push(entry);
  }
  return { index, tooShort };
}

function sentencesIn<Sentence>(
  review: string,
  index: ReadonlyMap<number, readonly Entry<Sentence>[]>,
  words: number,
): Set<Sentence> {
  const found = new Set<Sentence>();
  const text = normalise(review);
  const tokens = splitWords(text);
  for (const [word, hash] of runHashes(tokens, words).entries()) {
    for (const { sentence, core } of index.get(hash) ?? []) {
      const start = tokens.starts[word] ?? 0;
      const after = text.charCodeAt(start + core.length);
      if (text.startsWith(core, start) && !isWordCode(after)) found.add(sentence);
    }
  }
  return found;
}

function normalise(text: string): string {
  return text.toLowerCase().replace(/\s+/g, ' ');
}

interface Words {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  readonly hashes: readonly number[];
}

/** Where words start and end, each with its FNV-1a hash. */
function splitWords(text: string): Words {
  const starts: number[] = [];
  const ends: number[] = [];
  const hashes: number[] = [];
  for (let at = 0; at < text.length; at++) {
    if (!isWordCode(text.charCodeAt(at))) continue;
    starts.push(at);
    let hash = 0x811c_9dc5;
    for (; isWordCode(text.charCodeAt(at)); at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x0100_0193);
    ends.push(at);
    hashes.push(hash);
  }
  return { starts, ends, hashes };
}

/** Letters and digits; outside ASCII everything but general punctuation and spaces. False past the end. */
function isWordCode(code: number): boolean {
  if (code < 0x80) return (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39);
  return code > 0xbf && !(code >= 0x2000 && code <= 0x206f) && !(code >= 0x3000 && code <= 0x303f);
}

const BASE = 0x0100_0193;

/** Rolling hash of every run of `length` words; empty where there are fewer. */
function runHashes({ hashes }: Words, length: number): number[] {
  let power = 1;
  for (let step = 1; step < length; step++) power = Math.imul(power, BASE);
  const runs: number[] = [];
  let rolling = 0;
  for (const [index, hash] of hashes.entries()) {
    if (index >= length) rolling = (rolling - Math.imul(hashes[index - length] ?? 0, power)) | 0;
    rolling = (Math.imul(rolling, BASE) + hash) | 0;
    if (index >= length - 1) runs.push(rolling);
  }
  return runs;
}
