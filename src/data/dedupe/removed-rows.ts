/** Which rows are left out and why, in a few bytes for each line of a file. */
import type { Place } from '../corpus/row-places.js';

export interface Removal {
  readonly reason: 'exact' | 'near' | 'bad';
  /** Number of the row that it repeats; null for bad rows. */
  readonly of: number | null;
  /** Null for bad rows. */
  readonly similarity: number | null;
}

const REASONS = ['exact', 'near', 'bad'] as const;

/** By line; 0 where the row stays, else one more than the reason's place in the list. */
interface FileRemovedRows {
  reasons: Uint8Array<ArrayBuffer>;
  of: Uint32Array<ArrayBuffer>;
  similarity: Float64Array<ArrayBuffer>;
}

/** By file and line. */
export class RemovedRows {
  readonly #files = new Map<string, FileRemovedRows>();
  readonly counts = { exact: 0, near: 0, bad: 0 };

  add({ file, line }: Place, { reason, of, similarity }: Removal): void {
    const rows = this.#roomFor(file, line);
    rows.reasons[line] = REASONS.indexOf(reason) + 1;
    rows.of[line] = of ?? 0;
    rows.similarity[line] = similarity ?? 0;
    this.counts[reason]++;
  }

  get(file: string, line: number): Removal | null {
    const rows = this.#files.get(file);
    const reason = REASONS[(rows?.reasons[line] ?? 0) - 1];
    if (rows === undefined || reason === undefined) return null;
    if (reason === 'bad') return { reason, of: null, similarity: null };
    return { reason, of: rows.of[line] ?? 0, similarity: rows.similarity[line] ?? 0 };
  }

  #roomFor(file: string, line: number): FileRemovedRows {
    const { reasons, of, similarity } = this.#files.get(file) ?? {
      reasons: new Uint8Array(0),
      of: new Uint32Array(0),
      similarity: new Float64Array(0),
    };
    if (line < reasons.length) return { reasons, of, similarity };
    const length = Math.max(1024, 2 * line);
    const longer = {
      reasons: new Uint8Array(length),
      of: new Uint32Array(length),
      similarity: new Float64Array(length),
    };
    longer.reasons.set(reasons);
    longer.of.set(of);
    longer.similarity.set(similarity);
    this.#files.set(file, longer);
    return longer;
  }
}
