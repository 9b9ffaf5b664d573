/** Which part of a dataset a file or a row belongs to. */
import { basename } from 'node:path';
import { FsaError } from '../../errors.js';

export const PARTS = ['train', 'dev', 'test'] as const;
export type Part = (typeof PARTS)[number];

const WORDS: Readonly<Record<Part, readonly string[]>> = {
  train: ['train', 'training'],
  dev: ['dev', 'val', 'valid', 'validation', 'trial', 'development'],
  test: ['test', 'testing', 'gold'],
};

/** What a file's name says (`Laptops_Train_v2.xml`, `dev.txt`); null where it says nothing. */
export function partOfName(path: string): Part | null {
  const words = basename(path)
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/);
  return PARTS.find((part) => WORDS[part].some((word) => words.includes(word))) ?? null;
}

/** What the cell of a column of parts says (`train`, `Validation`); null where it names none. */
export function partOfCell(cell: string): Part | null {
  const word = cell.trim().toLowerCase();
  return PARTS.find((part) => WORDS[part].includes(word)) ?? null;
}

/** `b12:3` and `b12#3` are sentences of b12; null where an id does not say so. */
export function reviewOfId(id: string): string | null {
  return /^(.+)[:#]\d+$/.exec(id)?.[1] ?? null;
}

/** A number in [0, 1) that depends on seed and text alone. */
export function seededRank(text: string, seed: number): number {
  let high = 0xdead_beef ^ seed;
  let low = 0x41c6_ce57 ^ seed;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    high = Math.imul(high ^ unit, 0x9e37_79b1);
    low = Math.imul(low ^ unit, 0x5f35_6495);
  }
  high = Math.imul(high ^ (high >>> 16), 0x85eb_ca6b) ^ Math.imul(low ^ (low >>> 13), 0xc2b2_ae35);
  low = Math.imul(low ^ (low >>> 16), 0x85eb_ca6b) ^ Math.imul(high ^ (high >>> 13), 0xc2b2_ae35);
  return ((high >>> 0) * 0x20_0000 + (low >>> 11)) / 0x20_0000_0000_0000;
}

export interface Shares {
  readonly dev: number;
  readonly test: number;
}

/**
 * Cuts rows by their ranks: the lowest go to test, the next to dev, the others to train. Rows of one rank
 * are of one review and stay together, so sizes are as near to the shares as the reviews allow.
 * @param ranks in any order; sorted here
 * @param where the rows are from
 * @throws FsaError DATA where some part would be empty
 */
export function cutByRank(ranks: Float64Array, { dev, test }: Shares, where: string): (rank: number) => Part {
  const sorted = ranks.sort();
  const cutAfter = (rows: number): number => sorted[Math.min(rows, sorted.length) - 1] ?? -1;
  const rowsOf = (share: number): number =>
    share === 0 ? 0 : Math.max(1, Math.round(sorted.length * share));
  const testEnd = test === 0 ? -1 : cutAfter(rowsOf(test));
  const testRows = test === 0 ? 0 : countUpTo(sorted, testEnd);
  const devEnd = dev === 0 ? testEnd : cutAfter(testRows + rowsOf(dev));
  if (devEnd >= (sorted.at(-1) ?? -1) || (dev > 0 && devEnd <= testEnd)) {
    throw new FsaError('DATA', 'There are too few reviews to set some aside.', {
      where,
      advice:
        'Give files of your own for the parts (--dev FILE, --test FILE), or a share of 0 for a part that is not needed.',
    });
  }
  return (rank) => (rank <= testEnd ? 'test' : rank <= devEnd ? 'dev' : 'train');
}

/** How many of sorted ranks are not above one. */
function countUpTo(sorted: Float64Array, rank: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? Infinity) <= rank) low = middle + 1;
    else high = middle;
  }
  return low;
}
