/** Micro F1 over resampled sentences: the bootstrap behind intervals and tests over sentences. */
import { seededRandom } from './random.js';

/** Counts of one cell, an entry per sentence. */
export interface SentenceCounts {
  readonly correct: ArrayLike<number>;
  readonly predicted: ArrayLike<number>;
  readonly found: ArrayLike<number>;
  readonly gold: ArrayLike<number>;
}

export interface ResampleOptions {
  /** The unit of each sentence, from 0: sentences of one unit are drawn together. Absent: each is its own. */
  readonly units?: readonly number[] | undefined;
  readonly samples?: number;
  readonly seed?: number;
}

export const SAMPLES = 10_000;

/**
 * Draws as many units as there are, with replacement, again and again; each time F1 is counted anew for every
 * cell over the same units (Efron; Koehn 2004; Berg-Kirkpatrick et al. 2012).
 * @param cells all over the same sentences, in the same order, with as many gold tuples; F1 over nothing counts as 0
 * @param sets places of cells, such as the seeds of a model: what is wanted is the mean F1 of each
 * @returns the means of each set, one per sample
 */
export function resampleMeans(
  cells: readonly SentenceCounts[],
  sets: readonly (readonly number[])[],
  { units, samples = SAMPLES, seed = 0 }: ResampleOptions = {},
): Float64Array[] {
  const table = makeTable(cells, units);
  const random = seededRandom(seed);
  const means = sets.map(() => new Float64Array(samples));
  const f1 = new Float64Array(cells.length);
  const drawn = new Int32Array(table.kinds);
  for (let sample = 0; sample < samples; sample++) {
    drawn.fill(0);
    for (let unit = 0; unit < table.kindOf.length; unit++) {
      const kind = table.kindOf[Math.floor(random() * table.kindOf.length)] ?? 0;
      drawn[kind] = (drawn[kind] ?? 0) + 1;
    }
    table.scoreInto(f1, drawn);
    for (const [place, set] of sets.entries()) {
      let sum = 0;
      for (const cell of set) sum += f1[cell] ?? 0;
      (means[place] as Float64Array)[sample] = sum / set.length;
    }
  }
  return means;
}

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** The middle `level` of samples (percentile interval). */
export function intervalOf(samples: Float64Array, level = 0.95): Interval {
  const sorted = Float64Array.from(samples).sort();
  const tail = (1 - level) / 2;
  return { low: quantile(sorted, tail), high: quantile(sorted, 1 - tail) };
}

/**
 * Two-sided p of resampled differences: twice the smaller share on one side of 0, ties on both. With one more
 * in both counts it cannot be 0: never below 2 / (samples + 1).
 */
export function pOfDifferences(samples: Float64Array): number {
  let [below, above] = [0, 0];
  for (const value of samples) {
    if (value <= 0) below++;
    if (value >= 0) above++;
  }
  return Math.min(1, (2 * (Math.min(below, above) + 1)) / (samples.length + 1));
}

/** Places of units by name, from 0, in the order in which names come up. */
export function numberUnits(names: readonly string[]): number[] {
  const known = new Map<string, number>();
  return names.map((name) => {
    const place = known.get(name) ?? known.size;
    known.set(name, place);
    return place;
  });
}

interface CountTable {
  /** The kind of each unit: units with the same counts in every cell are one kind. */
  readonly kindOf: Int32Array;
  readonly kinds: number;
  readonly scoreInto: (f1: Float64Array, drawn: Int32Array) => void;
}

/** A sum of so many fits each of three fields of a number that is exact. */
const FIELD = 2 ** 17;

