/** `fsa data overlap`: benchmark sentences that stand in corpora, word for word or nearly. */
import { join } from 'node:path';
import { type Task, TASKS } from '../../tasks/vocabulary.js';
import { readCorpus } from '../../data/corpus/corpus.js';
import { estimateTextBytes } from '../../data/formats/file-format.js';
import { findOverlaps, isLongEnough } from '../../data/corpus/overlap.js';
import { type Pair, type PairsFile, writePairs } from '../../data/pairs/write-pairs.js';
import { RowPlaces } from '../../data/corpus/row-places.js';
import { requireDiskSpace } from '../../storage/disk-room.js';
import { findCorpus } from '../sources/corpus.js';
import { readHeldOut } from '../sources/held-out.js';
import { readingEvents } from '../run/data-progress.js';
import { findNearDuplicates, nearNumbers, type NearMethod } from './near-duplicates.js';
import { withScratchFolder } from './output-files.js';
import { requireChoice } from '../../config/require-choice.js';
import type { Work } from '../run/run-handle.js';

export interface DataOverlapOptions {
  /** Files, folders and globs. */
  readonly corpus: readonly string[];
  /** Datasets (`atsa/rest14` or folders; their dev and test sentences) and annotated files (all of theirs). */
  readonly benchmark: readonly string[];
  readonly task?: Task;
  /** Only sentences that stand there word for word; needs no Python. */
  readonly exactOnly?: boolean;
  /** Least similarity of near sentences; 0.6 unless said otherwise. */
  readonly threshold?: number;
  /** 2 unless said otherwise: sentences are short. */
  readonly shingleWords?: number;
  readonly cwd?: string;
}

/** A benchmark sentence and a corpus row that holds it. */
export interface FoundOverlap {
  readonly sentence: string;
  readonly sentenceId: string;
  /** `atsa/rest14 test`, or the file. */
  readonly part: string;
  readonly file: string;
  readonly line: number;
  readonly kind: 'exact' | 'near';
  /** 1 where it stands there word for word. */
  readonly similarity: number;
}

export interface DataOverlapResult {
  readonly found: readonly FoundOverlap[];
  readonly exact: number;
  readonly near: number;
  /** Corpus rows that hold any of them. */
  readonly rows: number;
  readonly rowsSearched: number;
  readonly sentences: number;
  /** Sentences of fewer than six words are not looked for: by chance they stand in many reviews. */
  readonly tooShort: number;
  /** Null where nothing but exact overlap was looked for. */
  readonly method: NearMethod | null;
}

interface Sentence {
  readonly sentence: string;
  readonly sentenceId: string;
  readonly part: string;
}

/** @throws FsaError DATA where corpus or benchmark is not there or does not read */
export async function findDataOverlap(
  options: DataOverlapOptions,
  { emit, signal }: Work,
): Promise<DataOverlapResult> {
  const { cwd = process.cwd(), task, exactOnly = false } = options;
  if (task !== undefined) requireChoice('task', task, TASKS);
  const { threshold, shingleWords } = nearNumbers(options, { threshold: 0.6, shingleWords: 2 });
  const files = await findCorpus(options.corpus, cwd);
  const sentences: Sentence[] = [];
  for (const name of options.benchmark) {
    for (const { part, examples } of await readHeldOut(name, { cwd, task, emit, signal })) {
      for (const { id, sentence } of examples) sentences.push({ sentence, sentenceId: id, part });
    }
  }
  const exact = await findOverlaps(sentences, files, {
    onProgress: readingEvents('looking for benchmark sentences', emit),
    signal,
  });
  const found: FoundOverlap[] = exact.found.map(({ sentence, file, line }) => ({
    ...sentence,
    file,
    line,
    kind: 'exact',
    similarity: 1,
  }));
  let method: NearMethod | null = null;
  if (!exactOnly) {
    const near = await findNearSentences(sentences, files, { threshold, shingleWords }, { emit, signal });
    method = near.method;
    const known = new Set(found.map(keyOf));
    found.push(...near.found.filter((overlap) => !known.has(keyOf(overlap))));
  }
  const isExact = ({ kind }: FoundOverlap): boolean => kind === 'exact';
  return {
    found,
    exact: found.filter(isExact).length,
    near: found.filter((overlap) => !isExact(overlap)).length,
    rows: new Set(found.map(({ file, line }) => `${line} ${file}`)).size,
    rowsSearched: exact.rowsSearched,
    sentences: sentences.length,
    tooShort: exact.tooShort,
    method,
  };
}

function keyOf({ file, line, sentence, sentenceId, part }: FoundOverlap): string {
  return JSON.stringify([file, line, part, sentenceId, sentence]);
}

async function findNearSentences(
  sentences: readonly Sentence[],
  files: readonly string[],
  numbers: { readonly threshold: number; readonly shingleWords: number },
  { emit, signal }: Work,
): Promise<{ found: FoundOverlap[]; method: NearMethod | null }> {
  const long = sentences.filter(({ sentence }) => isLongEnough(sentence));
  if (long.length === 0) return { found: [], method: null };
  return await withScratchFolder(async (folder) => {
    await requireSpaceForComparison(files, folder);
    const asPairs = long.map(({ sentence, sentenceId }) => ({
      id: sentenceId,
      source: sentence,
      target: '',
    }));
    const among = await writePairs(join(folder, 'sentences.arrow'), asPairs, { signal });
    const places = new RowPlaces();
    const reviews = reviewsOf(files, places, signal);
    const pairs: PairsFile = await writePairs(join(folder, 'reviews.arrow'), reviews, { signal });
    if (pairs.rows === 0) return { found: [], method: null };
    const { matches, method } = await findNearDuplicates(
      { pairs, among, unit: 'sentence', ...numbers, folder },
      { emit, signal },
    );
    const found = matches.flatMap(({ row, like, similarity }): FoundOverlap[] => {
      const sentence = long[like];
      return sentence === undefined ? [] : [{ ...sentence, ...places.at(row), kind: 'near', similarity }];
    });
    return { found, method };
  });
}

async function* reviewsOf(
  files: readonly string[],
  places: RowPlaces,
  signal: AbortSignal,
): AsyncGenerator<Pair> {
  for (const file of files) {
    for await (const row of readCorpus(file, { signal, onBadRow: () => undefined })) {
      places.add(file, row.line);
      yield { id: row.id, source: row.text, target: '' };
    }
  }
}

async function requireSpaceForComparison(files: readonly string[], folder: string): Promise<void> {
  const sizes = await Promise.all(files.map(estimateTextBytes));
  const needed = sizes.reduce((sum, size) => sum + size, 0);
  await requireDiskSpace('The comparison', folder, needed);
}
