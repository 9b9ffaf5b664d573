/** Distributions of lengths with memory for distinct lengths only. */

export interface Distribution {
  readonly count: number;
  readonly mean: number;
  readonly minimum: number;
  readonly median: number;
  /** 95 of 100 values are at most this. */
  readonly p95: number;
  readonly maximum: number;
}

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
    };
  }
}
