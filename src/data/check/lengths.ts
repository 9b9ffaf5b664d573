/** Distributions of lengths with memory for distinct lengths only. */

export interface Distribution {
  readonly count: number;
  readonly mean: number;
  readonly minimum: number;
  readonly median: number;
  /** 95 of 100 values are at most this. */
  readonly p95: number;
  readonly maximum: number;
  /** How many values lie from `from` up to, and with, `to`: equally wide, the empty ones as well. */
  readonly bins: readonly { readonly from: number; readonly to: number; readonly count: number }[];
}

const MOST_BINS = 30;

export class Lengths {
  readonly #counts = new Map<number, number>();

  add(length: number): void {
    this.#counts.set(length, (this.#counts.get(length) ?? 0) + 1);
  }

  /** All zeros where nothing was added. Quantiles are values that occur (nearest rank). */
  distribution(): Distribution {
    const sorted = [...this.#counts].sort(([a], [b]) => a - b);
    const count = sorted.reduce((sum, [, times]) => sum + times, 0);
    const total = sorted.reduce((sum, [length, times]) => sum + length * times, 0);
    const at = (share: number): number => {
      let seen = 0;
      for (const [length, times] of sorted) {
        seen += times;
        if (seen >= Math.ceil(count * share)) return length;
      }
      return 0;
    };
    return {
      count,
      mean: count === 0 ? 0 : total / count,
      minimum: sorted[0]?.[0] ?? 0,
      median: at(0.5),
      p95: at(0.95),
      maximum: sorted.at(-1)?.[0] ?? 0,
      bins: binsOf(sorted, at(0.99)),
    };
  }
}

/** The last bin holds all that is longer than 99 of 100: one very long text must not flatten the rest. */
function binsOf(sorted: readonly (readonly [number, number])[], p99: number): Distribution['bins'] {
  const [first, last] = [sorted[0]?.[0], sorted.at(-1)?.[0]];
  if (first === undefined || last === undefined) return [];
  const width = Math.max(1, Math.ceil((p99 - first + 1) / MOST_BINS));
  const count = Math.floor((p99 - first) / width) + 1;
  const counts = new Array<number>(count).fill(0);
  for (const [length, times] of sorted) {
    const index = Math.min(count - 1, Math.floor((length - first) / width));
    counts[index] = (counts[index] ?? 0) + times;
  }
  return counts.map((times, index) => ({
    from: first + index * width,
    to: index === count - 1 ? last : first + (index + 1) * width - 1,
    count: times,
  }));
}