/** Rows are kinds of units, columns cells; three counts travel in one number where their sums fit. */
function makeTable(cells: readonly SentenceCounts[], units: readonly number[] | undefined): CountTable {
  const sentences = cells[0]?.gold.length ?? 0;
  if (sentences === 0) throw new RangeError('there is nothing to resample');
  const unitOf = units ?? Array.from({ length: sentences }, (_, index) => index);
  if (unitOf.length !== sentences || cells.some(({ gold }) => gold.length !== sentences)) {
    throw new RangeError('all cells must have the same sentences');
  }
  if (cells.some(({ gold }) => Array.from(gold).some((n, at) => n !== cells[0]?.gold[at]))) {
    throw new RangeError('all cells must have the same gold');
  }
  const count = unitOf.reduce((most, unit) => Math.max(most, unit), 0) + 1;
  const planes = (['correct', 'predicted', 'found'] as const).map((field) => {
    const plane = new Float64Array(count * cells.length);
    for (const [cell, counts] of cells.entries()) addByUnit(plane, counts[field], unitOf, cell, cells.length);
    return plane;
  });
  const golds = new Float64Array(count);
  addByUnit(golds, cells[0]?.gold ?? [], unitOf, 0, 1);
  const { kindOf, firstOf } = findKinds([...planes, golds], count);
  const pick = (plane: Float64Array): Float64Array => {
    const width = plane.length / count;
    const picked = new Float64Array(firstOf.length * width);
    for (const [kind, unit] of firstOf.entries()) {
      picked.set(plane.subarray(unit * width, (unit + 1) * width), kind * width);
    }
    return picked;
  };
  return {
    kindOf,
    kinds: firstOf.length,
    scoreInto: makeScorer(planes.map(pick), pick(golds), cells.length, count),
  };
}

function addByUnit(
  plane: Float64Array,
  counts: ArrayLike<number>,
  unitOf: readonly number[],
  cell: number,
  width: number,
): void {
  for (const [sentence, unit] of unitOf.entries()) {
    const at = unit * width + cell;
    plane[at] = (plane[at] ?? 0) + (counts[sentence] ?? 0);
  }
}

function findKinds(planes: readonly Float64Array[], units: number) {
  const known = new Map<string, number>();
  const firstOf: number[] = [];
  const kindOf = Int32Array.from({ length: units }, (_, unit) => {
    const rows = planes.map((plane) => {
      const width = plane.length / units;
      return plane.subarray(unit * width, (unit + 1) * width).join();
    });
    const key = rows.join(';');
    let kind = known.get(key);
    if (kind === undefined) {
      known.set(key, (kind = firstOf.length));
      firstOf.push(unit);
    }
    return kind;
  });
  return { kindOf, firstOf };
}

function makeScorer(
  planes: readonly Float64Array[],
  golds: Float64Array,
  width: number,
  units: number,
): CountTable['scoreInto'] {
  const [correct, predicted, found] = planes as [Float64Array, Float64Array, Float64Array];
  const most = planes.reduce((top, plane) => plane.reduce((a, b) => Math.max(a, b), top), 0);
  const packed = most * units < FIELD;
  const rows = packed
    ? [correct.map((value, at) => value + FIELD * ((predicted[at] ?? 0) + FIELD * (found[at] ?? 0))), golds]
    : [correct, predicted, found, golds];
  const sums = rows.map((row) => new Float64Array(row === golds ? 1 : width));
  return (f1, drawn) => {
    for (const [place, row] of rows.entries()) addRows(sums[place] as Float64Array, row, drawn);
    const gold = sums.at(-1)?.[0] ?? 0;
    for (let cell = 0; cell < width; cell++) {
      const whole = sums[0]?.[cell] ?? 0;
      const upper = packed ? Math.floor(whole / FIELD) : 0;
      const hits = packed ? whole - upper * FIELD : whole;
      const seen = packed ? Math.floor(upper / FIELD) : (sums[2]?.[cell] ?? 0);
      const said = packed ? upper - seen * FIELD : (sums[1]?.[cell] ?? 0);
      // 2PR / (P + R) with P = hits / said and R = seen / gold.
      const under = hits * gold + seen * said;
      f1[cell] = under === 0 ? 0 : (2 * hits * seen) / under;
    }
  };
}

function addRows(sums: Float64Array, rows: Float64Array, drawn: Int32Array): void {
  const width = sums.length;
  sums.fill(0);
  for (let kind = 0; kind < drawn.length; kind++) {
    const times = drawn[kind] as number;
    if (times === 0) continue;
    const from = kind * width;
    for (let cell = 0; cell < width; cell++) {
      sums[cell] = (sums[cell] as number) + times * (rows[from + cell] as number);
    }
  }
}

/** Linear interpolation between order statistics, as NumPy does by default. */
function quantile(sorted: Float64Array, share: number): number {
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}
