import type { DataDedupeResult, DataOverlapResult } from '../../index.js';
import { formatTable } from './table.js';

/** Overlaps shown on the terminal; `--json` has them all. */
const MOST_SHOWN = 50;

export function formatOverlap(result: DataOverlapResult): string {
  const shown = result.found
    .slice(0, MOST_SHOWN)
    .map(({ file, line, kind, similarity, part, sentenceId, sentence }) => {
      const how = kind === 'exact' ? 'exact' : `near ${similarity.toFixed(2)}`;
      return `${file}:${line}: ${how}: ${part} ${sentenceId}: ${sentence}`;
    });
  const hidden = result.found.length - shown.length;
  const looked = result.sentences - result.tooShort;
  return [
    ...shown,
    ...(hidden > 0 ? [`… and ${hidden} more; --json shows them all.`] : []),
    `${result.rows} of ${result.rowsSearched} corpus rows hold a benchmark sentence: ${result.exact} exactly${result.method === null ? '' : `, ${result.near} nearly`}.`,
    `Looked for ${looked} ${looked === 1 ? 'sentence' : 'sentences'}; ${result.tooShort} more of fewer than six words left out.`,
    describeMethod(result.method),
  ].join('\n');
}

export function formatDedupe(result: DataDedupeResult): string {
  const rows = result.files.map(({ file, rows, kept, written }) => [
    file,
    String(rows),
    String(kept),
    written ?? '–',
  ]);
  const compared = result.by === 'row' ? 'reviews with their answers' : 'reviews alone';
  return [
    formatTable(['file', 'rows', 'kept', 'written'], rows),
    `Kept ${result.kept} of ${result.rows} rows: ${result.exact} exact and ${result.near} near repetitions and ${result.bad} bad rows were left out (compared: ${compared}).`,
    describeMethod(result.method),
    ...(result.removedFile === null ? [] : [`Left out, with reasons: ${result.removedFile}`]),
  ].join('\n');
}

function describeMethod(method: DataOverlapResult['method']): string {
  if (method === null) return 'Near ones were not looked for.';
  const { threshold, shingleWords, permutations, bands, recallAtThreshold } = method;
  const recall = (recallAtThreshold * 100).toFixed(1);
  return `Near: Jaccard similarity of at least ${threshold} over shingles of ${shingleWords} words (exact; candidates by MinHash with ${permutations} permutations in ${bands} bands, which finds ${recall} % of pairs just at the threshold).`;
}
