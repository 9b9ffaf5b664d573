/** Which reviews are worth asking about: whole, new, and not a sentence that a benchmark tests with. */
import { DigestTable } from '../dedupe/digest-table.js';
import { plainText } from '../dedupe/plain-text.js';
import { sentenceFinder } from '../corpus/overlap.js';
import { type ReadingProgress, readingTeller } from '../formats/reading-progress.js';
import { type BadReview, isBad, readReviews, type Review } from './reviews.js';

export interface SelectOptions {
  /** Dev and test sentences; reviews that hold one are passed over where `dropOverlaps` says so. */
  readonly benchmark: readonly { readonly sentence: string }[];
  readonly dropOverlaps: boolean;
  /** Takes so many reviews; null takes all. */
  readonly limit: number | null;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ReadingProgress) => void;
  /** Told of every row that is passed over. */
  readonly onSkipped?: (skipped: SkippedReview) => void;
}

export interface SkippedReview {
  readonly file: string;
  readonly line: number;
  readonly reason: BadReview['reason'] | 'duplicate' | 'overlap';
  /** Whether it is only counted. */
  readonly kept: boolean;
}

/** The same reviews in the same order, every time it is called with the same files and options. */
export async function* selectReviews(
  files: readonly string[],
  options: SelectOptions,
): AsyncGenerator<Review> {
  const { limit, dropOverlaps, signal, onSkipped } = options;
  const find = sentenceFinder(options.benchmark);
  const seen = new DigestTable();
  const nextFile = await readingTeller(files, options.onProgress);
  let taken = 0;
  for (const file of files) {
    const tell = nextFile();
    let rows = 0;
    const onBytes = (bytes: number): void => tell(rows, bytes);
    for await (const row of readReviews(file, { signal, onBytes })) {
      if (limit !== null && taken >= limit) return;
      rows += 1;
      const skip = (reason: SkippedReview['reason'], kept = false): void =>
        onSkipped?.({ file, line: row.line, reason, kept });
      if (isBad(row)) skip(row.reason);
      else if (seen.addIfNew(plainText(row.text), 0) !== null) skip('duplicate');
      else {
        const overlaps = find(row.text).size > 0;
        if (overlaps) skip('overlap', !dropOverlaps);
        if (overlaps && dropOverlaps) continue;
        taken += 1;
        yield row;
      }
    }
  }
}
